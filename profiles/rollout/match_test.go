package rollout

import (
	"crypto"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"io"
	"math/big"
	mathrand "math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/easkit/easkit/certs"
)

// testKey is the key of all certificates here.
func testKey(t testing.TB) crypto.Signer {
	t.Helper()
	b, err := certs.ReadFile("../../testdata/keys/bob-p256.pem", certs.Unlock{})
	if err != nil {
		t.Fatal(err)
	}
	return b.Keys[0]
}

// mint makes a certificate with names: "upn:…" and "mail:…".
func mint(t testing.TB, from, until time.Time, names ...string) *certs.Certificate {
	t.Helper()
	key := testKey(t)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(from.Unix()), Subject: pkix.Name{CommonName: strings.Join(names, " ")},
		NotBefore: from, NotAfter: until,
	}
	if len(names) > 0 {
		template.ExtraExtensions = []pkix.Extension{{Id: asn1.ObjectIdentifier{2, 5, 29, 17}, Value: san(t, names)}}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	c, err := certs.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// san writes a SubjectAltName, since crypto/x509 can't write a UPN.
func san(t testing.TB, names []string) []byte {
	t.Helper()
	type upn struct {
		Type  asn1.ObjectIdentifier
		Value string `asn1:"utf8,explicit,tag:0"`
	}
	var list []asn1.RawValue
	for _, n := range names {
		kind, value, _ := strings.Cut(n, ":")
		if kind == "mail" {
			list = append(list, asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: 1, Bytes: []byte(value)})
			continue
		}
		der, err := asn1.MarshalWithParams(upn{asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 311, 20, 2, 3}, value}, "tag:0")
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, asn1.RawValue{FullBytes: der})
	}
	der, err := asn1.Marshal(list)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

// Whether a certificate is that of a row's user, in a table of some.
func TestAgrees(t *testing.T) {
	const text = "upn,mail\n" +
		"alice@contoso.com,alice@contoso.com\n" +
		"bob@contoso.com,bob@contoso.com\n" +
		"carol@contoso.onmicrosoft.com,carol@contoso.com\n" +
		"dave@contoso.com,team@contoso.com\n" +
		"erin@contoso.com,team@contoso.com\n" +
		",frank@contoso.com\n" +
		"gina@contoso.com,boss@contoso.com\n" + // whose mail is another's UPN
		"boss@contoso.com,\n" +
		"max@bücher.example,\n"
	people := survey(t, text)
	rows := map[string]Record{}
	for _, r := range records(t, text, TableOptions{People: people}) {
		rows[localPart(r.Key())] = r
	}
	for _, test := range []struct {
		row, names string
		err        string // "" where they agree
	}{
		{"alice", "upn:alice@contoso.com mail:alice@contoso.com", ""},
		{"alice", "upn:ALICE@Contoso.com", ""},
		{"alice", "mail:alice@contoso.com", ""},
		{"alice", "mail:alice@contoso.com mail:a.example@contoso.com", ""}, // an alias
		{"alice", "upn:alice@contoso.local mail:alice@contoso.com", ""},    // on premises
		{"alice", "upn:aexample@corp.contoso.com mail:alice@contoso.com", ""},
		{"alice", "upn:alice mail:alice@contoso.com", ""},
		{"alice", "upn:bob@contoso.com mail:bob@contoso.com", `the certificate is of "bob@contoso.com", who is in line 3, and not of "alice@contoso.com"`},
		{"alice", "upn:zoe@contoso.com", `the certificate is of "zoe@contoso.com", and not of "alice@contoso.com"`},
		{"alice", "upn:zoe@contoso.com mail:alice@contoso.com", `of "zoe@contoso.com", and not of`},
		{"alice", "upn:alice@contoso.com upn:zoe@contoso.com", `of "zoe@contoso.com"`},
		{"alice", "upn:alice@contoso.com mail:bob@contoso.com", "line 3"},
		{"alice", "upn:alice@contoso.com mail:frank@contoso.com", "line 7"},
		{"alice", "mail:zoe@contoso.com", `of "zoe@contoso.com"`},
		{"alice", "upn:alice@contoso.com.evil.example", "evil"},
		{"alice", "upn:alice@contoso.com\x00.evil.example", "evil"},
		{"alice", "", "neither a UPN nor an rfc822Name"},
		{"carol", "upn:carol@contoso.com mail:carol@contoso.com", ""},
		{"carol", "upn:carol@contoso.onmicrosoft.com", ""},
		{"carol", "upn:zoe@contoso.onmicrosoft.com mail:carol@contoso.com", "zoe"},
		{"dave", "mail:team@contoso.com", "several rows"},
		{"dave", "upn:dave@contoso.com mail:team@contoso.com", ""},
		{"dave", "upn:erin@contoso.com mail:team@contoso.com", "line 6"},
		{"dave", "upn:dexample@corp.contoso.com mail:team@contoso.com", "several rows"},
		{"frank", "upn:frank@contoso.com", ""},
		{"frank", "upn:fexample@contoso.com mail:frank@contoso.com", ""}, // the table does not know the UPN
		{"gina", "upn:gina@contoso.com", ""},
		{"gina", "mail:boss@contoso.com", "line 9"},
		{"boss", "mail:boss@contoso.com", ""},
		{"max", "mail:max@xn--bcher-kva.example", ""},
	} {
		err := people.Agrees(rows[test.row], mint(t, today, today, strings.Fields(test.names)...))
		if (err == nil) != (test.err == "") || err != nil && !strings.Contains(err.Error(), test.err) {
			t.Errorf("%s with %q: %v, want %q", test.row, test.names, err, test.err)
		}
		if err != nil && strings.ContainsAny(err.Error(), "\x00\n") {
			t.Errorf("%q is not a line for people", err)
		}
	}
}

// Which of several files a user gets, whatever the order in which they were found.
func TestPick(t *testing.T) {
	year := func(n int) time.Time { return today.AddDate(n, 0, 0) }
	broken := fmt.Errorf("it does not open: %w", certs.ErrPassword)
	file := func(path string, from, until time.Time, names ...string) Opened {
		return Opened{Candidate{path, FoundByName}, mint(t, from, until, names...), nil}
	}
	const upn, mail = "upn:alice@contoso.com", "mail:alice@contoso.com"
	good := file("good.p12", year(-1), year(1), upn)
	newer := file("newer.p12", today.AddDate(0, -1, 0), year(1), upn)
	twin := file("twin.p12", today.AddDate(0, -1, 0), year(2), upn)
	copied := Opened{Candidate{"z-copy.pem", FoundByName}, newer.Leaf, nil}
	more := file("more.p12", year(-1), year(1), upn, mail)
	expired := file("expired.p12", year(-3), year(-1), upn)
	older := file("older.p12", year(-5), year(-3), upn)
	future := file("future.p12", today.AddDate(0, 0, 1), year(3), upn, mail)
	bobs := file("alice.p12", year(-1), year(1), "upn:bob@contoso.com")
	shut := Opened{Candidate{"shut.p12", FoundByName}, nil, broken}
	for _, test := range []struct {
		name   string
		files  []Opened
		want   string // the file, or the error
		passed int
	}{
		{"one", []Opened{good}, "good.p12", 0},
		{"none", nil, ErrNoFile.Error(), 0},
		{"the newest", []Opened{good, newer}, "newer.p12", 0},
		{"the same certificate twice", []Opened{newer, copied}, "newer.p12", 0},
		{"as new as another", []Opened{newer, twin}, `"newer.p12" and "twin.p12" are both this user's, and begin at the same time`, 0},
		{"other names", []Opened{good, more}, `"good.p12" and "more.p12" are both this user's, and have different names`, 0},
		{"an expired one", []Opened{expired, good}, "good.p12", 1},
		{"one that begins tomorrow, with other names", []Opened{good, future}, "good.p12", 1},
		{"only expired ones", []Opened{older, expired}, "expired.p12", 0},
		{"another's as well", []Opened{bobs, good}, "good.p12", 1},
		{"another's alone", []Opened{bobs}, `"alice.p12": the certificate is of "bob@contoso.com", and not of "alice@contoso.com"`, 0},
		{"one that does not open as well", []Opened{shut, good}, "good.p12", 1},
		{"one that does not open", []Opened{shut}, `"shut.p12": it does not open: the password is wrong`, 0},
		{"none that can be used", []Opened{shut, bobs}, "(and 1 more that can't be used)", 0},
		{"one that was forgotten", []Opened{{Candidate: Candidate{Path: "x.p12"}}}, "it was not opened", 0},
	} {
		for _, files := range orders(test.files) {
			choice, err := Pick(Record{Row: Row{Line: 2, User: "alice@contoso.com"}}, files, nil, today)
			got := choice.Path
			if err != nil {
				got = err.Error()
			}
			if err != nil && !strings.Contains(got, test.want) || err == nil && (got != test.want || files[choice.Index].Path != got) || len(choice.Passed) != test.passed {
				t.Errorf("%s: %s, %v; want %s", test.name, got, choice.Passed, test.want)
			}
		}
	}
	if _, err := Pick(Record{}, []Opened{shut}, nil, today); !errors.Is(err, certs.ErrPassword) {
		t.Errorf("%v does not say that it is the password", err)
	}
}

// orders are a list, and it the other way round.
func orders(files []Opened) [][]Opened {
	back := slices.Clone(files)
	slices.Reverse(back)
	return [][]Opened{files, back}
}

// A row that says a thumbprint takes the certificate that has it, or none.
func TestPickByThumbprint(t *testing.T) {
	a := mint(t, today.AddDate(-1, 0, 0), today.AddDate(1, 0, 0), "upn:alice@contoso.com")
	b := mint(t, today.AddDate(0, -1, 0), today.AddDate(1, 0, 0), "upn:alice@contoso.com")
	files := []Opened{{Candidate{"a.p12", FoundByName}, a, nil}, {Candidate{"b.p12", FoundByName}, b, nil}}
	for _, wanted := range []string{strings.ToLower(a.Thumbprint()), fmt.Sprintf("%x", sha256.Sum256(a.Raw))} {
		r := Record{Row: Row{Line: 2, User: "alice@contoso.com"}, Thumbprint: wanted}
		if choice, err := Pick(r, files, nil, today); err != nil || choice.Path != "a.p12" || len(choice.Passed) != 1 {
			t.Errorf("%s: %v, %v", wanted, choice.Path, err)
		}
		if _, err := Pick(r, files[1:], nil, today); err == nil || !strings.Contains(err.Error(), "the row wants") {
			t.Errorf("%s: %v", wanted, err)
		}
	}
}

// outcomes does for a table what a rollout does until it has each user's certificate.
func outcomes(t testing.TB, dir, text, passwords string) map[string]string {
	t.Helper()
	people := survey(t, text)
	x := index(t, dir, "")
	secrets, err := ReadPasswords(strings.NewReader(passwords))
	if err != nil {
		t.Fatal(err)
	}
	open := func(r Record, c Candidate) Opened {
		password, ok := secrets.For(r.Row, c.Path)
		if !ok {
			password = "shared"
		}
		b, err := certs.ReadFile(c.Path, certs.Unlock{Password: password})
		if err != nil {
			return Opened{c, nil, err}
		}
		id, err := b.Identity()
		if err != nil {
			return Opened{c, nil, err}
		}
		return Opened{c, id.Leaf, nil}
	}
	rows := records(t, text, TableOptions{People: people})
	for _, r := range rows {
		_, _ = x.Candidates(r, people) // marks files
	}
	san := x.BySAN(people)
	for path := range x.Rest() {
		if o := open(Record{}, Candidate{path, FoundBySAN}); o.Err == nil {
			_, _ = san.Add(path, o.Leaf)
		}
	}
	all := map[string]string{}
	for _, r := range rows {
		all[r.Key()] = outcome(x, san, people, r, open)
	}
	return all
}

// outcome is what comes of one row, without the numbers of lines.
func outcome(x *Identities, san *SANIndex, people *People, r Record, open func(Record, Candidate) Opened) string {
	if r.Err != nil {
		return "bad row"
	}
	found, err := x.Candidates(r, people)
	if err != nil {
		return "no such file"
	}
	if len(found) == 0 {
		found = san.Candidates(r)
	}
	var opened []Opened
	for _, c := range found {
		opened = append(opened, open(r, c))
	}
	choice, err := Pick(r, opened, people, today)
	switch {
	case errors.Is(err, ErrNoFile):
		return "none"
	case errors.Is(err, certs.ErrPassword):
		return "password"
	case err != nil:
		return "refused"
	}
	return choice.Found + " " + filepath.Base(choice.Path)
}

// Real files, of whom some are in the wrong place: each user gets the same, in whatever
// order the table has them, and nobody gets another's.
func TestOrderDoesNotMatter(t *testing.T) {
	dir := t.TempDir()
	write := func(name, password string, months int, names ...string) {
		leaf := mint(t, today.AddDate(0, -months, 0), today.AddDate(0, 24-months, 0), names...)
		p12, err := certs.EncodePKCS12(testKey(t), leaf, nil, password, "", certs.Modern)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), p12, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("alice.p12", "shared", 3, "upn:bob@contoso.com", "mail:bob@contoso.com") // Bob's
	write("bob.p12", "bobs", 3, "upn:bob@contoso.com", "mail:bob@contoso.com")
	write("bob@contoso.com.pfx", "shared", 1, "upn:bob@contoso.com", "mail:bob@contoso.com") // renewed, but Bob's password is another
	write("carol.p12", "files", 3, "mail:carol@contoso.com")
	write("sam.p12", "shared", 3, "upn:sam@contoso.com")    // there are two of that name
	write("4711.p12", "shared", 30, "upn:sam@fabrikam.com") // expired
	write("4712.p12", "shared", 2, "upn:sam@fabrikam.com")
	write("team@contoso.com.p12", "shared", 3, "mail:team@contoso.com")
	write("named.p12", "shared", 3, "mail:heidi@contoso.com")
	write("twice.p12", "shared", 3, "upn:twice@contoso.com")
	if err := os.WriteFile(filepath.Join(dir, "corrupt.p12"), []byte("0\x80corrupt"), 0o600); err != nil {
		t.Fatal(err)
	}
	rows := []string{
		"alice@contoso.com,alice@contoso.com,", "bob@contoso.com,bob@contoso.com,", "carol@contoso.com,,",
		"sam@contoso.com,,", "sam@fabrikam.com,,", "erin@contoso.com,team@contoso.com,", "frank@contoso.com,team@contoso.com,",
		"heidi@contoso.com,,named.p12", "ivan@contoso.com,,named.p12", "judy@contoso.com,,missing.p12",
		"twice@contoso.com,,twice.p12", "Twice@contoso.com,t@contoso.com,", "corrupt@contoso.com,,", "nobody@contoso.com,,",
	}
	passwords := "user,file,password\nbob@contoso.com,,bobs\n,carol.p12,files\n"
	want := map[string]string{
		"alice@contoso.com": "refused", "bob@contoso.com": "name bob.p12", "carol@contoso.com": "name carol.p12",
		"sam@contoso.com": "san sam.p12", "sam@fabrikam.com": "san 4712.p12", "erin@contoso.com": "none", "frank@contoso.com": "none",
		"heidi@contoso.com": "column named.p12", "ivan@contoso.com": "refused", "judy@contoso.com": "no such file",
		"twice@contoso.com": "bad row", "corrupt@contoso.com": "refused", "nobody@contoso.com": "none",
	}
	random := mathrand.New(mathrand.NewPCG(1, 2))
	for range 6 {
		got := outcomes(t, dir, "upn,mail,identity\n"+strings.Join(rows, "\n")+"\n", passwords)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("want -, got +:\n%s\nfor\n%s", diff, strings.Join(rows, "\n"))
		}
		random.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
	}
}

// No table and no certificate gives two rows the same certificate by the names in it,
// but where both rows are the same user.
func FuzzAgreesWithOne(f *testing.F) {
	f.Add("upn,mail\na@x.com,b@x.com\nb@x.com,a@x.com\n", "a@x.com", "b@x.com")
	f.Add("upn,mail\na@x.com,t@x.com\nb@x.com,t@x.com\n", "a@x.com", "t@x.com")
	f.Add("mail\na@x.com\nb@x.com\n", "a@x.com", "b@x.com")
	f.Fuzz(func(t *testing.T, text, upn, mail string) {
		tab, err := ReadTable(strings.NewReader(text), TableOptions{})
		if err != nil {
			return
		}
		people, err := Survey(tab, func(Record) {})
		if err != nil {
			return
		}
		leaf := &certs.Certificate{Names: []certs.Name{{Kind: certs.KindUPN, Value: upn}, {Kind: certs.KindEmail, Value: mail}}}
		if tab, err = ReadTable(strings.NewReader(text), TableOptions{People: people}); err != nil {
			t.Fatal(err)
		}
		first := 0
		for {
			r, err := tab.Next()
			if err == io.EOF {
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if r.Err != nil || people.Agrees(r, leaf) != nil {
				continue
			}
			if first != 0 {
				t.Fatalf("%q and %q are of lines %d and %d", upn, mail, first, r.Line)
			}
			first = r.Line
			if line, err := people.Holder(leaf); err != nil || line != r.Line {
				t.Fatalf("%q and %q are of line %d, and of %d (%v)", upn, mail, r.Line, line, err)
			}
		}
	})
}
