package profiles

import (
	"bytes"
	"errors"
	"io/fs"
	"strings"
	"testing"
	"time"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/preflight"
)

func TestMatch(t *testing.T) {
	var (
		online  = preflight.Scenario{Auth: preflight.Direct, Mailbox: preflight.ExchangeOnline}
		server  = preflight.Scenario{Auth: preflight.Direct, Mailbox: preflight.ExchangeServer}
		unknown = preflight.Scenario{Auth: preflight.Direct, Mailbox: preflight.MailboxUnknown}
		oauth   = preflight.Scenario{Auth: preflight.OAuth, Mailbox: preflight.ExchangeOnline}
	)
	account := func(email, user string) Account { return Account{Email: email, User: user} }
	alice := leaf("upn:alice@contoso.com", "mail:Alice.Example@contoso.com")
	for _, tt := range []struct {
		name    string
		s       preflight.Scenario
		leaf    *certs.Certificate
		account Account
		status  preflight.Status
		want    string
	}{
		{"both", online, alice, account("alice.example@contoso.com", "alice@contoso.com"), preflight.StatusPass, "alice@contoso.com"},
		{"letter case", online, alice, account("ALICE@CONTOSO.COM", "Alice@Contoso.com"), preflight.StatusPass, "Alice@Contoso.com"},
		{"international domain", online, leaf("upn:alice@münchen.example"), account("alice@xn--mnchen-3ya.example", "alice@MÜNCHEN.example"), preflight.StatusPass, ""},
		{"an alias for an address", online, alice, account("info@contoso.com", "alice@contoso.com"), preflight.StatusWarn, "mail is to come to info@contoso.com"},
		{"DOMAIN\\user on premises", server, alice, account("alice@contoso.com", "CONTOSO\\alice"), preflight.StatusPass, "user name CONTOSO\\alice"},
		{"DOMAIN\\user online", online, alice, account("alice@contoso.com", "CONTOSO\\alice"), preflight.StatusWarn, "will sign in as CONTOSO\\alice"},
		{"somebody else's user name", oauth, alice, account("alice@contoso.com", "bob@contoso.com"), preflight.StatusWarn, "will sign in as bob@contoso.com, and the certificate's UPN is alice@contoso.com"},
		{"a user name that the mail address doesn't say", online, leaf("mail:alice@contoso.com"), account("alice@contoso.com", "a17@contoso.com"), preflight.StatusPass, "a17@contoso.com"},
		{"somebody else", online, alice, account("bob@contoso.com", "bob@contoso.com"), preflight.StatusFail, "the certificate is for alice@contoso.com, Alice.Example@contoso.com, the account for bob@contoso.com"},
		{"somebody else, oauth", oauth, alice, account("bob@contoso.com", "bob@contoso.com"), preflight.StatusWarn, "a mapping in the tenant"},
		{"somebody else, on premises", server, alice, account("bob@contoso.com", "bob@contoso.com"), preflight.StatusWarn, "in Active Directory"},
		{"somebody else, who knows where", unknown, alice, account("bob@contoso.com", "bob@contoso.com"), preflight.StatusWarn, "may join them"},
		{"no names", online, leaf(), account("alice@contoso.com", "alice@contoso.com"), preflight.StatusSkip, "no address to compare"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := find(t, checks.Run(tt.s.WithDefaults(), &Subject{Account: tt.account, Leaf: tt.leaf}), "profile.match")
			if f.Status != tt.status || !strings.Contains(f.Message, tt.want) {
				t.Errorf("%s: %s; want %s: %q", f.Status, f.Message, tt.status, tt.want)
			}
			if inferred := f.Basis == preflight.Inferred; inferred != (tt.status == preflight.StatusWarn) {
				t.Errorf("the basis of %s is %s", f.Status, f.Basis)
			}
		})
	}
}

func TestUsable(t *testing.T) {
	for _, tt := range []struct {
		mailbox preflight.Mailbox
		email   string
		want    preflight.Status
	}{
		{preflight.ExchangeOnline, "alice@contoso.com", preflight.StatusPass},
		{preflight.ExchangeOnline, "alice@contoso.local", preflight.StatusFail},
		{preflight.MailboxUnknown, "alice@contoso.local", preflight.StatusWarn},
		{preflight.ExchangeServer, "alice@contoso.local", preflight.StatusWarn},
	} {
		s := preflight.Scenario{Mailbox: tt.mailbox}.WithDefaults()
		f := find(t, Check(s, &Subject{Account: Account{Email: tt.email}, Leaf: leaf("upn:" + tt.email)}), "profile.account")
		if f.Status != tt.want {
			t.Errorf("%s, %s: %s (%s), want %s", tt.mailbox, tt.email, f.Status, f.Message, tt.want)
		}
	}
	f := Unusable(ErrNoHost, "say it")[0]
	if f.Check != "profile.account" || f.Status != preflight.StatusFail || f.Fix != "say it" {
		t.Errorf("an account that can't be made is %+v", f)
	}
}

func TestSignature(t *testing.T) {
	const content = "a profile"
	scenario := preflight.Scenario{At: now}.WithDefaults()
	short, labRoot := labSigner(t) // ends in 30 days
	long := signerOf(t, identity(t, "alice-pkcs8.pem"))
	longRoot := pool(identity(t, "alice-pkcs8.pem").Chain[1])
	bare := *long
	bare.Chain = nil

	signed := sign(t, long, content)
	tampered := bytes.Replace(signed, []byte(content), []byte("b profile"), 1)
	apart, err := long.Sign([]byte(content), now, true)
	if err != nil {
		t.Fatal(err)
	}
	_, otherRoot := labSigner(t)

	const pass, warn, fail, skip = preflight.StatusPass, preflight.StatusWarn, preflight.StatusFail, preflight.StatusSkip
	for _, tt := range []struct {
		name      string
		sub       Signed
		at        time.Time
		signature preflight.Status
		want      string
		signer    preflight.Status
		why       string
	}{
		{"sound", Signed{Data: signed, Roots: longRoot}, now, pass, "one signer, SHA256-RSA, over 9 bytes, made (it says) 2026-11-21 12:00 UTC", pass, `signed by "Alice Example" under "Contoso Test Root"`},
		{"sound, detached", Signed{Data: apart, Detached: []byte(content), Roots: longRoot}, now, pass, "over 9 bytes", pass, "until 2036-01-01"},
		{"not there", Signed{Err: fs.ErrNotExist}, now, fail, "file does not exist", skip, "no sound signature"},
		{"not signed", Signed{Data: []byte("<?xml version=\"1.0\"?>")}, now, fail, "it is not signed", skip, ""},
		{"empty", Signed{Data: []byte{}}, now, fail, "it is not signed", skip, ""},
		{"cut short", Signed{Data: signed[:len(signed)-9], Roots: longRoot}, now, fail, "", skip, ""},
		{"tampered with", Signed{Data: tampered, Roots: longRoot}, now, fail, "", skip, "no sound signature"},
		{"detached from what", Signed{Data: apart, Roots: longRoot}, now, fail, "--content", skip, ""},
		{"detached from something else", Signed{Data: apart, Detached: []byte("b profile"), Roots: longRoot}, now, fail, "", skip, ""},
		{"not detached", Signed{Data: signed, Detached: []byte(content), Roots: longRoot}, now, fail, "holds its own content", skip, ""},
		{"ends soon", Signed{Data: sign(t, short, content), Roots: labRoot, RootsAre: "the lab's root"}, now, pass, "ECDSA-SHA256", warn, "(the lab's root), until 2026-12-21 12:00 UTC: soon"},
		{"ended", Signed{Data: sign(t, short, content), Roots: labRoot}, now.AddDate(0, 2, 0), pass, "", fail, "expired on 2026-12-21"},
		{"not yet", Signed{Data: signed, Roots: longRoot}, now.AddDate(-5, 0, 0), pass, "", fail, ""},
		{"another root", Signed{Data: signed, Roots: otherRoot, RootsAre: "the lab's root"}, now, pass, "", fail, "with the lab's root"},
		{"no intermediates", Signed{Data: sign(t, &bare, content), Roots: longRoot}, now, pass, "", fail, `signed by "Alice Example"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := scenario
			s.At = tt.at
			findings := CheckSigned(s, &tt.sub)
			if f := find(t, findings, "profile.signature"); f.Status != tt.signature || !strings.Contains(f.Message, tt.want) {
				t.Errorf("%s: %s; want %s: %q", f.Status, f.Message, tt.signature, tt.want)
			}
			f := find(t, findings, "profile.signer")
			if f.Status != tt.signer || !strings.Contains(f.Message, tt.why) {
				t.Errorf("%s: %s; want %s: %q", f.Status, f.Message, tt.signer, tt.why)
			}
			if f.Status == fail && f.Fix == "" {
				t.Error("there is nothing to do about it")
			}
			if got, want := string(tt.sub.Content()), content; tt.signature == pass && tt.sub.Detached == nil && got != want {
				t.Errorf("content %q, want %q", got, want)
			} else if tt.signature != pass && got != "" {
				t.Errorf("content %q of what is not sound", got)
			}
		})
	}
}

// Every check has an entry of its own in the catalogue, with all that it says.
func TestCatalogue(t *testing.T) {
	seen := map[string]bool{}
	for _, info := range Catalogue() {
		if seen[info.ID] || !strings.HasPrefix(info.ID, "profile.") {
			t.Errorf("the id %s is there twice, or not one of profiles", info.ID)
		}
		seen[info.ID] = true
		if info.Title == "" || info.Reason == "" || info.Fix == "" || !strings.HasPrefix(info.Source, "https://") || info.Basis.Weak() {
			t.Errorf("%s: %+v", info.ID, info)
		}
	}
}

// An error that was met on the way is told as it is.
func TestSignatureOfUnreadable(t *testing.T) {
	err := errors.New("permission denied")
	findings := CheckSigned(preflight.Scenario{At: now}, &Signed{Err: err, Data: []byte("x")})
	if f := find(t, findings, "profile.signature"); f.Message != err.Error() {
		t.Errorf("message %q", f.Message)
	}
}
