package entra

import (
	"errors"
	"io"
	"os"
	"strings"
	"testing"
	"testing/iotest"
	"time"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/certs/preflight/checktest"
)

func TestParseUsersCSV(t *testing.T) {
	f, err := os.Open("testdata/users.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	us, err := ParseUsers(f)
	if err != nil {
		t.Fatal(err)
	}
	want := []User{
		{ID: "4b1c2c1e-0000-4000-8000-000000000001", UPN: "alice@contoso.com", Mail: "alice@contoso.com"},
		{ID: "4b1c2c1e-0000-4000-8000-000000000002", UPN: "bob@contoso.com", Mail: "bob@contoso.com", Disabled: true},
	}
	if diff := cmp.Diff(want, us.all); diff != "" {
		t.Error(diff)
	}
	if us.knowsProxies || us.knowsIDs || us.knowsOnPremises || us.Len() != 2 {
		t.Errorf("the portal's CSV tells none of proxyAddresses, certificateUserIds and onPremisesUserPrincipalName: %+v", us)
	}
}

func TestParseUsersGraph(t *testing.T) {
	f, err := os.Open("testdata/users.json")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	us, err := ParseUsers(f)
	if err != nil {
		t.Fatal(err)
	}
	want := []User{
		{
			UPN: "alice@contoso.com", Mail: "alice@contoso.com", OnPremisesUPN: "alice@contoso.local",
			ProxyAddresses: []string{"alice@contoso.com", "a.example@contoso.com"}, CertificateUserIDs: []string{"X509:<SKI>00ff"},
			SessionsValidFrom: time.Date(2026, 11, 20, 8, 0, 0, 0, time.UTC), Mailbox: preflight.ExchangeOnline,
		},
		{UPN: "bob@contoso.com", ProxyAddresses: []string{}, Disabled: true},
	}
	if diff := cmp.Diff(want, us.all); diff != "" {
		t.Error(diff)
	}
	if !us.knowsProxies || us.knowsIDs || !us.knowsOnPremises {
		t.Errorf("proxyAddresses are told of all, certificateUserIds of one, onPremisesUserPrincipalName of some: %+v", us)
	}
}

// utf16le is text as PowerShell's redirection writes it.
func utf16le(text string) string {
	b := []byte{0xff, 0xfe}
	for _, u := range utf16.Encode([]rune(text)) {
		b = append(b, byte(u), byte(u>>8))
	}
	return string(b)
}

func utf16be(text string) string {
	b := []byte{0xfe, 0xff}
	for _, u := range utf16.Encode([]rune(text)) {
		b = append(b, byte(u>>8), byte(u))
	}
	return string(b)
}

// What stands for the same users, however it is written.
func TestParseUsersForms(t *testing.T) {
	const csvText = "userPrincipalName,mail\na@contoso.com,ä@contoso.com\nb@contoso.com,\n"
	const array = `[{"userPrincipalName":"a@contoso.com","mail":"ä@contoso.com"},{"userPrincipalName":"b@contoso.com","mail":null}]`
	forms := map[string]string{
		"CSV":             csvText,
		"CSV, Windows":    strings.ReplaceAll(csvText, "\n", "\r\n"),
		"CSV, BOM":        "\ufeff" + csvText,
		"CSV, semicolons": strings.ReplaceAll(csvText, ",", ";"),
		"CSV, tabs":       strings.ReplaceAll(csvText, ",", "\t"),
		"CSV, UTF-16":     utf16le(csvText),
		"CSV, UTF-16BE":   utf16be(csvText),
		"CSV, names":      "User principal name,Display name,Mail\na@contoso.com,\"A,\nB\",ä@contoso.com\n\nb@contoso.com,,\n",
		"CSV, template":   "version:v1.0\nMail [mail],User name [userPrincipalName] Required\nä@contoso.com,a@contoso.com\n,b@contoso.com\n",
		"CSV, repeated":   csvText + "A@contoso.com,ä@contoso.com\n"[:0] + "a@contoso.com,ä@contoso.com\n",
		"array":           array,
		"array, UTF-16":   utf16le(array),
		"page":            `{"value":` + array + `}`,
		"page, old":       `{"VALUE":` + array + `,"@odata.nextLink":null}`,
		"pages":           `{"value":[{"userPrincipalName":"a@contoso.com","mail":"ä@contoso.com"}],"@odata.nextLink":"x"} {"value":[{"userPrincipalName":"b@contoso.com"}]}`,
		"arrays":          `[{"userPrincipalName":"a@contoso.com","mail":"ä@contoso.com"}] [] [{"userPrincipalName":"b@contoso.com"}]`,
		"lines":           "{\"userPrincipalName\":\"a@contoso.com\",\"mail\":\"ä@contoso.com\"}\n{\"userPrincipalName\":\"b@contoso.com\"}\n",
		"PowerShell":      `[{"UserPrincipalName":"a@contoso.com","Mail":"ä@contoso.com","ProxyAddresses":null},{"UserPrincipalName":" b@contoso.com ","Mail":""}]`,
	}
	want := []User{{UPN: "a@contoso.com", Mail: "ä@contoso.com"}, {UPN: "b@contoso.com"}}
	for name, text := range forms {
		us, err := ParseUsers(iotest.HalfReader(strings.NewReader(text)))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if diff := cmp.Diff(want, us.all); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// Lists of several values in one cell.
func TestParseUsersLists(t *testing.T) {
	const text = `userPrincipalName|proxyAddresses|certificateUserIds|accountEnabled
a@contoso.com|SMTP:a@contoso.com+smtp:a+tag@contoso.com+SIP:a@contoso.com|X509:<PN>a@x;X509:<S>O=Contoso, Inc.,CN=a|yes
b@contoso.com|"smtp:b@contoso.com; B2@contoso.com,X500:/o=x/cn=b"||
`
	us, err := ParseUsers(strings.NewReader(strings.ReplaceAll(text, "|", "\t")))
	if err != nil {
		t.Fatal(err)
	}
	want := []User{
		{UPN: "a@contoso.com", ProxyAddresses: []string{"a@contoso.com", "a+tag@contoso.com"}, CertificateUserIDs: []string{"X509:<PN>a@x", "X509:<S>O=Contoso, Inc.,CN=a"}},
		{UPN: "b@contoso.com", ProxyAddresses: []string{"b@contoso.com", "B2@contoso.com"}, CertificateUserIDs: []string{}},
	}
	if diff := cmp.Diff(want, us.all); diff != "" {
		t.Error(diff)
	}
}

// An error is one line that says where.
func TestParseUsersErrors(t *testing.T) {
	for text, want := range map[string]string{
		"":                             "it is empty",
		"version:v1.0\n":               "it is empty",
		"\n\n":                         "it is empty",
		"mail,name\na@contoso.com,a\n": "line 1: there is no column userPrincipalName, only mail, name",
		"userPrincipalName,mail\n":     "no user in it",
		"upn,mail\na@contoso.com\n":    "line 2: it has 1 columns and the first line 2",
		"upn,mail\n\"a\nb\",x\n":       `line 2, column upn: "a\nb" holds a character that does not print`,
		"upn,mail\n,x@contoso.com\n":   "line 2, column upn: it is empty",
		"upn,mail\na@contoso.com,\xe4@contoso.com\n":                     "line 2, column mail: it is not UTF-8",
		"upn,mail\na@contoso.com,\"x\n":                                  "line 2, column 18: extraneous or missing \" in quoted-field",
		"upn,mail\na@contoso.com,x\"\n":                                  "line 2, column 16: bare \" in non-quoted-field",
		"upn,mailbox\na@contoso.com,somewhere\n":                         `line 2, column mailbox: the place "somewhere" is unknown: it is one of exchange-online, exchange-server`,
		"upn,accountEnabled\na@contoso.com,maybe\n":                      `line 2, column accountEnabled: "maybe" is neither true nor false`,
		"upn,signInSessionsValidFromDateTime\na@contoso.com,soon\n":      `line 2, column signInSessionsValidFromDateTime: "soon" is no time like`,
		"upn,mail\na@contoso.com,x@contoso.com\nA@contoso.com,y@z.com\n": "line 3: the user A@contoso.com is there twice, and not the same",
		"PK\x03\x04":       "it is a workbook or a ZIP file: save it as CSV UTF-8",
		"\x1f\x8b\x08\x00": "it is a gzip file",
		"u\x00p\x00n\x00":  "UTF-16 without a byte order mark",
		"\xff\xfeu\x00p":   "cut short?",
		"[]":               "there is nothing in it",
		"[1]":              "object 1, which ends before byte 2",
		`[{"mail":"x"}]`:   "a user without userPrincipalName",
		`{"mail":"x"}`:     "a user without userPrincipalName",
		`{"value":3}`:      `"value" is no array`,
		`{"value":[{}`:     "a user without userPrincipalName",
		`[{"userPrincipalName":"a@contoso.com"},`:                                                  "ends in the middle",
		`[{"userPrincipalName":"a@contoso.com"}`:                                                   "ends in the middle",
		`{"userPrincipalName":"a@contoso.com"`:                                                     "ends in the middle",
		`[{"userPrincipalName":"a@contoso.com","proxyAddresses":"a b"}]`:                           "is a string and not what is expected there (in PowerShell, ConvertTo-Json needs -Depth 5)",
		`[{"userPrincipalName":"a@contoso.com"}] "x"`:                                              "an object or an array of objects is expected",
		`[{"userPrincipalName":"a@contoso.com","mailbox":"x"}]`:                                    `object 1, which ends before byte 52: mailbox of a@contoso.com: the place "x" is unknown`,
		`[{"userPrincipalName":"a@contoso.com","signInSessionsValidFromDateTime":"x"}]`:            `is no time like`,
		`[{"userPrincipalName":"a\u001b@contoso.com"}]`:                                            "holds a control character",
		`{"value":[{"userPrincipalName":"a@contoso.com"}],"@odata.nextLink":"https://x"}`:          "more pages follow",
		`[{"userPrincipalName":"a@contoso.com"},{"userPrincipalName":"a@contoso.com","mail":"x"}]`: "is there twice",
	} {
		_, err := ParseUsers(strings.NewReader(text))
		if err == nil || !strings.Contains(err.Error(), want) || strings.ContainsAny(err.Error(), "\n\x1b") {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
	broken := errors.New("the disk is broken")
	for _, start := range []string{"", "upn\na@contoso.com\n", "[", "\xff\xfeu\x00"} {
		r := io.MultiReader(strings.NewReader(start), iotest.ErrReader(broken))
		if _, err := ParseUsers(r); !errors.Is(err, broken) {
			t.Errorf("after %q: %v", start, err)
		}
	}
}

func TestParseDomains(t *testing.T) {
	for text, want := range map[string]map[string]bool{
		"contoso.com\n# a comment\n\nBÜCHER.de # ours\r\n": {"contoso.com": true, "xn--bcher-kva.de": true},
		utf16le("contoso.com"):                             {"contoso.com": true},
		`{"value":[{"id":"contoso.com","isVerified":true},{"id":"b.de","isVerified":false}]}`: {"contoso.com": true, "b.de": false},
		`[{"Id":"contoso.com","IsVerified":true}]`:                                            {"contoso.com": true},
		"Domain name,Status\ncontoso.com,Healthy\n\"b.de\",Incomplete setup\n":                {"contoso.com": true, "b.de": false},
		"Domain name\ncontoso.com\n":                                                          {"contoso.com": true},
		"id;isVerified\ncontoso.com;True\nb.de;False\n":                                       {"contoso.com": true, "b.de": false},
		"Status,Name\nVerified,contoso.com\nUnverified,b.de\n":                                {"contoso.com": true, "b.de": false},
		"Domain name,Status\ncontoso.com (Default),Healthy\n":                                 {"contoso.com": true},
	} {
		d, err := ParseDomains(strings.NewReader(text))
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		if diff := cmp.Diff(want, d.verified); diff != "" {
			t.Errorf("%q: %s", text, diff)
		}
	}
}

func TestParseDomainsErrors(t *testing.T) {
	for text, want := range map[string]string{
		"":                                 "there is no domain in it",
		"# nothing":                        "there is no domain in it",
		"contoso.com\nno domain\n":         `line 2: "no domain" is no domain: white space (U+0020) (one domain a line)`,
		strings.Repeat("a", 100000):        "longer than any domain",
		`[{"id":"contoso.com"}]`:           "without isVerified",
		`[{"isVerified":true}]`:            "a domain without id",
		`[{"id":"a b","isVerified":true}]`: `"a b" is no domain`,
		"Domain name,Status\ncontoso.com,Fehlerfrei\n": `line 2, column Status: whether "Fehlerfrei" means verified is not known`,
		"Domain name,Status\nx y,Healthy\n":            `line 2, column Domain name: "x y" is no domain`,
		"Domain name,Status\nx.de\n":                   "line 2: it has 1 columns",
	} {
		_, err := ParseDomains(strings.NewReader(text))
		if err == nil || !strings.Contains(err.Error(), want) || strings.ContainsAny(err.Error(), "\n\x1b") {
			t.Errorf("%.40q: %v, want %q", text, err, want)
		}
	}
}

func TestVerified(t *testing.T) {
	d := domains(t, pendingDomains)
	for domain, want := range map[string][2]bool{
		"Contoso.COM": {false, true}, "contoso.onmicrosoft.com": {true, true}, "fabrikam.com": {false, false}, "no domain": {false, false},
	} {
		if verified, listed := d.Verified(domain); [2]bool{verified, listed} != want {
			t.Errorf("%s: %t, %t", domain, verified, listed)
		}
	}
}

func FuzzParseUsers(f *testing.F) {
	for _, file := range []string{"testdata/users.csv", "testdata/users.json"} {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
		f.Add([]byte(utf16le(string(data))))
	}
	f.Add([]byte("version:v1.0\nUser name [userPrincipalName]\tproxyAddresses\na@contoso.com\tsmtp:a@contoso.com+X500:/x\n"))
	f.Add([]byte(`{"userPrincipalName":"a@contoso.com"}{"value":[]}`))
	c := fixture(f, "good.pem")
	f.Fuzz(func(t *testing.T, data []byte) {
		us, err := ParseUsers(strings.NewReader(string(data)))
		if err != nil {
			if strings.ContainsAny(err.Error(), "\n\r\x1b") {
				t.Errorf("the error is not one printable line: %q", err)
			}
			return
		}
		for _, u := range us.all {
			if u.UPN == "" || strings.ContainsAny(u.UPN+u.Mail, "\n\r\x1b") {
				t.Errorf("a user without a sound name: %+v", u)
			}
			found := us.find(UserPrincipalName, fold(u.UPN))
			if len(found) != 1 || !certs.SameAddress(found[0].UPN, u.UPN) {
				t.Errorf("looking for %q finds %+v", u.UPN, found)
			}
		}
		for _, s := range []preflight.Scenario{oauthOnline, directOnline, directServer} {
			for _, finding := range CheckHolder(at(s), &Holder{Certificate: c, Users: us}) {
				checktest.Finding(t, finding)
			}
		}
	})
}

func FuzzParseDomains(f *testing.F) {
	for _, text := range []string{contosoDomains, pendingDomains, "Domain name,Status\ncontoso.com,Healthy\n", utf16be("a.de\n"), "id;isVerified\na.de;true"} {
		f.Add([]byte(text))
	}
	c := fixture(f, "good.pem")
	f.Fuzz(func(t *testing.T, data []byte) {
		d, err := ParseDomains(strings.NewReader(string(data)))
		if err != nil {
			if strings.ContainsAny(err.Error(), "\n\r\x1b") {
				t.Errorf("the error is not one printable line: %q", err)
			}
			return
		}
		for _, finding := range CheckHolder(at(directOnline), &Holder{Certificate: c, Domains: d}) {
			checktest.Finding(t, finding)
		}
	})
}
