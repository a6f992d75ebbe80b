package trust

import (
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/cms"
)

const (
	rootCRL    = "http://crl.contoso.com/root.crl"
	issuingCRL = "http://crl.contoso.com/issuing.crl"
	issuingNew = "http://new.contoso.com/issuing.crl"
	issuingAdd = "http://crl.contoso.com/issuing+.crl"
	issuingDir = "ldap:///CN=Issuing,CN=CDP,DC=contoso,DC=com?certificateRevocationList?base"
)

// read reads a folder that must be readable as such.
func read(t *testing.T, fsys fs.FS, o FolderOptions) *Folder {
	t.Helper()
	o.At = folderClock
	f, err := ReadFolder(fsys, o)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// line writes what became of a CA in one line.
func line(w Wanted) string {
	return fmt.Sprintf("%s %s %s crl=%q delta=%q hint=%v from=%q", w.File, w.Certificate, w.Entry.role(), w.Entry.CRL, w.Entry.Delta, w.Entry.IssuerHint, w.CRLFrom)
}

func lines(f *Folder) string {
	var all []string
	for _, w := range f.Wanted {
		all = append(all, line(w))
	}
	return strings.Join(all, "\n")
}

// All forms in which CAs come are read, and what is none is left alone and named.
func TestReadFolder(t *testing.T) {
	root := issue(t, "Root", nil, nil)
	a, b, c := issue(t, "A", root, nil), issue(t, "B", root, nil), issue(t, "C", root, nil)
	bundle, err := cms.MarshalCertsOnly([][]byte{c.Raw})
	if err != nil {
		t.Fatal(err)
	}
	legacy, err := WriteLegacy([]Entry{{Certificate: issue(t, "D", root, nil).Raw, CRL: issuingCRL, Delta: issuingAdd}})
	if err != nil {
		t.Fatal(err)
	}
	folder := folderOf(map[string]any{
		"root.cer": root, "a.CRT": pemOf(a), "b-and-root.pem": pemOf(b, root), "c.p7b": bundle, "old.json": legacy,
		"again.der": root, ".hidden.cer": a, "notes.txt": "Hello", "sub/e.cer": issue(t, "E", root, nil),
	})
	f := read(t, folder, FolderOptions{})
	want := strings.TrimSpace(`
a.CRT A intermediate crl="" delta="" hint=false from=""
again.der Root root crl="" delta="" hint=false from=""
b-and-root.pem B intermediate crl="" delta="" hint=false from=""
c.p7b C intermediate crl="" delta="" hint=false from=""
old.json D intermediate crl="` + issuingCRL + `" delta="` + issuingAdd + `" hint=false from="old.json"`)
	if got := lines(f); got != want {
		t.Errorf("wanted:\n%s\nwant:\n%s", got, want)
	}
	if len(f.Refused) != 0 {
		t.Errorf("refused: %+v", f.Refused)
	}
	notes := strings.Join(f.Notes, "\n")
	for _, says := range []string{".hidden.cer: hidden", "notes.txt: not a certificate", "sub: a folder", `b-and-root.pem: "Root" is also in again.der`, `root.cer: "Root" is also in again.der`} {
		if !strings.Contains(notes, says) {
			t.Errorf("no note says %q:\n%s", says, notes)
		}
	}
	if len(f.Entries()) != 5 || !f.Entries()[1].Root {
		t.Errorf("the entries are %+v", f.Entries())
	}
}

// What must not be trusted is refused, with a reason and what to do.
func TestRefused(t *testing.T) {
	root := issue(t, "Root", nil, nil)
	keyDER, err := x509.MarshalPKCS8PrivateKey(root.key)
	if err != nil {
		t.Fatal(err)
	}
	keyPEM := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER})
	encrypted := pem.EncodeToMemory(&pem.Block{Type: "ENCRYPTED PRIVATE KEY", Bytes: []byte{0x30, 0}})
	for _, r := range []struct {
		file    string
		content any
		says    string
	}{
		{"alice.p12", "anything", "it holds a private key: only certificates belong here"},
		{"ca.PFX", "anything", "it holds a private key"},
		{"ca.key", keyPEM, "it holds a private key"},
		{"ca.pem", append(pemOf(root), keyPEM...), "it holds a private key"},
		{"ca.crt", append(encrypted, pemOf(root)...), "it holds a private key"},
		{"ca.der", keyDER, "it holds a private key"},
		{"ca.cer", []byte("\xfe\xed\xfe\xed\x00\x00\x00\x02"), "it holds a private key"},
		{"ca.json", fmt.Sprintf(`{"authorityType":0,"trustedCertificate":%q}`, base64Of(keyPEM)), "it holds a private key"},
		{"broken.cer", "Hello", "it can't be read: it is no certificate"},
		{"cut.cer", root.Raw[:100], "it can't be read: the file is cut short"},
		{"broken.json", "{", "it is not JSON"},
		{"empty.pem", "", "it is empty"},
		{"expired.cer", issue(t, "Old", nil, func(c *x509.Certificate) { c.NotAfter = folderClock.AddDate(0, -1, 0) }), `"Old": it expired on 2026-10-21`},
		{"alice.cer", issue(t, "Alice", root, user), `"Alice": it is no CA, its basicConstraints say so`},
		{"alice-client.cer", issue(t, "Alice", root, client), `"Alice": it is a user's certificate`},
		{"alice-upn.cer", pkiFile(t, "eku-none.pem"), `"Alice Example": it is a user's certificate`},
		{"server.cer", issue(t, "Server", root, server), `"Server": it is no CA, its basicConstraints say so`},
		{"v1.pem", pkiFile(t, "root-v1.pem"), "it has no basicConstraints"},
		{"lab.pem", pkiFile(t, "root-lab.pem"), "it is a CA of easkit's lab"},
		{"public.cer", issue(t, "Public", nil, func(c *x509.Certificate) { c.Policies = []x509.OID{policyOf(t, 2, 23, 140, 1, 2, 1)} }), "it is a public CA (a CA that issues by the rules for public CAs"},
	} {
		t.Run(r.file, func(t *testing.T) {
			f := read(t, folderOf(map[string]any{r.file: r.content}), FolderOptions{})
			if len(f.Wanted) != 0 || len(f.Refused) != 1 {
				t.Fatalf("wanted %s\nrefused %+v", lines(f), f.Refused)
			}
			got := f.Refused[0]
			if got.File != r.file || !strings.Contains(got.Why, r.says) || got.Fix == "" || strings.ContainsAny(got.Why+got.Fix, "\n\r") {
				t.Errorf("refused: %+v\nwant %q", got, r.says)
			}
		})
	}
}

// client makes a certificate one for client authentication, and server one for both
// sides of TLS.
func client(c *x509.Certificate) {
	user(c)
	c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
}

func server(c *x509.Certificate) {
	user(c)
	c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}
}

func policyOf(t *testing.T, arcs ...uint64) x509.OID {
	t.Helper()
	oid, err := x509.OIDFromInts(arcs)
	if err != nil {
		t.Fatal(err)
	}
	return oid
}

// In a tenant for trials, CAs of the lab are taken.
func TestAllowLab(t *testing.T) {
	f := read(t, folderOf(map[string]any{"lab.pem": pkiFile(t, "root-lab.pem")}), FolderOptions{AllowLab: true})
	if len(f.Wanted) != 1 || len(f.Refused) != 0 {
		t.Errorf("wanted %s\nrefused %+v", lines(f), f.Refused)
	}
}

// A pipe is not waited for.
func TestIrregular(t *testing.T) {
	folder := fstest.MapFS{"pipe.pem": &fstest.MapFile{Mode: fs.ModeNamedPipe}}
	f := read(t, folder, FolderOptions{})
	if len(f.Refused) != 1 || !strings.Contains(f.Refused[0].Why, "it is not a regular file") {
		t.Errorf("refused %+v", f.Refused)
	}
}

// What stands below a public CA of the folder is refused with it.
func TestBelowPublic(t *testing.T) {
	public := issue(t, "Public", nil, func(c *x509.Certificate) { c.Policies = []x509.OID{policyOf(t, 2, 23, 140, 1, 2, 1)} })
	f := read(t, folderOf(map[string]any{"a.cer": public, "b.cer": issue(t, "Managed", public, nil)}), FolderOptions{})
	if len(f.Wanted) != 0 || len(f.Refused) != 2 || !strings.Contains(f.Refused[1].Why, `below "Public", which is a CA that issues by`) {
		t.Errorf("wanted %s\nrefused %+v", lines(f), f.Refused)
	}
}

// A user's certificate in the folder is refused, and not used for anything: the
// address of a CRL comes from the certificates that are given for that.
func TestUsersAreNotUsed(t *testing.T) {
	root := issue(t, "Root", nil, nil)
	alice := issue(t, "Alice", root, func(c *x509.Certificate) { user(c); cdp(rootCRL)(c) })
	f := read(t, folderOf(map[string]any{"alice.cer": alice, "root.cer": root}), FolderOptions{})
	if got := lines(f); !strings.HasSuffix(got, `crl="" delta="" hint=false from=""`) {
		t.Error(got)
	}
}

// addressRows say where a CRL's address comes from: a root, an issuing CA below
// it, and certificates that the issuing CA issued.
var addressRows = []struct {
	what    string
	issuing []string   // what the issuing CA's own certificate names: the root's CRL
	issued  [][]string // what those that it issued name
	root    string     // the root's address, and
	crl     string     // the issuing CA's
	from    string
	note    string
}{
	{"nothing is known", nil, nil, "", "", "", ""},
	{"a CA's own certificate names its issuer's CRL", []string{rootCRL}, nil, rootCRL, "", "", ""},
	{"a user's certificate names it", []string{rootCRL}, [][]string{{issuingCRL}}, rootCRL, issuingCRL, `the certificate "User 0"`, ""},
	{"the first by http", nil, [][]string{{issuingDir, "https://crl.contoso.com/a.crl", issuingCRL}}, "", issuingCRL, `the certificate "User 0"`, ""},
	{"by https where there is none by http", nil, [][]string{{issuingDir, "https://crl.contoso.com/a.crl"}}, "", "https://crl.contoso.com/a.crl", `the certificate "User 0"`, ""},
	{"ldap, for ca.crl-url to say why not", nil, [][]string{{issuingDir}}, "", issuingDir, `the certificate "User 0"`, ""},
	{"of several, the first that has one by http", nil, [][]string{{}, {issuingDir}, {issuingCRL}}, "", issuingCRL, `the certificate "User 2"`, ""},
	{"those that differ are named", nil, [][]string{{issuingCRL}, {issuingNew}, {issuingNew}}, "", issuingCRL, `the certificate "User 0"`, `name different CRL addresses: ` + issuingCRL},
}

func TestAddresses(t *testing.T) {
	for _, r := range addressRows {
		t.Run(r.what, func(t *testing.T) {
			root := issue(t, "Root", nil, cdp("http://crl.contoso.com/of-the-root-itself.crl"))
			issuing := issue(t, "Issuing", root, cdp(r.issuing...))
			var o FolderOptions
			for i, addresses := range r.issued {
				o.Issued = append(o.Issued, issue(t, fmt.Sprint("User ", i), issuing, func(c *x509.Certificate) { user(c); cdp(addresses...)(c) }).Certificate)
			}
			f := read(t, folderOf(map[string]any{"issuing.cer": issuing, "root.cer": root}), o)
			if len(f.Wanted) != 2 {
				t.Fatal(lines(f))
			}
			if got := f.Wanted[0]; got.Entry.CRL != r.crl || got.CRLFrom != r.from {
				t.Errorf("the issuing CA: %s", line(got))
			}
			if got := f.Wanted[1]; got.Entry.CRL != r.root || (got.CRLFrom == "issuing.cer") != (r.root != "") {
				t.Errorf("the root: %s", line(got))
			}
			if notes := strings.Join(f.Notes, "\n"); (r.note == "") != (notes == "") || !strings.Contains(notes, r.note) {
				t.Errorf("the notes are %q, want %q", notes, r.note)
			}
		})
	}
}

// A CA that was renewed with its key has one CRL for both of its certificates; one
// with a new key has another.
func TestRenewed(t *testing.T) {
	root := issue(t, "Root", nil, nil)
	longer := issueFor(t, "Root", root.key, nil, func(c *x509.Certificate) { c.NotAfter = folderClock.AddDate(2, 0, 0) })
	other := issue(t, "Root", nil, nil)
	f := read(t, folderOf(map[string]any{"a.cer": root, "b.cer": longer, "c.cer": other, "d.cer": issue(t, "Issuing", root, cdp(rootCRL))}), FolderOptions{})
	var got []string
	for _, w := range f.Wanted[:3] {
		got = append(got, w.Entry.CRL)
	}
	if strings.Join(got, " ") != rootCRL+" "+rootCRL+" " {
		t.Error(lines(f))
	}
}

// A delta CRL is taken from what the CA issued, and only beside a base.
func TestDelta(t *testing.T) {
	root := issue(t, "Root", nil, nil)
	issuing := issue(t, "Issuing", root, cdpAndDelta(t, rootCRL, "http://crl.contoso.com/root+.crl"))
	f := read(t, folderOf(map[string]any{"issuing.cer": issuing, "root.cer": root}), FolderOptions{})
	if got := f.Wanted[1].Entry; got.CRL != rootCRL || got.Delta != "http://crl.contoso.com/root+.crl" {
		t.Error(lines(f))
	}
}

// Two lists that disagree on a CA are not taken in silence.
func TestLegacyDisagrees(t *testing.T) {
	root := issue(t, "Root", nil, nil)
	files := map[string]any{}
	for name, crl := range map[string]string{"a.json": rootCRL, "b.json": issuingCRL} {
		text, err := WriteLegacy([]Entry{{Certificate: root.Raw, CRL: crl}})
		if err != nil {
			t.Fatal(err)
		}
		files[name] = text
	}
	f := read(t, folderOf(files), FolderOptions{})
	if len(f.Wanted) != 1 || f.Wanted[0].Entry.CRL != rootCRL || !f.Wanted[0].Entry.Root {
		t.Error(lines(f))
	}
	if len(f.Refused) != 1 || !strings.Contains(f.Refused[0].Why, "other CRL addresses (\""+issuingCRL+"\") than a.json (\""+rootCRL+"\")") {
		t.Errorf("refused: %+v", f.Refused)
	}
	if notes := strings.Join(f.Notes, "\n"); !strings.Contains(notes, `a.json: it says that "Root" is intermediate, and by its signature it is not: it is taken as root`) {
		t.Error(notes)
	}
}

func TestFolderErrors(t *testing.T) {
	many := fstest.MapFS{}
	for i := range maxFolderFiles + 1 {
		many[fmt.Sprint(i)] = &fstest.MapFile{}
	}
	root := issue(t, "Root", nil, nil)
	crowd := append([]byte(nil), pemOf(root)...)
	for i := range maxFolderCertificates + 2 { // one may be the root itself
		c, _ := certs.ParseCertificate(root.Raw)
		raw := append([]byte(nil), c.Raw...)
		raw[len(raw)-1], raw[len(raw)-2] = byte(i), byte(i>>8)
		crowd = append(crowd, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: raw})...)
	}
	for _, r := range []struct {
		what string
		fsys fs.FS
		says string
	}{
		{"too many files", many, "it holds 1001 files, more than 1000"},
		{"too many certificates", folderOf(map[string]any{"all.pem": crowd}), "more than 2000 certificates"},
		{"two files of addresses", folderOf(map[string]any{"crl.yaml": "", "crl.yml": ""}), "there are both crl.yaml and crl.yml: keep one"},
		{"no folder", brokenFS{}, "reading the folder of CAs: broken"},
	} {
		if _, err := ReadFolder(r.fsys, FolderOptions{At: folderClock}); err == nil || !strings.Contains(err.Error(), r.says) {
			t.Errorf("%s: %v, want %q", r.what, err, r.says)
		}
	}
}

// brokenFS is a folder that can't be read.
type brokenFS struct{}

func (brokenFS) Open(string) (fs.File, error) { return nil, errors.New("broken") }
