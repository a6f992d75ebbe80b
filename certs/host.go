package certs

import (
	"fmt"
	"net/netip"
)

// UnroutableHost says in a clause why nobody on the Internet reaches a host,
// which may be a name or an IP address; "" where it can be one there.
func UnroutableHost(host string) string {
	if ip, err := netip.ParseAddr(host); err == nil {
		return UnroutableIP(ip)
	}
	ascii, err := addrASCIIDomain(host)
	if err != nil {
		return err.Error()
	}
	return addrUnroutable(ascii)
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

// UnroutableIP says in a clause why an IP address is not reached from the
// Internet; "" where it can be.
func UnroutableIP(ip netip.Addr) string {
	plain := embeddedIPv4(ip.WithZone("").Unmap())
	for _, b := range specialBlocks {
		if b.prefix.Contains(plain) {
			return fmt.Sprintf("%s is %s (%s)", ip, b.why, b.source)
		}
	}
	return ""
}

// nat64 is the prefix under which translators reach IPv4 addresses (RFC 6052):
// 64:ff9b::7f00:1 is 127.0.0.1.
var nat64 = netip.MustParsePrefix("64:ff9b::/96")

func embeddedIPv4(ip netip.Addr) netip.Addr {
	if !nat64.Contains(ip) {
		return ip
	}
	b := ip.As16()
	return netip.AddrFrom4([4]byte(b[12:]))
}
