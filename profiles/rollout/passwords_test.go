package rollout

import (
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/easkit/easkit/certs"
)

func TestPasswords(t *testing.T) {
	dir := t.TempDir()
	p, err := ReadPasswords(strings.NewReader("\ufeffUser;Mail;Datei;File;Passphrase\r\n" +
		"Alice@contoso.com;;;;of Alice\r\n" +
		";bob@contoso.com;;;\"of;Bob\"\"\"\r\n" +
		"carol@contoso.com;;;Sub\\Carol.p12;of a file\r\n" +
		";;;carol.p12;of another\r\n" +
		";;;" + filepath.Join(dir, "whole.p12") + ";of a path\r\n" +
		"dave@contoso.com;;;;\r\n" +
		"alice@contoso.com;;;;of Alice\r\n" +
		"unused@contoso.com;;;;secret\r\n;;;unused.p12;secret\r\n"))
	if err != nil {
		t.Fatal(err)
	}
	alice, bob, carol := Row{User: "alice@contoso.com"}, Row{User: "b@contoso.com", Email: "BOB@contoso.com"}, Row{User: "carol@contoso.com"}
	for _, test := range []struct {
		row  Row
		file string
		want certs.Password
	}{
		{alice, "x.p12", "of Alice"},
		{bob, "x.p12", `of;Bob"`},
		{carol, "x.p12", ""},
		{carol, "ids/sub/carol.p12", "of a file"},
		{alice, "ids/carol.p12", "of another"},
		{Row{}, filepath.Join(dir, "whole.p12"), "of a path"},
		{Row{}, "whole.p12", ""},
		{Row{User: "dave@contoso.com"}, "dave.p12", ""},
		{Row{}, "x.p12", ""},
	} {
		if got, ok := p.For(test.row, filepath.FromSlash(test.file)); got != test.want || ok != (test.want != "") {
			t.Errorf("%v, %s: %q, want %q", test.row, test.file, string(got), string(test.want))
		}
	}
	if n, first := p.Unused(1); n != 2 || !slices.Equal(first, []string{"unused@contoso.com"}) {
		t.Errorf("unused are %d: %q", n, first)
	}
	var none *Passwords
	if _, ok := none.For(alice, "x.p12"); ok {
		t.Error("no passwords give one")
	}
	if n, _ := none.Unused(3); n != 0 {
		t.Errorf("no passwords have %d unused", n)
	}
}

// No error tells a password, not even where the file is not what it should be.
func TestPasswordsStaySecret(t *testing.T) {
	const secret = "swordfish"
	for _, test := range []struct{ name, text, want string }{
		{"no names of columns", "alice@contoso.com," + secret + "\nbob@contoso.com," + secret, "its first line has to name"},
		{"one column", secret + "\n", "its first line has to name"},
		{"no users", "password\n" + secret + "\n", "its first line has to name"},
		{"differ", "user,password\na@x.com," + secret + "\nA@x.com," + secret + "2\n", `line 3: "A@x.com" has another password than in line 2`},
		{"a file's differ", "file,password\nsub/a.p12," + secret + "\nSUB\\a.p12," + secret + "2\n", "another password than in line 2"},
		{"nobody's", "user,file,password\n,," + secret + "\n", "line 2: it says neither whose nor which file's"},
		{"a comma in it", "user,password\na@x.com," + secret + ",x\n", "line 2: it has 3 columns"},
		{"a quote in it", "user,password\na@x.com," + secret + "\"x\n", "line 2, column"},
		{"not UTF-8", "user,password\na@x.com," + secret + "\xe9\n", "line 2, column password: it is not UTF-8"},
		{"too long", "user,password\na@x.com," + strings.Repeat(secret, maxPassword) + "\n", "more than 4096 bytes"},
		{"empty", "", "it is empty"},
	} {
		p, err := ReadPasswords(strings.NewReader(test.text))
		if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), secret) {
			t.Errorf("%s: %v, %v; want %q", test.name, p, err, test.want)
		}
	}
	p, err := ReadPasswords(strings.NewReader("user,password\na@x.com," + secret + "\n"))
	if err != nil {
		t.Fatal(err)
	}
	if text := fmt.Sprintf("%v %+v %#v %s %v %#v", p, p, p, p, *p, *p); strings.Contains(text, secret) || !strings.Contains(text, "[passwords]") {
		t.Errorf("they print as %s", text)
	}
}

// What is held of 200,000 passwords is tens of bytes of each beyond the texts.
func TestPasswordsAreCompact(t *testing.T) {
	const rows, most = 200_000, 200 // bytes: a hash in a map that is half full, name, password, and slices that grew
	var text strings.Builder
	text.WriteString("user,password\n")
	for i := range rows {
		fmt.Fprintf(&text, "first.last%06d@contoso.com,%016d\n", i, i)
	}
	before := held()
	p, err := ReadPasswords(strings.NewReader(text.String()))
	if err != nil {
		t.Fatal(err)
	}
	if each := (held() - before) / rows; each > most {
		t.Errorf("%d bytes a password, want %d at most", each, most)
	} else {
		t.Logf("%d bytes a password", each)
	}
	runtime.KeepAlive(&text)
	if got, ok := p.For(Row{User: "first.last123456@contoso.com"}, "x.p12"); !ok || got != "0000000000123456" {
		t.Error("a user of many has no password")
	}
}

func FuzzReadPasswords(f *testing.F) {
	f.Add("user,password\na@x.com,secret\n")
	f.Add("file;user;password\r\nsub\\a.p12;;\"s;e\"\r\n")
	f.Fuzz(func(t *testing.T, text string) {
		p, err := ReadPasswords(strings.NewReader(text))
		if err != nil {
			oneLine(t, err)
			return
		}
		n, first := p.Unused(3)
		if n != len(p.entries) || len(first) > 3 {
			t.Fatalf("%d of %d are unused, among them %q", n, len(p.entries), first)
		}
	})
}
