package certs

import (
	"fmt"
	"net/netip"
	"strings"
)

// UnroutableHost says in a clause why nobody on the Internet reaches a host of a
// URL, which may be a name or an IP address; "" where it can be one there. HTTP
// cares less about names than mail does: a dot at the end and underscores are fine.
func UnroutableHost(host string) string {
	if ip, err := netip.ParseAddr(host); err == nil {
		return UnroutableIP(ip)
	}
	host = strings.TrimSuffix(host, ".")
	plain := strings.ReplaceAll(host, "_", "x")
	ascii, err := addrASCIIDomain(plain)
	if err != nil {
		return strings.ReplaceAll(err.Error(), plain, host)
	}
	return strings.ReplaceAll(addrUnroutable(ascii), plain, host)
}

// LoopbackHost reports whether a host of a URL, which may be a name or an IP address, is
// this machine by its form: nothing is looked up.
func LoopbackHost(host string) bool {
	ip, err := netip.ParseAddr(host)
	return strings.EqualFold(host, "localhost") || err == nil && ip.IsLoopback()
}

// specialBlocks are the blocks of addresses that are not reached from
// everywhere, by IANA's registries of special-purpose addresses (RFC 6890).
var specialBlocks = []struct {
	prefix      netip.Prefix
	why, source string
}{
	{netip.MustParsePrefix("0.0.0.0/8"), "an address of this network", "RFC 791"},
	{netip.MustParsePrefix("10.0.0.0/8"), "a private address", "RFC 1918"},
	{netip.MustParsePrefix("100.64.0.0/10"), "a provider's internal address", "RFC 6598"},
	{netip.MustParsePrefix("127.0.0.0/8"), "a loopback address", "RFC 1122"},
	{netip.MustParsePrefix("169.254.0.0/16"), "a link-local address", "RFC 3927"},
	{netip.MustParsePrefix("172.16.0.0/12"), "a private address", "RFC 1918"},
	{netip.MustParsePrefix("192.0.0.0/24"), "an address for protocols", "RFC 6890"},
	{netip.MustParsePrefix("192.0.2.0/24"), "an address for documentation", "RFC 5737"},
	{netip.MustParsePrefix("192.168.0.0/16"), "a private address", "RFC 1918"},
	{netip.MustParsePrefix("198.18.0.0/15"), "an address for benchmarks", "RFC 2544"},
	{netip.MustParsePrefix("198.51.100.0/24"), "an address for documentation", "RFC 5737"},
	{netip.MustParsePrefix("203.0.113.0/24"), "an address for documentation", "RFC 5737"},
	{netip.MustParsePrefix("224.0.0.0/4"), "a multicast address", "RFC 1112"},
	{netip.MustParsePrefix("240.0.0.0/4"), "a reserved address", "RFC 1112"},
	{netip.MustParsePrefix("::/128"), "the unspecified address", "RFC 4291"},
	{netip.MustParsePrefix("::1/128"), "the loopback address", "RFC 4291"},
	{netip.MustParsePrefix("64:ff9b:1::/48"), "a local translation of an IPv4 address", "RFC 8215"},
	{netip.MustParsePrefix("100::/64"), "an address that discards", "RFC 6666"},
	{netip.MustParsePrefix("2001:db8::/32"), "an address for documentation", "RFC 3849"},
	{netip.MustParsePrefix("fc00::/7"), "a private address", "RFC 4193"},
	{netip.MustParsePrefix("fe80::/10"), "a link-local address", "RFC 4291"},
	{netip.MustParsePrefix("ff00::/8"), "a multicast address", "RFC 4291"},
}

// global6 is what IANA has given out of IPv6 (RFC 4291 2.4).
var global6 = netip.MustParsePrefix("2000::/3")

// UnroutableIP says in a clause why an IP address is not reached from the
// Internet; "" where it can be. An IPv4 address inside one of IPv6 is looked at,
// too, and of IPv6 only what IANA has given out counts as reachable.
func UnroutableIP(ip netip.Addr) string {
	plain, how := embeddedIPv4(ip.WithZone("").Unmap())
	for _, b := range specialBlocks {
		switch {
		case !b.prefix.Contains(plain):
		case how != "":
			return fmt.Sprintf("%s leads to %s by %s, and that is %s (%s)", ip, plain, how, b.why, b.source)
		default:
			return fmt.Sprintf("%s is %s (%s)", ip, b.why, b.source)
		}
	}
	if plain.Is6() && !global6.Contains(plain) {
		return fmt.Sprintf("%s is outside the global unicast addresses (RFC 4291)", ip)
	}
	return ""
}

// The prefixes of IPv6 under which IPv4 addresses are reached: by translators
// (RFC 6052), of which the address is at the end, and by 6to4 (RFC 3056).
var (
	nat64  = netip.MustParsePrefix("64:ff9b::/96")
	sixTo4 = netip.MustParsePrefix("2002::/16")
)

// embeddedIPv4 is the IPv4 address that an address leads to, and how, or the
// address itself.
func embeddedIPv4(ip netip.Addr) (inner netip.Addr, how string) {
	b := ip.As16()
	switch {
	case nat64.Contains(ip):
		return netip.AddrFrom4([4]byte(b[12:])), "NAT64"
	case sixTo4.Contains(ip):
		return netip.AddrFrom4([4]byte(b[2:6])), "6to4"
	}
	return ip, ""
}
