package signer

import (
	"errors"
	"strings"
	"testing"
)

func TestIsURI(t *testing.T) {
	for name, want := range map[string]bool{
		"signer.p12": false, `C:\signer.p12`: false, "./signer:new": false, "/etc/signer:new": false, "-": false, "": false,
		"pkcs11:token=x": true, "PKCS11:token=x": true, "https://contoso.vault.azure.net/keys/x": true, "signer:new": true,
	} {
		if got := IsURI(name); got != want {
			t.Errorf("IsURI(%q) is %v", name, got)
		}
	}
}

func TestParseTokenURI(t *testing.T) {
	for text, want := range map[string]tokenURI{
		"pkcs11:": {},
		"pkcs11:token=Signing%20HSM;object=profiles;id=%01%ff?module-path=/usr/lib/softhsm/libsofthsm2.so&pin-source=file:/run/pin": {
			token: "Signing HSM", object: "profiles", id: "\x01\xff", module: "/usr/lib/softhsm/libsofthsm2.so", pinFile: "/run/pin"},
		"pkcs11:model=SoftHSM%20v2;manufacturer=SoftHSM%20project;serial=0a1b;slot-id=7;type=private": {
			model: "SoftHSM v2", manufacturer: "SoftHSM project", serial: "0a1b", slot: "7"},
		"pkcs11:object=a+b%3Bc?pin-source=/run/pin": {object: "a+b;c", pinFile: "/run/pin"},
		"pkcs11:?pin-source=file:///run/p%2520n":    {pinFile: "/run/p n"},
	} {
		if got, err := parseTokenURI(text); err != nil || got != want {
			t.Errorf("%s: %+v, %v", text, got, err)
		}
	}
}

// Each error says what is wrong and what to do, and repeats nothing that may be a PIN.
func TestTokenURIErrors(t *testing.T) {
	for text, says := range map[string]string{
		"pkcs11:token=x?pin-value=31415":                   "holds a PIN (pin-value)",
		"pkcs11:token=x;PIN-VALUE=31415":                   "holds a PIN (pin-value)",
		"pkcs11:token=x&pin-value=31415":                   "holds a PIN (pin-value)",
		"pkcs11:token=x;colour=31415":                      `attribute "colour"`,
		"pkcs11:token=x?module-name=31415":                 `attribute "module-name"`,
		"pkcs11:token=x;token=31415":                       "attribute token is there twice",
		"pkcs11:token=;object=31415":                       "attribute token is empty",
		"pkcs11:token=%3;object=31415":                     "attribute token has a wrong % escape",
		"pkcs11:object=x;type=secret-key":                  `type "secret-key"`,
		"pkcs11:token=x?pin-source=31415":                  "pin-source is neither",
		"pkcs11:token=x?pin-source=%7C/bin/echo%2031415":   "pin-source is neither",
		"pkcs11:token=x?pin-source=file://elsewhere/31415": "pin-source is neither",
		"pkcs11:token=x;":                                  `attribute ""`,
	} {
		_, err := OpenURI(t.Context(), text, Options{})
		var own *Error
		if !errors.As(err, &own) || !errors.Is(err, ErrKey) || !strings.Contains(err.Error(), says) || own.Hint == "" || strings.Contains(err.Error()+own.Hint, "31415") {
			t.Errorf("%s: %v, want %q", text, err, says)
		}
	}
}

func FuzzParseTokenURI(f *testing.F) {
	f.Add("pkcs11:token=Signing%20HSM;object=profiles;id=%01%ff?module-path=/usr/lib/x.so&pin-source=file:/run/pin")
	f.Add("pkcs11:token=%3?pin-value=1")
	f.Fuzz(func(t *testing.T, text string) {
		if scheme(text) != "pkcs11" {
			return
		}
		_, err := parseTokenURI(text)
		if err != nil && !errors.Is(err, ErrKey) || err == nil && strings.Contains(strings.ToLower(text), "pin-value") {
			t.Errorf("%q: %v", text, err)
		}
	})
}

func TestParseVaultURL(t *testing.T) {
	const version = "f60f2a4f8ae442cfb41ca2090bd4b769"
	for text, want := range map[string]string{
		"https://contoso.vault.azure.net/certificates/signing":                  "https://contoso.vault.azure.net certificates signing ",
		"https://Contoso.vault.azure.net/certificates/Signing/" + version:       "https://contoso.vault.azure.net certificates Signing " + version,
		"https://contoso.vault.usgovcloudapi.net/keys/signing/":                 "https://contoso.vault.usgovcloudapi.net keys signing ",
		"HTTPS://contoso.vault.azure.cn/keys/signing":                           "https://contoso.vault.azure.cn keys signing ",
		"https://contoso-hsm.managedhsm.azure.net/keys/signing-2026/" + version: "https://contoso-hsm.managedhsm.azure.net keys signing-2026 " + version,
	} {
		a, err := parseVaultURL(text)
		if got := strings.Join([]string{a.base(), a.kind, a.name, a.version}, " "); err != nil || got != want {
			t.Errorf("%s: %s, %v", text, got, err)
		}
	}
	for text, says := range map[string]string{
		"https://vault.contoso.com/certificates/signing":                    `"vault.contoso.com" is no host of Azure Key Vault (*.vault.azure.net, `,
		"https://contoso.vault.azure.net.evil.example/certificates/signing": "is no host of Azure Key Vault",
		"https://a.b.vault.azure.net/certificates/signing":                  "is no host of Azure Key Vault",
		"https://contoso.vault.azure.net:8443/certificates/signing":         "more than a host and a path",
		"https://me:31415@contoso.vault.azure.net/certificates/signing":     "more than a host and a path",
		"https://contoso.vault.azure.net/certificates/signing?code=31415":   "more than a host and a path",
		"https://contoso.vault.azure.net/secrets/signing":                   "names a secret",
		"https://contoso.vault.azure.net/certificates":                      "its path is neither",
		"https://contoso.vault.azure.net/certificates/../keys/signing":      "its path is neither",
		"https://contoso.vault.azure.net/keys/signing/latest":               "its path is neither",
		"https://contoso.managedhsm.azure.net/certificates/signing":         "--signer-chain",
		"https:contoso":        "no address of a vault",
		"https://%zz/31415":    "no address of a vault",
		"azure:contoso":        `"azure:" is not supported`,
		"http://31415@contoso": `"http:" is not supported`,
	} {
		_, err := OpenURI(t.Context(), text, Options{})
		var own *Error
		if !errors.As(err, &own) || !errors.Is(err, ErrKey) || !strings.Contains(err.Error(), says) || own.Hint == "" || strings.Contains(err.Error()+own.Hint, "31415") {
			t.Errorf("%s: %v, want %q", text, err, says)
		}
	}
}
