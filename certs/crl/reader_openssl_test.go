package crl

import (
	"bytes"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/easkit/easkit/certs"
)

// opensslTime is how openssl crl -noout prints dates.
const opensslTime = "Jan _2 15:04:05 2006 MST"

// runOpenSSL returns what openssl prints on both its streams; it skips
// the test where there is no openssl.
func runOpenSSL(t *testing.T, args ...string) string {
	t.Helper()
	if _, err := exec.LookPath("openssl"); err != nil {
		t.Skip("openssl is not on PATH")
	}
	out, err := exec.Command("openssl", args...).CombinedOutput()
	if err != nil {
		t.Fatalf("openssl %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// opensslSays is what openssl reads of a list.
type opensslSays struct {
	issuer, number string
	this, next     time.Time
	serials        []string // hexadecimal, in their order
	dates, reasons []string // of each
	verified       bool
}

var (
	opensslEntry  = regexp.MustCompile(`(?m)^    Serial Number: (-?[0-9A-F]+)\n        Revocation Date: (.*)$`)
	opensslReason = regexp.MustCompile(`X509v3 CRL Reason Code: *\n *(.*)`)
)

// opensslReasons are the names that openssl has for the reasons.
var opensslReasons = map[string]Reason{
	"": Unspecified, "Unspecified": Unspecified, "Key Compromise": KeyCompromise, "CA Compromise": CACompromise,
	"Affiliation Changed": AffiliationChanged, "Superseded": Superseded, "Cessation Of Operation": Cessation,
	"Certificate Hold": Hold, "Remove From CRL": RemoveFromCRL, "Privilege Withdrawn": PrivilegeWithdrawn, "AA Compromise": AACompromise,
}

func readByOpenSSL(t *testing.T, path, form, ca string) (s opensslSays) {
	t.Helper()
	args := []string{"crl", "-inform", form, "-in", path, "-noout", "-issuer", "-lastupdate", "-nextupdate", "-crlnumber", "-text", "-nameopt", "RFC2253"}
	out := runOpenSSL(t, args...)
	verdict, _ := exec.Command("openssl", "crl", "-inform", form, "-in", path, "-noout", "-CAfile", ca).CombinedOutput() // fails for an issuer that it doesn't know
	s.verified = bytes.Contains(verdict, []byte("verify OK"))
	field := func(name string) string {
		_, rest, _ := strings.Cut("\n"+out, "\n"+name+"=")
		value, _, _ := strings.Cut(rest, "\n")
		return value
	}
	at := func(name string) (at time.Time) {
		if value := field(name); value != "NONE" {
			var err error
			if at, err = time.Parse(opensslTime, value); err != nil {
				t.Fatal(err)
			}
		}
		return at
	}
	s.issuer, s.this, s.next = field("issuer"), at("lastUpdate"), at("nextUpdate")
	if number := field("crlNumber"); number != "<NONE>" {
		n, err := ParseSerial(number)
		if err != nil {
			t.Fatal(err)
		}
		s.number = n.String()
	}
	places := opensslEntry.FindAllStringSubmatchIndex(out, -1)
	for i, at := range places {
		end := len(out)
		if i+1 < len(places) {
			end = places[i+1][0]
		}
		s.serials = append(s.serials, out[at[2]:at[3]])
		s.dates = append(s.dates, out[at[4]:at[5]])
		reason := ""
		if m := opensslReason.FindStringSubmatch(out[at[1]:end]); m != nil {
			reason = strings.TrimSpace(m[1])
		}
		s.reasons = append(s.reasons, reason)
	}
	return s
}

// opensslCompare reads a file in both ways. The list's own serial numbers are
// asked for; signed is openssl's verdict on the signature.
func opensslCompare(t *testing.T, path, caFile string) (l *List, signed bool) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	form := "DER"
	if bytes.Contains(data, []byte(pemBegin)) {
		form = "PEM"
	}
	want := readByOpenSSL(t, path, form, caFile)
	var asked []*big.Int
	for _, serial := range want.serials {
		n, err := ParseSerial(strings.TrimPrefix(serial, "-"))
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(serial, "-") {
			n.Neg(n)
		}
		asked = append(asked, n)
	}
	l, err = Read(bytes.NewReader(data), NewSerials(asked))
	if err != nil {
		t.Fatalf("%v, which openssl reads", err)
	}
	number := ""
	if l.Number != nil {
		number = l.Number.String()
	}
	if l.Issuer() != want.issuer || number != want.number || !l.ThisUpdate.Equal(want.this) || !l.NextUpdate.Equal(want.next) || l.Entries != len(want.serials) {
		t.Errorf("%s %s %v %v %d, openssl says %+v", l.Issuer(), number, l.ThisUpdate, l.NextUpdate, l.Entries, want)
	}
	if l.Indirect == 0 {
		opensslEntries(t, l, asked, want)
	}
	return l, want.verified
}

func opensslEntries(t *testing.T, l *List, asked []*big.Int, want opensslSays) {
	t.Helper()
	for i, serial := range asked {
		reason, known := opensslReasons[want.reasons[i]]
		e, ok := l.Entry(serial)
		if !ok || !known || e.Revoked.Format(opensslTime) != strings.Replace(want.dates[i], "GMT", "UTC", 1) || e.Reason != reason {
			t.Errorf("%x: %v %v, openssl says %s %q", serial, e, ok, want.dates[i], want.reasons[i])
		}
	}
}

// What can be read of the fixtures is what openssl reads of them. It looks for
// the CA by the list's issuer, and then has its opinion on the signature.
func TestReadFixturesAgainstOpenSSL(t *testing.T) {
	runOpenSSL(t, "version")
	var all []byte
	for _, file := range readerSigners {
		all = append(all, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: readerCert(t, file).Raw})...)
	}
	caFile := opensslFile(t, t.TempDir(), "cas.pem", string(all))
	for _, tt := range readerFixtures {
		if tt.err != nil {
			continue
		}
		t.Run(tt.file, func(t *testing.T) {
			t.Parallel()
			l, verified := opensslCompare(t, filepath.Join(readerLists, tt.file), caFile)
			ours := slices.ContainsFunc(readerSigners, func(file string) bool {
				ca := readerCert(t, file)
				return l.Issuer() == ca.Subject() && l.SignedBy(ca) == nil
			})
			if ours != verified {
				t.Errorf("the signature is right: %v, openssl says %v", ours, verified)
			}
		})
	}
}

// opensslIndex is the database of a CA with one certificate for each reason that
// openssl ca can write.
func opensslIndex() string {
	var b strings.Builder
	for i, reason := range []string{"", ",unspecified", ",keyCompromise", ",CACompromise", ",affiliationChanged", ",superseded", ",cessationOfOperation",
		",certificateHold", ",removeFromCRL", ",holdInstruction,holdInstructionReject", ",keyTime,20261027120000Z", ",CAkeyTime,20261028120000Z"} {
		fmt.Fprintf(&b, "R\t361101120000Z\t2611%02d120000Z%s\t%s\tunknown\t/CN=user %d\n", i+1, reason, strings.Repeat(fmt.Sprintf("%02X", 0x10*i+7), 1+i), i)
	}
	return b.String()
}

// openssl's own CRLs, by each kind of key.
func TestReadMadeByOpenSSL(t *testing.T) {
	runOpenSSL(t, "version")
	tests := []struct {
		name    string
		key     string
		options []string
		err     error // of SignedBy
	}{
		{"RSA", "issuing-rsa2048.pem", nil, nil},
		{"RSA with SHA-512", "issuing-rsa2048.pem", []string{"-md", "sha512"}, nil},
		{"RSA-PSS", "issuing-rsa2048.pem", []string{"-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:digest"}, nil},
		{"RSA-PSS with SHA-384", "issuing-rsa2048.pem", []string{"-md", "sha384", "-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:20"}, nil},
		{"ECDSA P-256", "root-p256.pem", nil, nil},
		{"ECDSA P-384", "carol-p384.pem", []string{"-md", "sha384"}, nil},
		{"Ed25519", "dave-ed25519.pem", []string{"-md", "null"}, certs.ErrUnsupported},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			key, ca, list := filepath.Join(readerKeys, tt.key), filepath.Join(dir, "ca.pem"), filepath.Join(dir, "list.pem")
			opensslFile(t, dir, "index.txt", opensslIndex())
			opensslFile(t, dir, "crlnumber", "010203\n")
			config := opensslFile(t, dir, "openssl.cnf", fmt.Sprintf("[ca]\ndefault_ca=own\n[own]\ndatabase=%[1]s/index.txt\ncrlnumber=%[1]s/crlnumber\ndefault_md=sha256\ncrl_extensions=crl\n"+
				"[crl]\nauthorityKeyIdentifier=keyid:always\n[req]\ndistinguished_name=dn\nx509_extensions=x\n[dn]\n"+
				"[x]\nbasicConstraints=critical,CA:true\nsubjectKeyIdentifier=hash\nkeyUsage=cRLSign,keyCertSign\n", filepath.ToSlash(dir)))
			runOpenSSL(t, "req", "-x509", "-new", "-key", key, "-subj", "/O=Contoso/CN=OpenSSL's CA", "-days", "30", "-config", config, "-out", ca)
			runOpenSSL(t, slices.Concat([]string{"ca", "-gencrl", "-config", config, "-keyfile", key, "-cert", ca, "-crldays", "7", "-out", list}, tt.options)...)
			runOpenSSL(t, "crl", "-in", list, "-outform", "DER", "-out", filepath.Join(dir, "list.der"))
			bundle, err := certs.ReadFile(ca, certs.Unlock{})
			if err != nil {
				t.Fatal(err)
			}
			for _, file := range []string{"list.pem", "list.der"} {
				opensslMade(t, filepath.Join(dir, file), ca, bundle.Certificates[0], tt.err)
			}
		})
	}
}

// opensslMade checks one of those lists.
func opensslMade(t *testing.T, path, caFile string, ca *certs.Certificate, want error) {
	t.Helper()
	l, verified := opensslCompare(t, path, caFile)
	if !verified {
		t.Fatal("openssl does not verify what it made")
	}
	if err := l.SignedBy(ca); !errors.Is(err, want) {
		t.Errorf("signature: %v, want %v", err, want)
	}
	if err := l.SignedBy(readerCert(t, "root.pem")); err == nil {
		t.Error("the signature matches the key of another CA")
	}
	if !bytes.Equal(l.AuthorityKeyID, ca.SubjectKeyID) || l.PEM != (filepath.Ext(path) == ".pem") || len(l.Irregular)+len(l.UnknownAsks) > 0 {
		t.Errorf("AKI %x, PEM %v, irregular %q, asks %q", l.AuthorityKeyID, l.PEM, l.Irregular, l.UnknownAsks)
	}
	invalid := 0
	for _, r := range l.found.rare {
		if !r.Invalid.IsZero() {
			invalid++
		}
	}
	if invalid != 2 { // keyTime and CAkeyTime
		t.Errorf("%d entries with invalidityDate, want 2", invalid)
	}
}

func opensslFile(t *testing.T, dir, name, text string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
