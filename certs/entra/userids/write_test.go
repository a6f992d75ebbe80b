package userids

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/easkit/easkit/certs/entra"
)

// script is what takes the users in.
const script = "../../../templates/scripts/user-ids.ps1"

// mixed is a proposal with all that there can be.
func mixed(t testing.TB) *Proposal {
	t.Helper()
	users := entra.NewUsers([]entra.User{
		user(alice, has("X509:<SKI>01")), user("=cmd@contoso.com"), user("zoë’s@contoso.com"),
		user("synced@contoso.com", func(u *entra.User) { u.Synced = true }),
	})
	return Propose([]Source{
		{"alice.pem", certificate(t, alice, "", []byte{1}), ""}, {"alice2.pem", certificate(t, alice, "", []byte{2}), ""},
		{"-odd.pem", certificate(t, "", "", []byte{3}), "=cmd@contoso.com"}, {"zoë.pem", certificate(t, "zoë’s@contoso.com", "", []byte{4}), ""},
		{"synced.pem", certificate(t, "synced@contoso.com", "", []byte{5}), ""}, {"nobody.pem", certificate(t, "nobody@contoso.com", "", nil), ""},
	}, users, nil)
}

func TestWriteCSV(t *testing.T) {
	var b bytes.Buffer
	if err := mixed(t).WriteCSV(&b); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&b).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	want := []struct{ user, certificate, value, action string }{
		{alice, "alice.pem", "X509:<SKI>01", "present"}, {alice, "alice2.pem", "X509:<SKI>02", "add"},
		{"'=cmd@contoso.com", "'-odd.pem", "X509:<SKI>03", "add"}, {"zoë’s@contoso.com", "zoë.pem", "X509:<SKI>04", "add"},
		{"synced@contoso.com", "synced.pem", "X509:<SKI>05", "set altSecurityIdentities"}, {"", "nobody.pem", "", ""},
	}
	for _, r := range rows[1:] {
		if strings.Contains(r[7], "Microsoft") {
			t.Errorf("what holds for all is noted in a row: %q", r)
		}
	}
	if len(rows) != len(want)+1 {
		t.Fatalf("%d rows, want %d and a header", len(rows), len(want))
	}
	for i, w := range want {
		if r := rows[i+1]; r[0] != w.user || r[2] != w.certificate || r[4] != w.value || r[5] != w.action || (r[6] != "") != (w.action == "" || w.action == actionOnPremises) {
			t.Errorf("row %d: %q", i+1, r)
		}
	}
}

func TestWriteJSON(t *testing.T) {
	var b bytes.Buffer
	if err := mixed(t).WriteJSON(&b); err != nil {
		t.Fatal(err)
	}
	var got struct {
		Schema string
		Notes  []string
		Rows   []struct {
			UPN     string `json:"userPrincipalName"`
			Add     []string
			Present []string
		}
	}
	if err := json.Unmarshal(b.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if got.Schema != Schema || len(got.Rows) != 5 || len(got.Notes) != 2 || got.Rows[0].Add[0] != "X509:<SKI>02" || got.Rows[0].Present[0] != "X509:<SKI>01" || got.Rows[4].Add == nil {
		t.Errorf("%s", b.Bytes())
	}
	if strings.Contains(b.String(), `\u003c`) {
		t.Error("values are written with escapes, which nobody can search for")
	}
}

// TestWriteScript: what the script gets is JSON in ASCII that nothing in it can end.
func TestWriteScript(t *testing.T) {
	template, err := os.ReadFile(script)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := mixed(t).WriteScript(&b, string(template)); err != nil {
		t.Fatal(err)
	}
	if i := strings.IndexFunc(b.String(), func(r rune) bool { return r > '~' }); i >= 0 {
		t.Errorf("%q is not ASCII", b.String()[i:i+10])
	}
	_, rest, _ := strings.Cut(b.String(), "\n$plan = @'\n")
	data, rest, ok := strings.Cut(rest, "\n'@ | ConvertFrom-Json\n")
	if !ok || strings.Contains(rest, "\n"+dataLine) {
		t.Fatalf("the data is not where the script wants it:\n%s", b.String())
	}
	var users []struct {
		UserPrincipalName  string
		CertificateUserIds []string
	}
	if err := json.Unmarshal([]byte(data), &users); err != nil {
		t.Fatal(err)
	}
	if len(users) != 3 || users[2].UserPrincipalName != "zoë’s@contoso.com" || users[0].CertificateUserIds[0] != "X509:<SKI>02" {
		t.Errorf("%+v", users)
	}
}

func TestWriteScriptRefuses(t *testing.T) {
	nothing := Propose(nil, entra.NewUsers(nil), nil)
	for _, r := range []struct {
		p        *Proposal
		template string
		want     string
	}{
		{mixed(t), "no place\n", "has no line #DATA#"},
		{mixed(t), "#DATA#\n#DATA#\n", "twice"},
		{nothing, "#DATA#\n", "nothing for a script to do"},
	} {
		var b bytes.Buffer
		if err := r.p.WriteScript(&b, r.template); err == nil || !strings.Contains(err.Error(), r.want) || b.Len() > 0 {
			t.Errorf("%v, and %d bytes, want %q", err, b.Len(), r.want)
		}
	}
}

func TestWriteText(t *testing.T) {
	var b strings.Builder
	if err := mixed(t).WriteText(&b); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"  + X509:<SKI>", "problem: ", "altSecurityIdentities: ", "\n3 values to add to 3 users.\nnote: SubjectKeyIdentifier was taken", "no user (nobody.pem)"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("it does not say %q:\n%s", want, b.String())
		}
	}
	b.Reset()
	one := Propose([]Source{{"alice.pem", certificate(t, alice, "", []byte{1}), ""}}, entra.NewUsers([]entra.User{user(alice)}), nil)
	if err := one.WriteText(&b); err != nil || !strings.Contains(b.String(), "\n1 value to add to 1 user.\n") {
		t.Errorf("%v: %s", err, b.String())
	}
}
