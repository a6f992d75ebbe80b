package trust

import (
	"bytes"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"slices"
	"strings"
	"testing"
)

func base64Of(data []byte) string { return base64.StdEncoding.EncodeToString(data) }

// numbers is a byte[] as ConvertTo-Json of PowerShell writes it.
func numbers(data []byte) string {
	all := make([]int, len(data))
	for i, b := range data {
		all[i] = int(b)
	}
	text, _ := json.Marshal(all)
	return string(text)
}

// The older schema comes in many forms, which all say the same.
func TestReadLegacy(t *testing.T) {
	root := issue(t, "Root", nil, nil)
	issuing := issue(t, "Issuing", root, nil)
	text := base64Of(issuing.Raw)
	want := Entry{Certificate: issuing.Raw, CRL: issuingCRL, Delta: issuingAdd}
	urls := fmt.Sprintf(`,"crlDistributionPoint":%q,"deltaCrlDistributionPoint":%q`, issuingCRL, issuingAdd)
	ski := fmt.Sprintf("%X", issuing.SubjectKeyID)
	for what, in := range map[string]string{
		"one object":              `{"authorityType":1,"trustedCertificate":"` + text + `"` + urls + `}`,
		"a list":                  `[{"authorityType":1,"trustedCertificate":"` + text + `"` + urls + `}]`,
		"an object with a list":   `{"certificateAuthorities":[{"authorityType":1,"trustedCertificate":"` + text + `"` + urls + `}]}`,
		"as PowerShell writes it": "\ufeff" + `{"AuthorityType":1,"TrustedCertificate":` + numbers(issuing.Raw) + `,"CrlDistributionPoint":"` + issuingCRL + `","DeltaCrlDistributionPoint":"` + issuingAdd + `"}` + "\r\n",
		"a type as text":          `{"authorityType":"IntermediateAuthority","trustedCertificate":"` + text + `"` + urls + `}`,
		"a type as a digit":       `{"authorityType":"1","trustedCertificate":"` + text + `"` + urls + `}`,
		"PEM in base64":           `{"authorityType":1,"trustedCertificate":"` + base64Of(pemOf(issuing)) + `"` + urls + `}`,
		"base64 in lines":         `{"authorityType":1,"trustedCertificate":"` + text[:64] + `\r\n` + text[64:] + `"` + urls + `}`,
		"its issuer and SKI":      `{"authorityType":1,"trustedCertificate":"` + text + `"` + urls + `,"trustedIssuer":"CN=Root, O=\"Contoso, Ltd.\"","trustedIssuerSKI":"` + ski + `"}`,
		"its subject, and SKI":    `{"authorityType":1,"trustedCertificate":"` + text + `"` + urls + `,"trustedIssuer":"O=Contoso\\, Ltd.,CN=issuing","trustedIssuerSki":"` + strings.ToLower(ski[:2]+" "+ski[2:]) + `"}`,
		"nothing for both":        `{"authorityType":1,"trustedCertificate":"` + text + `"` + urls + `,"trustedIssuer":null,"trustedIssuerSki":""}`,
	} {
		got, err := ReadLegacy([]byte(in))
		if err != nil || len(got) != 1 || !got[0].Equal(want) {
			t.Errorf("%s: %+v, %v", what, got, err)
		}
	}
	got, err := ReadLegacy(fmt.Appendf(nil, `[{"authorityType":0,"trustedCertificate":%q},{"authorityType":"RootAuthority","trustedCertificate":%q}]`, base64Of(root.Raw), base64Of(root.Raw)))
	if err != nil || len(got) != 2 || !got[0].Root || !got[1].Root {
		t.Errorf("roots: %+v, %v", got, err)
	}
}

func TestReadLegacyErrors(t *testing.T) {
	root := issue(t, "Root", nil, nil)
	text := base64Of(root.Raw)
	key, err := x509.MarshalPKCS8PrivateKey(root.key)
	if err != nil {
		t.Fatal(err)
	}
	withKey := append(pemOf(root), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key})...)
	with := func(rest string) string { return `{"authorityType":0,"trustedCertificate":"` + text + `"` + rest + `}` }
	for _, r := range []struct{ in, says string }{
		{"", "it is not JSON"},
		{"{", "it is not JSON (at byte"},
		{"null", "there is no CA in it"},
		{"5", "is not of the kind"},
		{"{}", "there is no CA in it"},
		{"[]", "there is no CA in it"},
		{`{"certificateAuthorities":[]}`, "there is no CA in it"},
		{`{"certificateAuthorities":5}`, `"certificateAuthorities" is not of the kind`},
		{with("") + "{}", "it is not JSON"},
		{`{"authorityType":0}`, "CA 1 of 1: it has no trustedCertificate"},
		{`[` + with("") + `,{"trustedCertificate":"` + text + `"}]`, "CA 2 of 2: it has no authorityType: write 0 for a root"},
		{`{"authorityType":2,"trustedCertificate":"` + text + `"}`, "its authorityType is 2: write 0"},
		{`{"authorityType":"Root\n","trustedCertificate":"` + text + `"}`, "its authorityType is Root\ufffd"},
		{`{"authorityType":0,"trustedCertificate":"!"}`, "not base64"},
		{`{"authorityType":0,"trustedCertificate":7}`, "neither base64 nor a list"},
		{`{"authorityType":0,"trustedCertificate":[1.5]}`, "not one of bytes"},
		{`{"authorityType":0,"trustedCertificate":[48,256]}`, "has 256 among its bytes"},
		{`{"authorityType":0,"trustedCertificate":[-1]}`, "has -1 among its bytes"},
		{`{"authorityType":0,"trustedCertificate":"SGVsbG8="}`, "is not understood"},
		{`{"authorityType":0,"trustedCertificate":"` + base64Of(pemOf(root, issue(t, "Other", nil, nil))) + `"}`, "holds 2 certificates"},
		{`{"authorityType":0,"trustedCertificate":"` + base64Of(withKey) + `"}`, "it holds a private key"},
		{`{"authorityType":0,"trustedCertificate":"` + base64Of(key) + `"}`, "it holds a private key"},
		{with(`,"trustedIssuer":"CN=Other"`), "its trustedIssuer is CN=Other, but its trustedCertificate is of CN=Root,O=Contoso\\, Ltd., issued by"},
		{with(`,"trustedIssuer":","`), "its trustedIssuer is ,"},
		{with(`,"trustedIssuerSKI":"0102"`), "its trustedIssuerSKI is 0102, but its trustedCertificate has the key identifier " + fmt.Sprintf("%X", root.SubjectKeyID)},
		{"[" + strings.Repeat(with("")+",", maxLegacy) + with("") + "]", "there are 1001 CAs, more than 1000"},
	} {
		_, err := ReadLegacy([]byte(r.in))
		if err == nil || !strings.Contains(err.Error(), r.says) || strings.ContainsAny(err.Error(), "\n\r") {
			t.Errorf("%.80s: %v\nwant %q", r.in, err, r.says)
		}
	}
}

// What is written is read again, and two runs write the same.
func TestWriteLegacy(t *testing.T) {
	root := issue(t, "Root \"1\"+#; ü\x01", nil, nil)
	entries := []Entry{
		{Certificate: issue(t, "Issuing", root, nil).Raw, CRL: issuingCRL, Delta: issuingAdd},
		{Certificate: root.Raw, Root: true, CRL: rootCRL},
	}
	text, err := WriteLegacy(entries)
	if err != nil {
		t.Fatal(err)
	}
	slices.Reverse(entries)
	again, err := WriteLegacy(entries)
	if err != nil || !bytes.Equal(text, again) {
		t.Errorf("another order gives other bytes: %v", err)
	}
	got, err := ReadLegacy(text)
	if err != nil || !NewList(got).Equal(NewList(entries)) {
		t.Errorf("%+v, %v, of\n%s", got, err, text)
	}
	if _, err := WriteLegacy([]Entry{{Certificate: []byte("x")}}); err == nil {
		t.Error("what is no certificate was written")
	}
}

func FuzzLegacy(f *testing.F) {
	root := pkiFile(f, "root.pem")
	f.Add([]byte(`[{"authorityType":0,"trustedCertificate":"` + base64Of(root) + `","trustedIssuer":"CN=Contoso Test Root"}]`))
	f.Add([]byte(`{"certificateAuthorities":[{"AuthorityType":"RootAuthority","TrustedCertificate":[48,0]}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		entries, err := ReadLegacy(data)
		if err != nil {
			return
		}
		text, err := WriteLegacy(entries)
		if err != nil {
			t.Fatal(err)
		}
		again, err := ReadLegacy(text)
		if err != nil || !NewList(again).Equal(NewList(entries)) {
			t.Errorf("%v, of\n%s", err, text)
		}
	})
}
