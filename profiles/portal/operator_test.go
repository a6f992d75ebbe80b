package portal

import (
	"net/mail"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/easkit/easkit/profiles/portal/ticket"
)

func TestOperatorLines(t *testing.T) {
	for line, good := range map[string]bool{
		"": true, "Contoso (lab)": true, "株式会社コントソ": true, `<b>"&'`: true, strings.Repeat("ü", maxOperator): true,
		strings.Repeat("a", maxOperator+1): false, "two\nlines": false, "a\rb": false, "a\tb": false, "a\u202eb": false, "\xff": false, " ": false, "a ": false,
	} {
		if err := CheckLine(line); (err == nil) != good {
			t.Errorf("%q: %v", line, err)
		}
		for _, o := range []Operator{{Organisation: line}, {Contact: line}} {
			if _, err := New(Options{Origin: "https://setup.contoso.com", Operator: o}); (err == nil) != good {
				t.Errorf("%+v: %v", o, err)
			}
		}
	}
}

// testOperator has what would do harm in a page if it were not escaped.
func testOperator(t *testing.T) Operator {
	return Operator{Organisation: "Contoso <b>&", Contact: "+49 30 901820, help@contoso.com", Zone: zone(t, "Europe/Berlin")}
}

// Visitors' pages of every kind, mail and paper say who runs the portal, in each language.
func TestOperatorIsShown(t *testing.T) {
	box := &outbox{}
	d := serveDesk(t, func(o *Options) { o.Mail, o.Operator = box, testOperator(t) })
	c := d.signedIn()
	c.made(c.order("alice@contoso.com", ticket.ByPIN))
	path := strings.TrimPrefix(linkIn.FindString(box.sent[0].Body), d.url)
	for code, contact := range map[string]string{"en": "Help desk: ", "de": "Helpdesk: ", "ja": "ヘルプデスク："} {
		for _, page := range []string{path, path + "x", "/none", deskRoot} {
			got := c.get(page + "?lang=" + code).body
			if !strings.Contains(got, "Contoso &lt;b&gt;&amp;") || !strings.Contains(got, contact+"+49 30 901820, help@contoso.com") || strings.Contains(got, "Contoso <b>") {
				t.Errorf("%s in %s:\n%s", page, code, got)
			}
		}
		made := &ticket.Made{Ticket: ticket.Ticket{SignIn: ticket.ByPIN, Expires: d.clock.now()}}
		_, body, err := Letter(code, testOperator(t), made, "LINK")
		if want := "\n\nContoso <b>&\n" + contact + "+49 30 901820, help@contoso.com\n"; err != nil || !strings.HasSuffix(body, want) || !strings.Contains(body, "CET") {
			t.Errorf("the mail in %s: %v\n%s", code, err, body)
		}
		sheet, err := NewSheet(code, testOperator(t), made)
		if err != nil || !strings.HasSuffix(strings.Join(sheet.After, "\n"), "\nContoso <b>&\n"+contact+"+49 30 901820, help@contoso.com") {
			t.Errorf("the paper in %s: %v\n%+v", code, err, sheet)
		}
	}
	if got := box.sent[0].Body; !strings.Contains(got, "22 November 2026, 13:00 CET") || !strings.Contains(got, "Contoso <b>&") {
		t.Error(got)
	}
}

// Where nothing says who runs it, nothing is shown.
func TestNoOperator(t *testing.T) {
	d := serveDesk(t, nil)
	if got := d.client().get("/none").body; strings.Contains(got, "Help desk:") || strings.Contains(got, `<p class="soft">`) {
		t.Error(got)
	}
	for _, code := range Languages {
		l := load(t, code)
		made := &ticket.Made{Ticket: ticket.Ticket{SignIn: ticket.ByPIN, Expires: time.Unix(0, 0)}}
		if _, body := l.letter(made, "LINK"); !strings.HasSuffix(body, l.plain("letter.unexpected")+"\n") {
			t.Errorf("%s: %s", code, body)
		}
	}
}

// Paper says what to do with the code, and that the PIN comes by phone or in person.
func TestSheet(t *testing.T) {
	for code, words := range map[string][]string{
		"en": {"camera", "code", "by phone or in person"},
		"de": {"Kamera", "Code", "am Telefon oder persönlich"},
		"ja": {"カメラ", "コード", "電話または対面"},
	} {
		sheet, err := NewSheet(code, Operator{}, &ticket.Made{Ticket: ticket.Ticket{SignIn: ticket.ByPIN, Expires: time.Unix(0, 0)}})
		if err != nil {
			t.Fatal(err)
		}
		text := sheet.Title + "\n" + strings.Join(append(sheet.Before, sheet.After...), "\n")
		for _, word := range words {
			if !strings.Contains(text, word) {
				t.Errorf("%s has no %q:\n%s", code, word, text)
			}
		}
		if opens := load(t, code).plain("letter.what"); strings.Contains(text, opens) || regexp.MustCompile(`[<>*{}]|letter\.`).MatchString(text) {
			t.Errorf("%s:\n%s", code, text)
		}
	}
	if _, err := NewSheet("fr", Operator{}, &ticket.Made{}); err == nil {
		t.Error("a sheet in no language of ours")
	}
}

// The longest name of a sender, as an organisation's may be, fits into a mail and is read back.
func TestLongSender(t *testing.T) {
	name := strings.Repeat("社", maxOperator)
	office := &postOffice{}
	newPostOffice(t, office)
	s, err := NewSMTP(SMTPOptions{Server: "smtp://" + office.listener.Addr().String(), From: "help@contoso.com", Name: name})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Send(t.Context(), testMail); err != nil {
		t.Fatal(err)
	}
	for line := range strings.SplitSeq(office.mails[0], "\r\n") {
		if len(line) > 100 && strings.HasPrefix(line, "From") {
			t.Errorf("a long line: %s", line)
		}
	}
	m, err := mail.ReadMessage(strings.NewReader(office.mails[0]))
	if err != nil {
		t.Fatal(err)
	}
	if from, err := m.Header.AddressList("From"); err != nil || from[0].Name != name {
		t.Errorf("%v, %v", from, err)
	}
}
