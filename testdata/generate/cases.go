package main

import (
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"math/big"
	"time"
)

// testCase is one file: its name, what is special about it, and the makers of
// what it holds.
type testCase struct {
	file, about string
	make        []maker
}

const (
	rootName    = "Contoso Test Root"
	issuingName = "Contoso Test Issuing CA"
	alice       = "alice@contoso.com"
	aliceSID    = "S-1-5-21-1004336348-1177238915-682003330-1104"
	sidURI      = "tag:microsoft.com,2022-09-14:sid:" // KB5014754
)

// leaf is the good case with changes: Alice's certificate.
func leaf(changes ...option) []maker { return []maker{build(append(goodLeaf(), changes...)...)} }

func goodLeaf() []option {
	return []option{
		named("Alice Example"), by(issuingName, "issuing-rsa2048"),
		keyUsage(maySign), eku(clientAuth), ski(), aki(),
		cdp("http://crl.contoso.com/issuing.crl"), san(upn(alice), mail(alice)),
	}
}

// ca is an authority by its name and key, signed by itself unless changed.
func ca(name, key string, changes ...option) []maker {
	good := []option{named(name), by(name, key), forKey(key), isCA(), keyUsage(mayCertify), ski()}
	return []maker{build(append(good, changes...)...)}
}

// issuing is the issuing CA with changes.
func issuing(changes ...option) []maker {
	return ca(issuingName, "issuing-rsa2048", append([]option{by(rootName, "root-rsa2048"), aki()}, changes...)...)
}

func root() []maker { return ca(rootName, "root-rsa2048") }

// several puts certificates into one file.
func several(groups ...[]maker) (all []maker) {
	for _, g := range groups {
		all = append(all, g...)
	}
	return all
}

func named(cn string) option {
	return func(_ *keys, c *certificate) { c.subject = commonName(cn) }
}

func by(name, key string) option {
	return func(_ *keys, c *certificate) { c.issuer, c.signer = commonName(name), key }
}

func forKey(name string) option { return func(_ *keys, c *certificate) { c.key = name } }

func signedWith(s signature) option { return func(_ *keys, c *certificate) { c.signature = s } }

func valid(from, until time.Time) option {
	return func(_ *keys, c *certificate) { c.from, c.until = from, until }
}

func patched(old, replacement string) option {
	return func(_ *keys, c *certificate) { c.patches = append(c.patches, [2]string{old, replacement}) }
}

func changed(f func(*certificate)) option { return func(_ *keys, c *certificate) { f(c) } }

// printableName writes the subject in another string type: the same name to
// RFC 5280 7.1, other bytes.
func printableName(c *certificate) {
	value := c.subject[0][0].Value.(asn1.RawValue)
	value.Tag = asn1.TagPrintableString
	c.subject = pkix.RDNSequence{{{Type: c.subject[0][0].Type, Value: value}}}
}

// emailInSubject is the old place of a mail address (PKCS #9), which does not count.
func emailInSubject(c *certificate) {
	c.subject = append(c.subject, pkix.RelativeDistinguishedNameSET{{
		Type:  asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 1},
		Value: asn1.RawValue{Tag: asn1.TagIA5String, Bytes: []byte(alice)},
	}})
}

// deep is a leaf below n authorities, of which the last is a root. They share a
// key and differ in name.
func deep(n int) []maker {
	level := func(i int) string { return fmt.Sprintf("Contoso Test Level %d", i) }
	all := leaf(by(level(1), "issuing-rsa2048"))
	for i := range n {
		above := level(min(i+2, n))
		all = append(all, ca(level(i+1), "issuing-rsa2048", by(above, "issuing-rsa2048"), aki())...)
	}
	return all
}

// half, extra and junk are files that are no certificate any more.
func half(of maker) maker {
	return func(ks *keys, file string) ([]byte, error) {
		b, err := of(ks, file)
		return b[:len(b)/2], err
	}
}

func extra(of maker) maker {
	return func(ks *keys, file string) ([]byte, error) {
		b, err := of(ks, file)
		return append(b, 0), err
	}
}

func junk(b []byte) maker { return func(*keys, string) ([]byte, error) { return b, nil } }

func year(y int) time.Time { return time.Date(y, time.January, 1, 0, 0, 0, 0, time.UTC) }

func day(n int) time.Time { return now.AddDate(0, 0, n) }

func serial(n int64) option { return changed(func(c *certificate) { c.serial = big.NewInt(n) }) }

func version1(c *certificate) { c.version, c.extensions = 0, nil }

// longNames are names of several parts, one of which needs quotation marks.
func longNames(c *certificate) {
	part := func(last int, value string) pkix.RelativeDistinguishedNameSET {
		return pkix.RelativeDistinguishedNameSET{{Type: asn1.ObjectIdentifier{2, 5, 4, last}, Value: value}}
	}
	const country, organization, unit, cn = 6, 10, 11, 3
	domain := pkix.RelativeDistinguishedNameSET{{
		Type:  asn1.ObjectIdentifier{0, 9, 2342, 19200300, 100, 1, 25},
		Value: asn1.RawValue{Tag: asn1.TagIA5String, Bytes: []byte("contoso")},
	}}
	c.issuer = pkix.RDNSequence{part(country, "US"), part(organization, "Contoso, Inc."), part(cn, "ContosoCA")}
	c.subject = pkix.RDNSequence{domain, part(unit, "UserAccounts"), part(cn, "alice")}
}
