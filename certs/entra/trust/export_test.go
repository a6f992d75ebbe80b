package trust

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/easkit/easkit/certs/graph"
)

// exported is an export of a root and an issuing CA whose names are made to break
// what they are put into.
func exported(t *testing.T, o ExportOptions) (files map[string][]byte, order []string, wanted []Wanted) {
	t.Helper()
	root := issue(t, "Root\n'@\n’@ ü \U0001f600 "+strings.Repeat("long ", 20), nil, nil)
	issuing := issue(t, "Issuing", root, nil)
	wanted = []Wanted{
		{Certificate: issuing.Certificate, Entry: Entry{Certificate: issuing.Raw, CRL: issuingCRL, Delta: issuingAdd, IssuerHint: true}},
		{Certificate: root.Certificate, Entry: Entry{Certificate: root.Raw, Root: true}},
	}
	all, err := Export(wanted, o)
	if err != nil {
		t.Fatal(err)
	}
	slices.Reverse(wanted)
	again, err := Export(wanted, o)
	if err != nil {
		t.Fatal(err)
	}
	files = map[string][]byte{}
	for i, f := range all {
		if again[i].Name != f.Name || !bytes.Equal(again[i].Data, f.Data) {
			t.Errorf("%s: another order gives other bytes", f.Name)
		}
		files[f.Name], order = f.Data, append(order, f.Name)
	}
	return files, order, wanted
}

func TestExport(t *testing.T) {
	files, order, wanted := exported(t, ExportOptions{})
	if got := strings.Join(order, " "); got != "pki-certificate-authorities.json trust-pki.ps1 cas.p7b cas.p7b.sha256 classic-store.json trust-classic.ps1 legacy.json README.txt" {
		t.Errorf("the files are %s", got)
	}
	var pki struct {
		Container string
		Requests  []struct {
			Method, Path string
			Body         graph.CADetail
		}
	}
	decode(t, files["pki-certificate-authorities.json"], &pki)
	if len(pki.Requests) != 2 || pki.Container != DefaultContainer {
		t.Fatalf("%+v", pki)
	}
	var entries []Entry
	for _, r := range pki.Requests {
		if r.Method != "POST" || r.Path != "/directory/publicKeyInfrastructure/certificateBasedAuthConfigurations/{id}/certificateAuthorities" || r.Body.Thumbprint == "" || r.Body.Expiration.IsZero() {
			t.Errorf("%+v", r)
		}
		entries = append(entries, pkiEntry(r.Body))
	}
	f := Folder{Wanted: wanted}
	want := NewList(f.Entries())
	if !NewList(entries).Equal(want) || !entries[0].Root {
		t.Errorf("the requests are for %+v", entries)
	}
	var classic struct {
		Method, Path string
		Body         graph.ClassicStore
	}
	decode(t, files["classic-store.json"], &classic)
	if classic.Method != "POST" || classic.Path != "/organization/{tenant id}/certificateBasedAuthConfiguration" {
		t.Errorf("%+v", classic)
	}
	st := State{Classic: &classic.Body}
	if got := st.ClassicList(); len(got) != 2 || got[1].CRL != issuingCRL || got[1].Delta != issuingAdd || !got[0].Root {
		t.Errorf("the classic store is to hold %+v", got)
	}
	if legacy, err := ReadLegacy(files["legacy.json"]); err != nil || len(legacy) != 2 {
		t.Errorf("legacy.json: %d CAs, %v", len(legacy), err)
	}
	if got := string(files["cas.p7b.sha256"]); got != BundleHash(files["cas.p7b"])+"\n" {
		t.Errorf("the hash is %q", got)
	}
	if n := len(judged(t, files["cas.p7b"])); n != 2 {
		t.Errorf("openssl finds %d certificates", n)
	}
}

func decode(t *testing.T, text []byte, into any) {
	t.Helper()
	if err := json.Unmarshal(text, into); err != nil {
		t.Fatal(err)
	}
	for _, b := range text {
		if b >= utf8.RuneSelf {
			t.Fatalf("there is more than ASCII in it: %q", text)
		}
	}
}

// The data of a script is one here-string, which nothing in it ends.
func TestExportScripts(t *testing.T) {
	const container = "Contoso '@ ’ “PKI”"
	files, _, _ := exported(t, ExportOptions{Container: container})
	for name, count := range map[string]int{"trust-pki.ps1": 2, "trust-classic.ps1": 2} {
		text := string(files[name])
		_, rest, begins := strings.Cut(text, "\n$plan = @'\n")
		data, after, ends := strings.Cut(rest, "\n'@ | ConvertFrom-Json\n")
		if !begins || !ends || strings.Contains(text, "#DATA#") || !strings.Contains(after, "Connect-MgGraph") {
			t.Fatalf("%s: there is no data, or nothing else", name)
		}
		for line := range strings.Lines(data) {
			if strings.HasPrefix(strings.TrimLeft(line, " \t"), "'@") {
				t.Errorf("%s: this line ends the data: %q", name, line)
			}
		}
		var plan struct {
			PKI                    string
			CertificateAuthorities []struct{ Certificate []byte }
		}
		decode(t, []byte(data), &plan)
		if len(plan.CertificateAuthorities) != count || len(plan.CertificateAuthorities[0].Certificate) == 0 || name == "trust-pki.ps1" && plan.PKI != container {
			t.Errorf("%s: %+v", name, plan)
		}
	}
}

func TestExportUpload(t *testing.T) {
	const address = "https://pki.contoso.com/cas.p7b"
	files, _, _ := exported(t, ExportOptions{UploadURL: address})
	var r struct {
		Method, Path string
		Body         graph.Upload
	}
	decode(t, files["upload.json"], &r)
	if r.Method != "POST" || !strings.HasSuffix(r.Path, "/{id}/upload") || r.Body.URL != address || r.Body.SHA256+"\n" != string(files["cas.p7b.sha256"]) {
		t.Errorf("%+v", r)
	}
	if !strings.Contains(string(files["README.txt"]), "upload.json") {
		t.Error("the README does not name upload.json")
	}
}

// The README names each file, stays within 80 columns, and says what matters.
func TestExportReadme(t *testing.T) {
	files, order, _ := exported(t, ExportOptions{Container: "Contoso PKI"})
	text := string(files["README.txt"])
	for line := range strings.Lines(text) {
		if n := utf8.RuneCountInString(strings.TrimRight(line, "\n")); n > 80 {
			t.Errorf("%d columns: %s", n, line)
		}
	}
	for _, says := range append(order[:len(order)-1], "can sign in any of its users", "Contoso PKI", "Global\n  Administrator", "PublicKeyInfrastructure.ReadWrite.All", "in place of {id}", "called after the tenant", "It replaces everything", "delta CRL: "+issuingAdd, "none, so a revoked certificate goes on working") {
		if !strings.Contains(text, says) {
			t.Errorf("the README does not say %q:\n%s", says, text)
		}
	}
	if strings.Contains(text, "upload.json") {
		t.Error("the README names a file that is not there")
	}
}

func TestExportErrors(t *testing.T) {
	ca := issue(t, "Root", nil, nil)
	one := []Wanted{{Certificate: ca.Certificate, Entry: Entry{Certificate: ca.Raw}}}
	for _, r := range []struct {
		what string
		w    []Wanted
		o    ExportOptions
		says string
	}{
		{"nothing", nil, ExportOptions{}, "exporting the CAs: there is none"},
		{"a name that is too long", one, ExportOptions{Container: strings.Repeat("a", 257)}, "at most 256 characters"},
		{"a name that is no text", one, ExportOptions{Container: "\xff"}, "is no text"},
		{"no certificate", []Wanted{{Entry: Entry{Certificate: []byte("x")}}}, ExportOptions{}, "the certificate of a CA"},
	} {
		if _, err := Export(r.w, r.o); err == nil || !strings.Contains(err.Error(), r.says) {
			t.Errorf("%s: %v, want %q", r.what, err, r.says)
		}
	}
}
