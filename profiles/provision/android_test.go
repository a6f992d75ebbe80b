package provision_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/easkit/easkit/android"
	"github.com/easkit/easkit/certs/cms"
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/profiles"
	"github.com/easkit/easkit/profiles/provision"
)

var androidFiles = []string{"bundle.json", "managed-configuration.json", "policy-fragment.json", "androidenterprise.json", "intune-app-configuration.json", "alice.p12", "setup.html"}

// A file goes on as it is where Android reads it and offers the key under the
// name that the configuration asks for.
func TestAndroidPackaging(t *testing.T) {
	for _, tt := range []struct {
		file    string
		android int
		why     string // "" is unchanged
		scheme  string
	}{
		{"openssl-3des.p12", 11, "", "PBES1 3DES-CBC"},
		{"openssl-3des.p12", 14, "", "PBES1 3DES-CBC"},
		{"openssl-legacy.p12", 11, "Android offers it under forty hexadecimal digits", "PBES1 3DES-CBC"},
		{"openssl-modern.p12", 13, "Android before 14 reads only HMAC-SHA-1", "PBES1 3DES-CBC"},
		{"openssl-modern.p12", 14, "forty hexadecimal digits", "PBES2 AES-256-CBC with HMAC-SHA-256"},
		{"openssl-dotname.p12", 14, `offers "alice@contoso"`, "PBES2 AES-256-CBC with HMAC-SHA-256"},
		{"keytool-default.p12", 11, "Android before 14", "PBES1 3DES-CBC"},
		{"keytool-default.p12", 14, "", "PBES2 AES-256-CBC with HMAC-SHA-256"},
		{"openssl-csp.p12", 14, `Android would offer it as "{7D3A1C58-0F5E-4B5B-9C39-7E1B2A64D0A1}", not as "eas-alice"`, "PBES2 AES-256-CBC with HMAC-SHA-256"},
		{"nss-default.p12", 14, "", "PBES2 AES-256-CBC with HMAC-SHA-256"},
	} {
		t.Run(tt.file, func(t *testing.T) {
			req := request(t, tt.file)
			req.Scenario.Android = tt.android
			r := makeAndroid(t, req)
			if got := names(r.Files); !slices.Equal(got, androidFiles) {
				t.Errorf("files %q", got)
			}
			p12 := file(t, r.Files, "alice.p12")
			if same := bytes.Equal(p12, foreign(t, tt.file)); same != (tt.why == "") {
				t.Errorf("unchanged: %v, want %v", same, tt.why == "")
			}
			if hasNote(r, "written anew") != (tt.why != "") || tt.why != "" && !hasNote(r, tt.why) {
				t.Errorf("notes %q, want one with %q", r.Notes, tt.why)
			}
			key := open(t, p12, password).PKCS12.Keys[0]
			if key.FriendlyName != "eas-alice" || key.Scheme.String() != tt.scheme {
				t.Errorf("the key is %q, encrypted with %s; want %s", key.FriendlyName, key.Scheme, tt.scheme)
			}
		})
	}
}

// All forms of the configuration are of the same account, and the bundle has the
// file that goes to the phone.
func TestAndroidForms(t *testing.T) {
	req := request(t, "openssl-3des.p12")
	req.Overrides = profiles.Overrides{App: "gmail", Auth: preflight.Direct, Mailbox: preflight.ExchangeServer, Host: "mail.contoso.com"}
	r := makeAndroid(t, req)
	for _, name := range []string{"bundle.json", "managed-configuration.json", "policy-fragment.json", "androidenterprise.json", "intune-app-configuration.json"} {
		doc, err := android.Parse(file(t, r.Files, name))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if a := doc.Account; a.Email != "alice@contoso.com" || a.Endpoint.Host != "mail.contoso.com" || a.Auth != preflight.Direct {
			t.Errorf("%s: %+v", name, a)
		}
		if name == "bundle.json" && !bytes.Equal(doc.PKCS12, foreign(t, "openssl-3des.p12")) {
			t.Error("the bundle has another PKCS#12 file")
		}
	}
	if html := string(file(t, r.Files, "setup.html")); !strings.Contains(html, "eas-alice") || !strings.Contains(html, "alice.p12") {
		t.Error("the sheet names neither key nor file")
	}
	if !hasNote(r, "CERT_INSTALL") {
		t.Errorf("what Gmail needs is not told: %q", r.Notes)
	}
}

func TestAndroidBundleOnly(t *testing.T) {
	req := request(t, "openssl-3des.p12")
	req.BundleOnly = true
	if got := names(makeAndroid(t, req).Files); !slices.Equal(got, []string{"bundle.json"}) {
		t.Errorf("files %q", got)
	}
	req = request(t, "alice-pkcs8.pem")
	req.BundleOnly = true
	r := makeAndroid(t, req)
	if got := names(r.Files); !slices.Equal(got, []string{"bundle.json", "alice.password"}) {
		t.Errorf("files of a PEM identity %q", got)
	}
	doc, err := android.Parse(file(t, r.Files, "bundle.json"))
	if err != nil {
		t.Fatal(err)
	}
	open(t, doc.PKCS12, told(t, r))
}

// The signature lies beside the bundle, and is over its bytes.
func TestAndroidSigned(t *testing.T) {
	req := request(t, "openssl-3des.p12")
	req.Signer = aliceSigner(t)
	r := makeAndroid(t, req)
	signed, err := cms.Parse(file(t, r.Files, "bundle.json.p7s"))
	if err != nil {
		t.Fatal(err)
	}
	bundle := file(t, r.Files, "bundle.json")
	if !signed.Detached || signed.CheckSignature(bundle) != nil || !signed.SigningTime.Equal(now) {
		t.Errorf("detached %v, %v, made %v", signed.Detached, signed.CheckSignature(bundle), signed.SigningTime)
	}
	if signed.CheckSignature(append(bundle, ' ')) == nil {
		t.Error("the signature is over anything")
	}
}

// PEM has no password: one is made, and is in no file but its own.
func TestAndroidNewPassword(t *testing.T) {
	r := makeAndroid(t, request(t, "alice-pkcs8.pem"))
	if got := names(r.Files); !slices.Equal(got, append(slices.Clone(androidFiles), "alice.password")) {
		t.Fatalf("files %q", got)
	}
	open(t, file(t, r.Files, "alice.p12"), told(t, r))

	req := request(t, "openssl-3des.p12")
	req.NewPassword = true
	r = makeAndroid(t, req)
	open(t, file(t, r.Files, "alice.p12"), told(t, r))
	if !hasNote(r, "a new password was asked for") {
		t.Errorf("notes %q", r.Notes)
	}
}

func TestAndroidFailingCheck(t *testing.T) {
	req := request(t, "openssl-3des.p12")
	req.Scenario.At = now.AddDate(20, 0, 0)
	r, err := provision.Android(t.Context(), req)
	if err != nil || !r.Failed() || len(r.Files) > 0 || status(r, "cert.validity") != preflight.StatusFail {
		t.Fatalf("%v, %+v", err, r)
	}
	req.Ignore = map[string]string{"cert.validity": "a test", "cert.chain": "a test"}
	makeAndroid(t, req)
}

// What an app can't do is an error of its own kind.
func TestAndroidRefuses(t *testing.T) {
	req := request(t, "openssl-3des.p12")
	req.Overrides = profiles.Overrides{App: "outlook", Auth: preflight.Direct}
	var refused *android.RefusedError
	if _, err := provision.Android(t.Context(), req); !errors.As(err, &refused) || refused.Hint == "" {
		t.Errorf("Outlook with direct sign-in: %v", err)
	}
	req.Overrides = profiles.Overrides{App: "nine"}
	if _, err := provision.Android(t.Context(), req); err == nil || !strings.Contains(err.Error(), "gmail, outlook") {
		t.Errorf("Nine: %v", err)
	}
}

// An Android result says nothing of iOS, and warns of nothing that it mended.
func TestAndroidFindings(t *testing.T) {
	for _, f := range makeAndroid(t, request(t, "openssl-dotname.p12")).Findings {
		if f.Check == "cert.p12.ios" || f.Status.Worse(preflight.StatusSkip) {
			t.Errorf("%s %s: %s", f.Status, f.Check, f.Message)
		}
	}
}

// Passwords and keys stay out of what people and logs see, and out of every file
// that is not made to hold them.
func TestSecretsStayInside(t *testing.T) {
	for name, build := range map[string]func(testing.TB, provision.Request) *provision.Result{"ios": makeIOS, "android": makeAndroid} {
		for _, from := range []string{"openssl-3des.p12", "openssl-modern.p12", "alice-pkcs8.pem", "alice-enc-pbes2.pem"} {
			t.Run(name+"/"+from, func(t *testing.T) {
				r := build(t, request(t, from))
				secrets := []string{password}
				if slices.Contains(names(r.Files), "alice.password") {
					secrets = append(secrets, string(told(t, r)))
				}
				findings, err := json.Marshal(r.Findings)
				if err != nil {
					t.Fatal(err)
				}
				seen := string(findings) + strings.Join(r.Notes, "\n")
				for _, f := range r.Files {
					if f.Name != "alice.password" {
						seen += string(f.Data)
					}
				}
				for _, secret := range secrets {
					if strings.Contains(seen, secret) {
						t.Errorf("the password stands where it should not")
					}
				}
			})
		}
	}
}
