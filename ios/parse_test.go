package ios_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/easkit/easkit/certs/lab"
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/certs/signer"
	"github.com/easkit/easkit/ios"
	"github.com/easkit/easkit/profiles"
)

var at = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

func signed(t testing.TB, data []byte) []byte {
	t.Helper()
	l, err := lab.New(at, "http://crl.contoso.com")
	if err != nil {
		t.Fatal(err)
	}
	id, err := l.Signer()
	if err != nil {
		t.Fatal(err)
	}
	s, err := signer.New(id)
	if err != nil {
		t.Fatal(err)
	}
	out, err := s.Sign(data, at, false)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestParseSigned(t *testing.T) {
	data := signed(t, build(t, everything(t), ""))
	doc, err := ios.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	if !doc.Signed || doc.Account.Email != "alice@contoso.com" || len(doc.Notes) > 0 {
		t.Errorf("signed %v, address %q, notes %q", doc.Signed, doc.Account.Email, doc.Notes)
	}
	broken := []byte(strings.Replace(string(data), "alice@contoso.com", "mallory@fabrikam", 1))
	if doc, err = ios.Parse(broken[:len(broken):len(broken)]); err == nil && len(doc.Notes) == 0 {
		t.Error("a changed profile is read without a word about its signature")
	}
}

// What other generators write, in as many shapes.
func TestParseForeignShapes(t *testing.T) {
	for _, c := range []struct {
		name, file string
		check      func(*testing.T, *profiles.Document)
	}{
		{"absent keys have Apple's defaults", plist(eas(`<key>Host</key><string>mail.contoso.com</string>`)), func(t *testing.T, d *profiles.Document) {
			a := d.Account
			if a.Auth != preflight.Direct || a.SyncDays != 7 || !a.Services.Notes.On || a.Mailbox != preflight.MailboxUnknown {
				t.Errorf("account is %+v", a)
			}
			if !hasNote(d, "SSL is not on") {
				t.Errorf("notes %q say nothing of SSL", d.Notes)
			}
		}},
		{"wrong type", plist(eas(`<key>Host</key><integer>5</integer><key>SSL</key><string>true</string>`)), func(t *testing.T, d *profiles.Document) {
			if !hasNote(d, "Host: it is integer, not string") {
				t.Errorf("notes %q", d.Notes)
			}
		}},
		{"dangling reference", plist(eas(`<key>PayloadCertificateUUID</key><string>00000000-0000-0000-0000-000000000001</string>`)), func(t *testing.T, d *profiles.Document) {
			if !d.Dangling {
				t.Error("the reference resolves to nothing, and nobody says so")
			}
		}},
		{"SCEP identity", plist(`<dict><key>PayloadType</key><string>com.apple.security.scep</string><key>PayloadUUID</key><string>S</string></dict>` +
			eas(`<key>PayloadCertificateUUID</key><string>S</string>`)), func(t *testing.T, d *profiles.Document) {
			if d.Dangling || !hasNote(d, "scep") {
				t.Errorf("dangling %v, notes %q", d.Dangling, d.Notes)
			}
		}},
		{"inline certificate", plist(eas(`<key>Certificate</key><data>AAEC</data><key>CertificatePassword</key><string>x</string>`)), func(t *testing.T, d *profiles.Document) {
			if len(d.PKCS12) != 3 || d.Password != "x" {
				t.Errorf("identity of %d bytes", len(d.PKCS12))
			}
		}},
		{"two accounts", plist(eas("") + eas("")), func(t *testing.T, d *profiles.Document) {
			if !hasNote(d, "more than one mail account") {
				t.Errorf("notes %q", d.Notes)
			}
		}},
		{"encrypted", `<?xml version="1.0"?><plist version="1.0"><dict><key>PayloadType</key><string>Configuration</string><key>EncryptedPayloadContent</key><data>AA==</data></dict></plist>`, func(t *testing.T, d *profiles.Document) {
			if !hasNote(d, "encrypted") || d.HasAccount {
				t.Errorf("notes %q", d.Notes)
			}
		}},
		{"byte order mark", "\xef\xbb\xbf" + plist(eas("")), func(t *testing.T, d *profiles.Document) {
			if !d.HasAccount {
				t.Error("no account")
			}
		}},
		{"no account", plist(""), func(t *testing.T, d *profiles.Document) {
			if d.HasAccount {
				t.Error("an account out of nothing")
			}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			doc, err := ios.Parse([]byte(c.file))
			if err != nil {
				t.Fatal(err)
			}
			c.check(t, doc)
		})
	}
}

func plist(payloads string) string {
	return `<?xml version="1.0" encoding="UTF-8"?><plist version="1.0"><dict><key>PayloadType</key><string>Configuration</string>` +
		`<key>PayloadContent</key><array>` + payloads + `</array></dict></plist>`
}

func eas(keys string) string {
	return `<dict><key>PayloadType</key><string>com.apple.eas.account</string>` + keys + `</dict>`
}

func hasNote(d *profiles.Document, part string) bool {
	return strings.Contains(strings.Join(d.Notes, "\n"), part)
}

// What is no profile is refused, quickly, with the reason.
func TestParseRefuses(t *testing.T) {
	laughs := `<?xml version="1.0"?><!DOCTYPE plist [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]><plist version="1.0"><string>&b;</string></plist>`
	for name, c := range map[string]struct{ file, want string }{
		"empty":          {"", "no property list"},
		"text":           {"hello", "no property list"},
		"OpenStep":       {"{ a = b; }", "no property list"},
		"array":          {`<?xml version="1.0"?><plist version="1.0"><array/></plist>`, "array"},
		"other type":     {`<?xml version="1.0"?><plist version="1.0"><dict><key>PayloadType</key><string>x</string></dict></plist>`, "PayloadType"},
		"entities":       {laughs, "entities"},
		"deep":           {`<?xml version="1.0"?><plist version="1.0">` + strings.Repeat("<array>", 100_000), "nested"},
		"cut short":      {plist(eas(""))[:120], "EOF"},
		"unfolding":      {unfolding(20), "unfolds"},
		"self reference": {"bplist00\xa1\x00\x08\x00\x00\x00\x00\x00\x00\x01\x01\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x0a", ""},
	} {
		if _, err := ios.Parse([]byte(c.file)); !errors.Is(err, ios.ErrNotProfile) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want ErrNotProfile with %q", name, err, c.want)
		}
	}
}

// unfolding is a binary property list of n arrays, each of which refers ten times
// to the next.
func unfolding(n int) string {
	file, offsets := "bplist00", ""
	for i := range n {
		offsets += string([]byte{byte(len(file) >> 8), byte(len(file))})
		file += "\xaa" + strings.Repeat(string([]byte{byte(min(i+1, n-1))}), 10)
		if i == n-1 {
			file = file[:len(file)-11] + "\x08"
		}
	}
	trailer := make([]byte, 32)
	trailer[6], trailer[7], trailer[15] = 2, 1, byte(n)
	trailer[30], trailer[31] = byte(len(file)>>8), byte(len(file))
	return file + offsets + string(trailer)
}

func FuzzParse(f *testing.F) {
	for _, a := range goldenAccounts(f) {
		data := build(f, a, "")
		f.Add(data)
		f.Add(signed(f, data))
	}
	f.Add([]byte(plist(eas(`<key>SSL</key><true/>`))))
	f.Add([]byte("bplist00"))
	if der, err := os.ReadFile(filepath.Join(foreignDir, "chain.p7b")); err == nil {
		f.Add(der)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		doc, err := ios.Parse(data)
		if (doc == nil) == (err == nil) {
			t.Fatalf("document %v with error %v", doc, err)
		}
	})
}
