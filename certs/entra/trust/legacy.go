package trust

import (
	"bytes"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/easkit/easkit/certs"
)

// legacyList is a list of authorities in the schema before Microsoft Graph's
// (TrustedCAsForPasswordlessAuth), as Azure AD PowerShell wrote and read it.
// Source: https://learn.microsoft.com/entra/identity/authentication/certificate-based-authentication-federation-get-started
type legacyList struct {
	Authorities []legacyCA `json:"certificateAuthorities"`
}

// legacyCA is one authority of it (CertificateAuthorityInformation). encoding/json
// takes the names in any letter case, as PowerShell's are.
type legacyCA struct {
	Type        json.RawMessage `json:"authorityType"`
	Certificate json.RawMessage `json:"trustedCertificate"`
	CRL         string          `json:"crlDistributionPoint,omitempty"`
	Delta       string          `json:"deltaCrlDistributionPoint,omitempty"`
	Issuer      string          `json:"trustedIssuer,omitempty"`
	SKI         string          `json:"trustedIssuerSki,omitempty"`
}

// maxLegacy bounds the authorities of a file: the stores take a quarter of them.
const maxLegacy = 1000

// ReadLegacy reads authorities in the older schema: an object with the list
// certificateAuthorities, a bare list, or one authority. trustedCertificate is
// base64 of DER or of PEM, or a list of bytes, as ConvertTo-Json of PowerShell
// writes it. Where trustedIssuer and trustedIssuerSKI are given, they must be of
// the certificate: its issuer or subject, and its own key identifier or its
// issuer's, as the schema says of neither which it is. An authority that holds a
// private key is an error.
func ReadLegacy(data []byte) ([]Entry, error) {
	authorities, err := legacyAuthorities(data)
	if err != nil {
		return nil, fmt.Errorf("reading the older schema: %w", err)
	}
	if len(authorities) > maxLegacy {
		return nil, fmt.Errorf("reading the older schema: there are %d CAs, more than %d", len(authorities), maxLegacy)
	}
	entries := make([]Entry, len(authorities))
	for i, ca := range authorities {
		if entries[i], err = ca.entry(); err != nil {
			return nil, fmt.Errorf("reading the older schema: CA %d of %d: %w", i+1, len(authorities), err)
		}
	}
	return entries, nil
}

func legacyAuthorities(data []byte) ([]legacyCA, error) {
	data = bytes.TrimSpace(bytes.TrimPrefix(data, []byte("\ufeff"))) // which Windows PowerShell writes first
	if len(data) > certs.MaxFileSize {
		return nil, fmt.Errorf("it has more than %d bytes", certs.MaxFileSize)
	}
	if bytes.HasPrefix(data, []byte("[")) {
		var authorities []legacyCA
		if err := json.Unmarshal(data, &authorities); err != nil {
			return nil, notLegacy(err)
		}
		return some(authorities)
	}
	var list legacyList
	var one legacyCA
	err := json.Unmarshal(data, &list)
	if err == nil && list.Authorities == nil {
		err = json.Unmarshal(data, &one)
	}
	switch {
	case err != nil:
		return nil, notLegacy(err)
	case one.Certificate != nil || one.Type != nil:
		return []legacyCA{one}, nil
	}
	return some(list.Authorities)
}

func some(authorities []legacyCA) ([]legacyCA, error) {
	if len(authorities) == 0 {
		return nil, errors.New("there is no CA in it: it wants certificateAuthorities, a list, or one object with authorityType and trustedCertificate")
	}
	return authorities, nil
}

// notLegacy names the place of an error, and no text of the file.
func notLegacy(err error) error {
	if syntax := new(json.SyntaxError); errors.As(err, &syntax) {
		return fmt.Errorf("it is not JSON (at byte %d): save it again with ConvertTo-Json -Depth 4", syntax.Offset)
	}
	if kind := new(json.UnmarshalTypeError); errors.As(err, &kind) {
		return fmt.Errorf("%q is not of the kind that the schema has there (at byte %d)", kind.Field, kind.Offset)
	}
	return errors.New("it is not of this form")
}

func (ca legacyCA) entry() (Entry, error) {
	root, err := legacyRoot(ca.Type)
	if err != nil {
		return Entry{}, err
	}
	c, err := legacyCertificate(ca.Certificate)
	if err != nil {
		return Entry{}, err
	}
	if err := ca.agrees(c); err != nil {
		return Entry{}, err
	}
	return Entry{Certificate: c.Raw, Root: root, CRL: ca.CRL, Delta: ca.Delta}, nil
}

// legacyTypes are the values of authorityType, and which of them is a root.
var legacyTypes = []struct {
	value string
	root  bool
}{
	{"0", true}, {"1", false},
	{"RootAuthority", true}, {"IntermediateAuthority", false},
}

func legacyRoot(raw json.RawMessage) (bool, error) {
	text := string(raw)
	if unquoted := ""; json.Unmarshal(raw, &unquoted) == nil {
		text = unquoted
	}
	for _, t := range legacyTypes {
		if strings.EqualFold(t.value, text) {
			return t.root, nil
		}
	}
	if len(raw) == 0 || string(raw) == "null" {
		return false, errors.New("it has no authorityType: write 0 for a root, 1 for an intermediate CA")
	}
	return false, fmt.Errorf("its authorityType is %s: write 0 for a root, 1 for an intermediate CA", shown(text))
}

// legacyCertificate reads trustedCertificate: one certificate, and no key.
func legacyCertificate(raw json.RawMessage) (*certs.Certificate, error) {
	data, err := legacyBytes(raw)
	if err != nil {
		return nil, err
	}
	b, err := certs.Read(data, certs.Unlock{})
	switch {
	case holdsKey(data, b, err):
		return nil, errHoldsKey
	case err != nil:
		return nil, fmt.Errorf("its trustedCertificate is not understood: %w", err)
	case len(b.Certificates) != 1:
		return nil, fmt.Errorf("its trustedCertificate holds %d certificates, and not one", len(b.Certificates))
	}
	return b.Certificates[0], nil
}

func legacyBytes(raw json.RawMessage) ([]byte, error) {
	switch {
	case len(raw) == 0, string(raw) == "null":
		return nil, errors.New("it has no trustedCertificate")
	case raw[0] == '[':
		var numbers []int
		if err := json.Unmarshal(raw, &numbers); err != nil {
			return nil, errors.New("its trustedCertificate is a list, but not one of bytes")
		}
		data := make([]byte, len(numbers))
		for i, n := range numbers {
			if data[i] = byte(n); int(data[i]) != n {
				return nil, fmt.Errorf("its trustedCertificate has %d among its bytes", n)
			}
		}
		return data, nil
	}
	var text string
	if err := json.Unmarshal(raw, &text); err != nil {
		return nil, errors.New("its trustedCertificate is neither base64 nor a list of bytes")
	}
	data, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(text), ""))
	if err != nil {
		return nil, errors.New("its trustedCertificate is not base64: put the certificate's DER or PEM into base64")
	}
	return data, nil
}

// agrees compares what the schema says of the certificate with what it is.
func (ca legacyCA) agrees(c *certs.Certificate) error {
	if ca.Issuer != "" {
		if !sameName(ca.Issuer, c.Issuer(), c.RawIssuer) && !sameName(ca.Issuer, c.Subject(), c.RawSubject) {
			return fmt.Errorf("its trustedIssuer is %s, but its trustedCertificate is of %s, issued by %s: take the two from the same CA",
				shown(ca.Issuer), shown(c.Subject()), shown(c.Issuer()))
		}
	}
	ski := hexDigits(ca.SKI)
	if ski != "" && ski != hex.EncodeToString(c.SubjectKeyID) && ski != hex.EncodeToString(c.AuthorityKeyID) {
		return fmt.Errorf("its trustedIssuerSKI is %s, but its trustedCertificate has the key identifier %X: take the two from the same CA",
			shown(ca.SKI), c.SubjectKeyID)
	}
	return nil
}

// sameName reports whether a text is a certificate's name, which is given as text
// and in DER. Windows, .NET and RFC 2253 write names in different orders, with
// other quotation marks and other words for the attributes, so values count alone.
func sameName(text, name string, der []byte) bool {
	if text == name {
		return true
	}
	var rdns pkix.RDNSequence
	if _, err := asn1.Unmarshal(der, &rdns); err != nil {
		return false
	}
	has := map[string]bool{}
	for _, rdn := range rdns {
		for _, attribute := range rdn {
			has[strings.ToLower(fmt.Sprint(attribute.Value))] = true
		}
	}
	values := nameValues(text)
	return len(values) > 0 && !slices.ContainsFunc(values, func(v string) bool { return !has[v] })
}

// nameValues are the values of a name in lower case, without those that are
// written as # and hex, since the writer did not know their kind.
func nameValues(name string) (values []string) {
	var part strings.Builder
	end := func() {
		_, value, _ := strings.Cut(part.String(), "=")
		if value = strings.TrimSpace(value); value != "" && value[0] != '#' {
			values = append(values, strings.ToLower(value))
		}
		part.Reset()
	}
	quoted, escaped := false, false
	for _, r := range name {
		switch {
		case escaped:
			escaped = false
			part.WriteRune(r)
		case r == '\\':
			escaped = true
		case r == '"':
			quoted = !quoted
		case !quoted && strings.ContainsRune(",;+", r):
			end()
		default:
			part.WriteRune(r)
		}
	}
	end()
	return values
}

// hexDigits is an identifier in hex as it is compared: lower-case, and without
// what stands between the bytes.
func hexDigits(text string) string {
	return strings.ToLower(strings.NewReplacer(" ", "", ":", "", "-", "").Replace(text))
}

// WriteLegacy writes entries in the older schema, in the order of a list: the same
// entries give the same bytes. It knows no issuer hints, which are left out.
func WriteLegacy(entries []Entry) ([]byte, error) {
	list := legacyList{Authorities: []legacyCA{}}
	for _, e := range NewList(entries) {
		c, err := certs.ParseCertificate(e.Certificate)
		if err != nil {
			return nil, fmt.Errorf("writing the older schema: %w", err)
		}
		ca := legacyCA{Type: json.RawMessage("1"), CRL: e.CRL, Delta: e.Delta, Issuer: c.Issuer(), SKI: strings.ToUpper(hex.EncodeToString(c.SubjectKeyID))}
		if e.Root {
			ca.Type = json.RawMessage("0")
		}
		ca.Certificate = strconv.AppendQuote(nil, base64.StdEncoding.EncodeToString(e.Certificate))
		list.Authorities = append(list.Authorities, ca)
	}
	return asciiJSON(list)
}
