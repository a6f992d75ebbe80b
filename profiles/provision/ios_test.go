package provision_test

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/cms"
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/profiles"
	"github.com/easkit/easkit/profiles/provision"
)

// A file that the oldest phone reads goes in byte for byte; any other is written
// anew in what that phone reads, with the password that it had.
func TestIOSPackaging(t *testing.T) {
	const legacy, modern = "PBES1 3DES-CBC", "PBES2 AES-256-CBC with HMAC-SHA-256"
	for _, tt := range []struct {
		file   string
		ios    int
		why    string // "" is unchanged
		scheme string
	}{
		{"openssl-3des.p12", 15, "", legacy},
		{"openssl-legacy.p12", 15, "", legacy},
		{"openssl-legacy.p12", 18, "", legacy},
		{"openssl-modern.p12", 15, "its MAC is HMAC-SHA-256: iOS before 18", legacy},
		{"openssl-modern.p12", 17, "iOS before 18", legacy},
		{"openssl-modern.p12", 18, "", modern},
		{"openssl-aes256-sha1mac.p12", 15, "it is encrypted with PBES2", legacy},
		{"openssl-aes128-sha512mac.p12", 18, "of the AES ciphers iOS reads only AES-256", modern},
		{"openssl-plainkey.p12", 18, "in a plain key bag", modern},
		{"openssl-utf8pass.p12", 15, "iOS before 18", legacy},
		{"nss-default.p12", 18, "without the NULL parameter that iOS requires", modern},
		{"nss-3des.p12", 15, "", legacy},
		{"keytool-default.p12", 15, "iOS before 18", legacy},
		{"pbmac1.p12", 18, "PBMAC1", modern},
		{"chainfirst.p12", 18, "", modern},
	} {
		t.Run(tt.file, func(t *testing.T) {
			pw := certs.Password(password)
			if tt.file == "openssl-utf8pass.p12" {
				pw = "pässwörd"
			}
			req := request(t, "openssl-3des.p12")
			var err error
			if req.Bundle, err = certs.Read(foreign(t, tt.file), certs.Unlock{Password: pw}); err != nil {
				t.Fatal(err)
			}
			req.Scenario.IOS = tt.ios
			r := makeIOS(t, req)
			doc := profile(t, r)
			if got := names(r.Files); !slices.Equal(got, []string{"alice.mobileconfig"}) {
				t.Errorf("files %q", got)
			}
			if same := bytes.Equal(doc.PKCS12, foreign(t, tt.file)); same != (tt.why == "") {
				t.Errorf("unchanged: %v, want %v", same, tt.why == "")
			}
			if got := hasNote(r, "written anew"); got != (tt.why != "") || !hasNote(r, tt.why) {
				t.Errorf("notes %q, want one with %q", r.Notes, tt.why)
			}
			id := open(t, doc.PKCS12, pw)
			if got := id.PKCS12.Keys[0].Scheme.String(); tt.why != "" && got != tt.scheme {
				t.Errorf("encrypted with %s, want %s", got, tt.scheme)
			}
			if problems := id.PKCS12.ProblemsIOS(tt.ios); len(problems) > 0 {
				t.Errorf("iOS %d does not read it: %q", tt.ios, problems)
			}
			if doc.Password != "" {
				t.Error("the password is embedded, and nobody asked for that")
			}
		})
	}
}

// What the profile holds is the account that was asked for.
func TestIOSAccount(t *testing.T) {
	req := request(t, "openssl-3des.p12")
	req.Overrides = profiles.Overrides{Host: "mail.contoso.com:8443", Mailbox: preflight.ExchangeServer, Auth: preflight.Direct, User: "CONTOSO\\alice"}
	req.Template.Organization = "Contoso Ltd."
	r := makeIOS(t, req)
	doc := profile(t, r)
	if doc.Account.Endpoint.String() != "mail.contoso.com:8443" || doc.Account.Auth != preflight.Direct ||
		doc.Account.User != "CONTOSO\\alice" || doc.Account.Email != "alice@contoso.com" || doc.Dangling || !doc.HasAccount {
		t.Errorf("%+v", doc)
	}
	if len(doc.Certificates) != 2 {
		t.Errorf("%d authorities in it, want the issuing CA and the root", len(doc.Certificates))
	}
	if r.Scenario.Auth != preflight.Direct || r.Scenario.Mailbox != preflight.ExchangeServer || r.Scenario.At != now || r.Scenario.IOS != preflight.DefaultIOS {
		t.Errorf("scenario %+v", r.Scenario)
	}
}

// The same request gives the same bytes, where nothing in it is random.
func TestIOSIsReproducible(t *testing.T) {
	req := request(t, "openssl-3des.p12")
	req.Signer = aliceSigner(t)
	one, two := makeIOS(t, req), makeIOS(t, req)
	if diff := cmp.Diff(one.Files, two.Files); diff != "" {
		t.Errorf("two runs differ:\n%s", diff)
	}
}

func TestIOSSigned(t *testing.T) {
	req := request(t, "openssl-3des.p12")
	if r := makeIOS(t, req); !hasNote(r, "not signed") || profile(t, r).Signed {
		t.Errorf("without a signer: notes %q", r.Notes)
	}
	req.Signer = aliceSigner(t)
	r := makeIOS(t, req)
	data := file(t, r.Files, "alice.mobileconfig")
	if hasNote(r, "not signed") || !profile(t, r).Signed {
		t.Errorf("with a signer: notes %q", r.Notes)
	}
	signed, err := cms.Parse(data)
	if err != nil || signed.CheckSignature(nil) != nil || !signed.SigningTime.Equal(now) {
		t.Errorf("the signature: %v, made %v", err, signed.SigningTime)
	}
	req.Scenario.At = now.AddDate(20, 0, 0)
	req.Ignore = map[string]string{"cert.validity": "to see the signer's own end", "cert.chain": "the same"}
	if _, err := provision.IOS(t.Context(), req); err == nil || !strings.Contains(err.Error(), "signing the profile") {
		t.Errorf("with a signer that ended: %v", err)
	}
}

// PEM has no password, so one is made, and told in a file of its own.
func TestIOSNewPassword(t *testing.T) {
	for name, change := range map[string]func(*provision.Request){
		"PEM":            func(req *provision.Request) { *req = request(t, "alice-pkcs8.pem") },
		"empty password": func(req *provision.Request) { *req = request(t, "openssl-emptypass.p12") },
		"--new-password": func(req *provision.Request) { req.NewPassword = true },
	} {
		t.Run(name, func(t *testing.T) {
			req := request(t, "openssl-3des.p12")
			change(&req)
			r := makeIOS(t, req)
			if got := names(r.Files); !slices.Equal(got, []string{"alice.mobileconfig", "alice.password"}) {
				t.Fatalf("files %q", got)
			}
			open(t, profile(t, r).PKCS12, told(t, r))
			if !hasNote(r, "written anew") || !hasNote(r, "stands in alice.password") {
				t.Errorf("notes %q", r.Notes)
			}
			if _, err := certs.ParsePKCS12(profile(t, r).PKCS12, password); !errors.Is(err, certs.ErrPassword) {
				t.Errorf("the old password: %v", err)
			}
		})
	}
}

// An encrypted PEM key has a password, which is kept.
func TestIOSKeepsPasswordOfPEM(t *testing.T) {
	r := makeIOS(t, request(t, "alice-enc-pbes2.pem"))
	if got := names(r.Files); !slices.Equal(got, []string{"alice.mobileconfig"}) {
		t.Errorf("files %q", got)
	}
	open(t, profile(t, r).PKCS12, password)
}

// For an MDM the password is in the profile, and in no file beside it.
func TestIOSForMDM(t *testing.T) {
	for _, name := range []string{"openssl-3des.p12", "openssl-modern.p12", "alice-pkcs8.pem"} {
		t.Run(name, func(t *testing.T) {
			req := request(t, name)
			req.ForMDM = true
			r := makeIOS(t, req)
			if got := names(r.Files); !slices.Equal(got, []string{"alice.mobileconfig"}) {
				t.Errorf("files %q", got)
			}
			doc := profile(t, r)
			open(t, doc.PKCS12, doc.Password)
			if doc.Password == "" || !hasNote(r, "whoever reads the file has the key") {
				t.Errorf("notes %q", r.Notes)
			}
		})
	}
}

// A check that fails leaves nothing but its finding, unless it is ignored.
func TestIOSFailingCheck(t *testing.T) {
	req := request(t, "openssl-3des.p12")
	req.Scenario.At = now.AddDate(20, 0, 0)
	r, err := provision.IOS(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	if !r.Failed() || len(r.Files) > 0 || status(r, "cert.validity") != preflight.StatusFail {
		t.Errorf("files %q, findings %+v", names(r.Files), r.Findings)
	}
	req.Ignore = map[string]string{"cert.san.address": "another check"}
	if r, err = provision.IOS(t.Context(), req); err != nil || !r.Failed() {
		t.Errorf("with another check ignored: %v, failed %v", err, r.Failed())
	}
	req.Ignore = map[string]string{"cert.validity": "a test of what phones say", "cert.chain": "the same"}
	r = makeIOS(t, req)
	if status(r, "cert.validity") != preflight.StatusFail {
		t.Error("what is ignored is no longer told")
	}
}

// A failing account check does the same: the certificate is somebody else's.
func TestIOSSomebodyElse(t *testing.T) {
	req := request(t, "openssl-3des.p12")
	req.Overrides = profiles.Overrides{Email: "bob@contoso.com", User: "bob@contoso.com", Auth: preflight.Direct}
	r, err := provision.IOS(t.Context(), req)
	if err != nil || !r.Failed() || status(r, "profile.match") != preflight.StatusFail {
		t.Errorf("%v, %+v", err, r)
	}
}

// Direct sign-in to Exchange Online warns until its day, and fails after it.
func TestIOSRetirement(t *testing.T) {
	req := request(t, "openssl-3des.p12")
	req.Overrides.Auth = preflight.Direct
	if r := makeIOS(t, req); status(r, "profile.retirement") != preflight.StatusWarn {
		t.Errorf("before: %s", status(r, "profile.retirement"))
	}
	req.Scenario.At = preflight.RetirementDay.AddDate(0, 0, 1)
	r, err := provision.IOS(t.Context(), req)
	if err != nil || !r.Failed() || status(r, "profile.retirement") != preflight.StatusFail {
		t.Errorf("after: %v, failed %v, %s", err, r.Failed(), status(r, "profile.retirement"))
	}
}

// An iPhone's result says nothing of Android.
func TestIOSFindings(t *testing.T) {
	for _, f := range makeIOS(t, request(t, "gopkcs12-legacydes.p12")).Findings {
		if f.Check == "cert.p12.android" || f.Check == "cert.p12.alias" {
			t.Errorf("%+v", f)
		}
		if f.Status.Worse(preflight.StatusSkip) {
			t.Errorf("a sound certificate has %s: %s", f.Check, f.Message)
		}
	}
}

// A key that no phone imports is a finding; a file without a key is an error.
func TestIOSRefuses(t *testing.T) {
	r, err := provision.IOS(t.Context(), request(t, "openssl-ed25519.p12"))
	if err != nil || !r.Failed() || status(r, "cert.key") != preflight.StatusFail {
		t.Errorf("Ed25519: %v, %+v", err, r)
	}
	for name, want := range map[string]error{
		"alice.crt": certs.ErrNoKey, "two-identities.p12": certs.ErrSeveral, "keytool-truststore.p12": certs.ErrNoKey, "alice-key.der": certs.ErrNoCertificate,
	} {
		if r, err := provision.IOS(t.Context(), request(t, name)); !errors.Is(err, want) || r != nil {
			t.Errorf("%s: %v, want %v", name, err, want)
		}
	}
	req := request(t, "openssl-3des.p12")
	req.Overrides.Host = "https://mail.contoso.com"
	if _, err := provision.IOS(t.Context(), req); err == nil || !strings.Contains(err.Error(), "is a URL") {
		t.Errorf("a URL: %v", err)
	}
	req = request(t, "openssl-3des.p12")
	req.Template.Services.Sync = []string{}
	if _, err := provision.IOS(t.Context(), req); err == nil || !strings.Contains(err.Error(), "21009") {
		t.Errorf("nothing to sync: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := provision.IOS(ctx, request(t, "openssl-3des.p12")); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: %v", err)
	}
}

// status is the worst that a check found.
func status(r *provision.Result, id string) preflight.Status {
	worst := preflight.Status("")
	for _, f := range r.Findings {
		if f.Check == id && (worst == "" || f.Status.Worse(worst)) {
			worst = f.Status
		}
	}
	return worst
}
