package userids

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/easkit/easkit/certs/entra"
)

const (
	alice = "alice@contoso.com"
	bob   = "bob@contoso.com"
)

// TestProposeWhose: whose a certificate is follows from its names, or is asked for.
func TestProposeWhose(t *testing.T) {
	users := entra.NewUsers([]entra.User{
		user(alice), user(bob, func(u *entra.User) { u.ProxyAddresses = []string{"bobby@contoso.com", "shared@contoso.com"} }),
		user("carol@contoso.com", func(u *entra.User) { u.Mail = "shared@contoso.com" }),
		user("dora@bücher.example"),
	})
	rows := []struct {
		name, upn, mail, given string
		want                   string // the user, or "" and
		problem                string
	}{
		{"the UPN", alice, "", "", alice, ""},
		{"the UPN in other letter case", "Alice@CONTOSO.com", "", "", alice, ""},
		{"the UPN before the rfc822Name", bob, "bobby@contoso.com", "", bob, ""},
		{"the UPN, with an rfc822Name that is nobody's", alice, "nobody@contoso.com", "", alice, ""},
		{"an rfc822Name that is the UPN", "", alice, "", alice, ""},
		{"an rfc822Name that is a proxyAddress", "", "bobby@contoso.com", "", bob, ""},
		{"an rfc822Name, with a UPN of Active Directory", "bob@contoso.local", "bobby@contoso.com", "", bob, ""},
		{"a domain with umlauts", "dora@bücher.example", "", "", "dora@bücher.example", ""},
		{"a domain with umlauts, as in DNS", "", "dora@xn--bcher-kva.example", "", "dora@bücher.example", ""},
		{"said", "nobody@contoso.com", "", bob, bob, ""},
		{"said against the certificate", alice, "", bob, bob, ""},
		{"said, and unknown", alice, "", "zoe@contoso.com", "", "none of the 4 users has the userPrincipalName zoe@contoso.com"},
		{"an address of two", "", "shared@contoso.com", "", "", "lead to 2 users (bob@contoso.com, carol@contoso.com)"},
		{"names of two", alice, "bobby@contoso.com", "", "", "the UPN of the certificate is of alice@contoso.com and its rfc822Name of bob@contoso.com"},
		{"nobody's", "zoe@contoso.com", "zoe@contoso.com", "", "", "none of the 4 users has zoe@contoso.com"},
		{"nobody's, named once", "Zoe@contoso.com", "zoe@contoso.com", "", "", "has Zoe@contoso.com as userPrincipalName"},
		{"no names", "", "", "", "", "neither a UPN nor an rfc822Name"},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			p := Propose([]Source{{"file.pem", certificate(t, r.upn, r.mail, []byte{0xab, 0xcd}), r.given}}, users, nil)
			row := p.Rows[0]
			if len(p.Rows) != 1 || row.UPN != r.want {
				t.Fatalf("%d rows, the first of %q, want %q: %q", len(p.Rows), row.UPN, r.want, row.Problems)
			}
			if r.want != "" && (!slices.Equal(row.Add(), []string{"X509:<SKI>abcd"}) || row.ID == "") {
				t.Errorf("%+v", row)
			}
			if r.want == "" && (row.Add() != nil || len(row.Problems) != 1 || !strings.Contains(row.Problems[0], r.problem)) {
				t.Errorf("problems %q, want %q", row.Problems, r.problem)
			}
		})
	}
}

func many(n int) []string {
	values := make([]string, n)
	for i := range values {
		values[i] = fmt.Sprintf("X509:<SKI>%02x", i)
	}
	return values
}

// TestPropose: one certificate of Alice's against what she and others have.
func TestPropose(t *testing.T) {
	ski := []byte{0xab, 0xcd}
	const value = "X509:<SKI>abcd"
	rows := []struct {
		name    string
		fields  []entra.Field
		ski     []byte
		users   []entra.User
		add     []string
		problem string
		note    string
	}{
		{name: "new", ski: ski, users: []entra.User{user(alice)}, add: []string{value}, note: "SubjectKeyIdentifier was taken because no field was named"},
		{name: "there", ski: ski, users: []entra.User{user(alice, has(value))}},
		{name: "beside others", ski: ski, users: []entra.User{user(alice, has(many(4)...))}, add: []string{value}},
		{name: "more than five", ski: ski, users: []entra.User{user(alice, has(many(5)...))}, add: []string{value}, note: "allows 10, another 5"},
		{name: "ten", ski: ski, users: []entra.User{user(alice, has(many(9)...))}, add: []string{value}},
		{name: "eleven", ski: ski, users: []entra.User{user(alice, has(many(10)...))}, problem: "there would be 11 values"},
		{name: "eleven, with it", ski: ski, users: []entra.User{user(alice, has(append(many(9), value)...))}},
		{name: "not known what there is", ski: ski, users: []entra.User{user(alice, func(u *entra.User) { u.CertificateUserIDs = nil })}, add: []string{value}, note: "looked up when the values are added"},
		{name: "another's", ski: ski, users: []entra.User{user(alice), user(bob, has("X509:<SKI>ABCD"))}, problem: "among the certificateUserIds of bob@contoso.com"},
		{name: "in other letter case", ski: ski, users: []entra.User{user(alice, has("X509:<SKI>ABCD"))}, add: []string{value}, note: "there in other letter case"},
		{name: "disabled", ski: ski, users: []entra.User{user(alice, func(u *entra.User) { u.Disabled = true })}, add: []string{value}, note: "disabled"},
		{name: "a guest", ski: ski, users: []entra.User{user(alice, func(u *entra.User) { u.Guest = true })}, problem: "a guest signs in"},
		{name: "no SKI", users: []entra.User{user(alice)}, problem: "has no SubjectKeyIdentifier"},
		{name: "no SKI, but a name", fields: []entra.Field{entra.SubjectKeyIdentifier, entra.PrincipalName}, users: []entra.User{user(alice)},
			add: []string{"X509:<PN>alice@contoso.com"}, note: "has no SubjectKeyIdentifier"},
		{name: "too long", ski: make([]byte, 600), users: []entra.User{user(alice)}, problem: "a value has 1210 characters, and Entra ID takes 1024"},
		{name: "the serial number, its bytes reversed", fields: []entra.Field{entra.IssuerAndSerialNumber}, users: []entra.User{user(alice)}, add: []string{"X509:<I>CN=User<SR>ef48"}},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			p := Propose([]Source{{"alice.pem", certificate(t, alice, "", r.ski), ""}}, entra.NewUsers(r.users), r.fields)
			row := p.Rows[0]
			if !slices.Equal(row.Add(), r.add) {
				t.Errorf("to add: %q, want %q", row.Add(), r.add)
			}
			if problems := strings.Join(row.Problems, "\n"); (problems == "") != (r.problem == "") || !strings.Contains(problems, r.problem) {
				t.Errorf("problems: %q, want %q", problems, r.problem)
			}
			if notes := strings.Join(append(row.Notes, p.Notes...), "\n"); !strings.Contains(notes, r.note) {
				t.Errorf("notes: %q, want %q", notes, r.note)
			}
		})
	}
}

// TestProposeNotes: what holds for all rows is noted once, what does not stays with its
// row or value.
func TestProposeNotes(t *testing.T) {
	unknown := func(u *entra.User) { u.CertificateUserIDs, u.Disabled = nil, u.UPN == bob }
	users := entra.NewUsers([]entra.User{user(alice, unknown), user(bob, unknown)})
	sources := []Source{{"alice.pem", certificate(t, alice, "", []byte{1}), ""}, {"bob.pem", certificate(t, bob, "", []byte{2}), ""}}
	p := Propose(sources, users, nil)
	for i, want := range []string{"SubjectKeyIdentifier was taken because", "the users do not all tell", "SubjectKeyIdentifier: Microsoft's module writes"} {
		if len(p.Notes) != 3 || !strings.HasPrefix(p.Notes[i], want) {
			t.Fatalf("notes: %q, want %q", p.Notes, want)
		}
	}
	if a, b := p.Rows[0], p.Rows[1]; len(a.Notes) > 0 || a.Values[0].Note != "" || !slices.Equal(b.Notes, []string{"the account is disabled"}) {
		t.Errorf("%+v\n%+v", a, b)
	}
	p = &Proposal{Rows: []*Row{{Values: []Value{{Field: entra.Subject, Note: "spaces"}, {Field: entra.Subject}}}}}
	if p.gather(entra.Subject); len(p.Notes) > 0 || p.Rows[0].Values[0].Note != "spaces" {
		t.Errorf("%+v", p)
	}
}

// TestProposeCA: a CA's certificate is nobody's, whatever names it has.
func TestProposeCA(t *testing.T) {
	ca := certificate(t, alice, "", []byte{1})
	ca.IsCA = true
	p := Propose([]Source{{"ca.pem", ca, ""}}, entra.NewUsers([]entra.User{user(alice)}), nil)
	if row := p.Rows[0]; row.UPN != "" || len(row.Values) > 0 || len(row.Problems) != 1 || !strings.HasPrefix(row.Problems[0], "it is a CA's certificate") || len(p.Notes) > 0 {
		t.Errorf("%+v, notes %q", row, p.Notes)
	}
}

// TestProposeSynced: what Active Directory is the source of can't be set here.
func TestProposeSynced(t *testing.T) {
	synced := func(u *entra.User) { u.Synced = true }
	fields := []entra.Field{entra.SubjectKeyIdentifier, entra.PrincipalName}
	source := []Source{{"alice.pem", certificate(t, alice, "", []byte{0xab}), ""}}
	row := Propose(source, entra.NewUsers([]entra.User{user(alice, synced)}), fields).Rows[0]
	if row.Add() != nil || !slices.Equal(row.OnPremises, []string{"X509:<SKI>ab"}) {
		t.Errorf("to add %q, on premises %q", row.Add(), row.OnPremises)
	}
	if !strings.Contains(strings.Join(row.Problems, ""), "altSecurityIdentities") || !strings.Contains(strings.Join(row.Notes, ""), `"X509:<PN>"&[userPrincipalName]`) {
		t.Errorf("problems %q, notes %q", row.Problems, row.Notes)
	}
	row = Propose(source, entra.NewUsers([]entra.User{user(alice, synced, has("X509:<SKI>ab", "X509:<PN>"+alice))}), fields).Rows[0]
	if len(row.Problems) > 0 || row.OnPremises != nil {
		t.Errorf("of one who has them: %+v", row)
	}
}

// TestProposeSeveral: certificates of one user come together, one of two users is
// neither's.
func TestProposeSeveral(t *testing.T) {
	users := entra.NewUsers([]entra.User{user(alice), user(bob), user("carol@contoso.com")})
	old, renewed := certificate(t, alice, "", []byte{1}), certificate(t, "", alice, []byte{2})
	shared := certificate(t, bob, "", []byte{3})
	p := Propose([]Source{{"old.pem", old, ""}, {"bob.pem", shared, ""}, {"new.pem", renewed, ""}, {"again.pem", old, ""}}, users, nil)
	if len(p.Rows) != 2 || !slices.Equal(p.Rows[0].Add(), []string{"X509:<SKI>01", "X509:<SKI>02"}) ||
		!slices.Equal(p.Rows[0].Certificates, []string{"old.pem", "new.pem", "again.pem"}) {
		t.Fatalf("%+v", p.Rows[0])
	}
	p = Propose([]Source{{"bob.pem", shared, ""}, {"also-alice.pem", shared, alice}, {"also-carol.pem", shared, "carol@contoso.com"}}, users, nil)
	for _, row := range p.Rows {
		if row.Add() != nil || !strings.Contains(strings.Join(row.Problems, ""), "of one user only") {
			t.Errorf("%+v", row)
		}
	}
}

// TestProposeMany: what all certificates and users have in common takes no longer for
// more of them.
func TestProposeMany(t *testing.T) {
	const n = 20_000
	shared := certificate(t, "", "", []byte{1})
	var users []entra.User
	var sources []Source
	for i := range n {
		u := user(fmt.Sprintf("user%d@contoso.com", i), has("X509:<SKI>01"))
		u.ProxyAddresses = []string{"all@contoso.com"}
		users = append(users, u)
		sources = append(sources, Source{"shared.pem", shared, u.UPN})
	}
	p := Propose(sources, entra.NewUsers(users), nil)
	for _, row := range p.Rows {
		if len(p.Rows) != n || len(row.Problems) != 2 {
			t.Fatalf("%d rows, problems: %q", len(p.Rows), row.Problems)
		}
	}
}
