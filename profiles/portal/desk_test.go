package portal

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/easkit/easkit/profiles/portal/ticket"
)

var linkIn = regexp.MustCompile(`http://127\.0\.0\.1:\d+/t/([\w-]+)`)

var pinIn = regexp.MustCompile(`<code id="pin">(\d{6})</code>`)

// The link goes to the user, the PIN to the help desk, and nobody has both.
func TestNewTicketByMail(t *testing.T) {
	box := &outbox{}
	d := serveDesk(t, func(o *Options) { o.Mail = box })
	c := d.signedIn()
	path, page := c.made(c.order("bob@contoso.com", ticket.ByPIN))
	pin := pinIn.FindStringSubmatch(page.body)
	if pin == nil || len(box.sent) != 1 {
		t.Fatalf("%d mails, and the page:\n%s", len(box.sent), page.body)
	}
	mail := box.sent[0]
	link := linkIn.FindStringSubmatch(mail.Body)
	if mail.To != "robert@mail.contoso.com" || link == nil || strings.Contains(mail.Body+mail.Subject, pin[1]) {
		t.Fatalf("the mail: %+v", mail)
	}
	if strings.Contains(page.body, link[1]) || strings.Contains(page.body, "secret-password") {
		t.Error("the help desk sees the link or what waits")
	}
	if again := c.get(path); again.status != http.StatusOK || strings.Contains(again.body, pin[1]) {
		t.Errorf("the PIN is shown twice, or the page not at all: %d", again.status)
	}
	if _, _, err := d.p.Store.Redeem(t.Context(), ticket.Token(link[1]), ticket.Proof{PIN: ticket.PIN(pin[1])}); err != nil {
		t.Errorf("redeeming: %v", err)
	}
	if got := d.only(); got.State != ticket.Used || got.User != "bob@contoso.com" || got.By != localAdmin {
		t.Errorf("%+v", got)
	}
}

func TestPINIsNotShownToLookAheads(t *testing.T) {
	d := serveDesk(t, func(o *Options) { o.Mail = &outbox{} })
	c := d.signedIn()
	got := c.post(deskTickets, c.order("alice@contoso.com", ticket.ByPIN), nil)
	for _, ahead := range []func(*http.Request){
		func(r *http.Request) { r.Method = http.MethodHead },
		func(r *http.Request) { r.Header.Set("Sec-Purpose", "prefetch") },
		func(r *http.Request) { r.Header.Set("Purpose", "prefetch") },
		func(r *http.Request) { r.Header.Set("X-Purpose", "preview") },
		func(r *http.Request) { r.Header.Set("X-Moz", "prefetch") },
	} {
		r, _ := http.NewRequest(http.MethodGet, d.url+got.location, nil)
		ahead(r)
		if a := c.do(r); pinIn.MatchString(a.body) {
			t.Error("a look ahead gets the PIN")
		}
	}
	other := d.signedIn()
	if pinIn.MatchString(other.get(got.location).body) {
		t.Error("another session gets the PIN")
	}
	if !pinIn.MatchString(c.get(got.location).body) {
		t.Error("the PIN is gone")
	}
	late := c.post(deskTickets, c.order("bob@contoso.com", ticket.ByPIN), nil)
	d.clock.pass(freshLife)
	if pinIn.MatchString(c.get(late.location).body) {
		t.Error("the PIN is shown late")
	}
}

// A double click, or a page loaded again, makes one ticket.
func TestSameFormMakesOneTicket(t *testing.T) {
	box := &outbox{}
	d := serveDesk(t, func(o *Options) { o.Mail = box })
	c := d.signedIn()
	form := c.order("alice@contoso.com", ticket.ByPIN)
	var all sync.WaitGroup
	paths := make([]string, 8)
	for i := range paths {
		all.Go(func() { paths[i] = c.post(deskTickets, form, nil).location })
	}
	all.Wait()
	if slices.Sort(paths); paths[0] != deskTicketPath(d.only().ID) || paths[0] != paths[7] || len(box.sent) != 1 {
		t.Errorf("%d mails, and the pages %q", len(box.sent), paths)
	}
}

// Where no link can be made or sent, the ticket waits for somebody who can.
func TestNewTicketWaits(t *testing.T) {
	for name, change := range map[string]func(*Options){
		"no mail":    func(o *Options) {},
		"no key":     func(o *Options) { o.Mail, o.Source = &outbox{}, &rolloutOf{users: contoso().users, noKey: true} },
		"no rollout": func(o *Options) { o.Mail, o.Source = &outbox{}, nil },
	} {
		t.Run(name, func(t *testing.T) {
			d := serveDesk(t, change)
			c := d.signedIn()
			_, page := c.made(c.order("alice@contoso.com", ticket.ByPIN))
			if got := d.only(); got.State != ticket.Pending || !strings.Contains(page.body, pendingCommand) {
				t.Errorf("%+v, and the page\n%s", got, page.body)
			}
		})
	}
	t.Run("no address", func(t *testing.T) {
		d := serveDesk(t, func(o *Options) { o.Mail = &outbox{} })
		c := d.signedIn()
		c.made(c.order("carol", ticket.ByPIN))
		if got := d.only(); got.State != ticket.Pending {
			t.Errorf("%+v", got)
		}
	})
}

func TestMailThatFailsRevokes(t *testing.T) {
	d := serveDesk(t, func(o *Options) { o.Mail = &outbox{err: errTest} })
	c := d.signedIn()
	got := c.post(deskTickets, c.order("alice@contoso.com", ticket.ByPIN), nil)
	if is := d.only(); got.status != http.StatusBadGateway || is.State != ticket.Revoked {
		t.Errorf("%d, %+v", got.status, is)
	}
}

func TestNewTicketRefuses(t *testing.T) {
	d := serveDesk(t, func(o *Options) { o.Mail = &outbox{} })
	c := d.signedIn()
	for name, test := range map[string]struct {
		change url.Values
		status int
	}{
		"nobody":            {url.Values{"user": {"mallory@contoso.com"}}, 404},
		"a part of a name":  {url.Values{"user": {"contoso.com"}}, 404},
		"a header":          {url.Values{"user": {"alice@contoso.com\r\nBcc: m@evil.example"}}, 404},
		"much too long":     {url.Values{"user": {strings.Repeat("a", 4000)}}, 404},
		"no way to sign in": {url.Values{"signin": {""}}, 400},
		"OIDC, without it":  {url.Values{"signin": {"oidc"}}, 400},
		"another language":  {url.Values{"language": {"xx"}}, 400},
		"no number":         {url.Values{"once": {""}}, 400},
		"too much":          {url.Values{"user": {strings.Repeat("a", maxBody)}}, 413},
	} {
		form := c.order("alice@contoso.com", ticket.ByPIN)
		for k, v := range test.change {
			form[k] = v
		}
		if got := c.post(deskTickets, form, nil); got.status != test.status {
			t.Errorf("%s: %d, want %d", name, got.status, test.status)
		}
	}
	if all, _ := d.p.Store.List(t.Context(), ticket.Query{}); len(all) != 0 {
		t.Errorf("there are tickets: %+v", all)
	}
}

// Only a form that the desk made for this session does anything.
func TestForgedForms(t *testing.T) {
	d := serveDesk(t, nil)
	c, other := d.signedIn(), d.signedIn()
	asked, err := d.p.Store.Ask(t.Context(), "alice@contoso.com", "cli", ticket.ByPIN)
	if err != nil {
		t.Fatal(err)
	}
	revoke := deskTicketPath(asked.ID) + "/revoke"
	for name, test := range map[string]struct {
		csrf   string
		header map[string]string
		status int
	}{
		"no token":               {"", nil, 403},
		"another session's":      {other.csrf, nil, 403},
		"another site":           {c.csrf, map[string]string{"Sec-Fetch-Site": "cross-site"}, 403},
		"a sister site":          {c.csrf, map[string]string{"Sec-Fetch-Site": "same-site"}, 403},
		"an older browser there": {c.csrf, map[string]string{"Sec-Fetch-Site": "", "Origin": "https://evil.example"}, 403},
		"no origin":              {c.csrf, map[string]string{"Sec-Fetch-Site": ""}, 403},
		"an unsaid origin":       {"", map[string]string{"Sec-Fetch-Site": "", "Origin": "null"}, 403},
		"text":                   {c.csrf, map[string]string{"Content-Type": "text/plain"}, 415},
	} {
		if got := c.post(revoke, url.Values{"csrf": {test.csrf}}, test.header); got.status != test.status {
			t.Errorf("%s: %d, want %d", name, got.status, test.status)
		}
	}
	if got := c.get(revoke); got.status != http.StatusMethodNotAllowed {
		t.Errorf("revoking by GET: %d", got.status)
	}
	if got := d.only(); got.State != ticket.Pending {
		t.Fatalf("the ticket is %s", got.State)
	}
	if got := c.post(revoke, url.Values{"csrf": {c.csrf}}, nil); got.status != http.StatusSeeOther {
		t.Errorf("the right form: %d", got.status)
	}
	if got := d.only(); got.State != ticket.Revoked || got.EndedBy != localAdmin {
		t.Errorf("%+v", got)
	}
}

// Without a session there is nothing to see, and nothing to do.
func TestDeskNeedsSignIn(t *testing.T) {
	d := serveDesk(t, nil)
	c := d.client()
	for _, path := range []string{deskRoot, deskUsers, deskUser + "?name=alice@contoso.com", deskTickets + "/x"} {
		if got := c.get(path); got.status != http.StatusSeeOther || got.location != deskSignIn {
			t.Errorf("%s: %d %s", path, got.status, got.location)
		}
	}
	for _, path := range []string{deskTickets, deskTickets + "/x/revoke", deskSignOut} {
		if got := c.post(path, url.Values{"csrf": {""}}, nil); got.status != http.StatusForbidden {
			t.Errorf("%s: %d", path, got.status)
		}
	}
	in := d.signedIn()
	before := in.http.Jar.Cookies(&url.URL{Scheme: "http", Host: strings.TrimPrefix(d.url, "http://"), Path: "/"})
	in.post(deskSignIn, url.Values{"token": {d.token}}, nil)
	old := d.client()
	old.http.Jar.SetCookies(&url.URL{Scheme: "http", Host: strings.TrimPrefix(d.url, "http://"), Path: "/"}, before)
	if got := old.get(deskRoot); got.location != deskSignIn {
		t.Errorf("the session before signing in again: %d", got.status)
	}
	in.csrf = in.field(in.get(deskRoot), "csrf")
	if got := in.post(deskSignOut, url.Values{"csrf": {in.csrf}}, nil); got.location != deskSignIn {
		t.Errorf("signing out: %d", got.status)
	}
	if got := in.get(deskRoot); got.location != deskSignIn {
		t.Errorf("after signing out: %d", got.status)
	}
	none := serveDesk(t, func(o *Options) { o.Admin = AdminToken{} })
	if got := none.client().get(deskRoot); got.status != http.StatusNotFound {
		t.Errorf("no desk: %d", got.status)
	}
}

// Guesses are slowed down, and keep nobody out who has the token.
func TestAdminTokenIsGuessed(t *testing.T) {
	d := serveDesk(t, nil)
	c := d.client()
	for i := range missesOfAddress {
		if got := c.post(deskSignIn, url.Values{"token": {fmt.Sprint("guess", i)}}, nil); got.status != http.StatusForbidden {
			t.Fatalf("guess %d: %d", i, got.status)
		}
	}
	if got := c.post(deskSignIn, url.Values{"token": {"guess"}}, nil); got.status != http.StatusTooManyRequests || got.header.Get("Retry-After") == "" {
		t.Errorf("after %d guesses: %d", missesOfAddress, got.status)
	}
	if got := c.post(deskSignIn, url.Values{"token": {" " + d.token + "\n"}}, nil); got.status != http.StatusSeeOther {
		t.Errorf("the right one, from there: %d", got.status)
	}
}

func TestAdminToken(t *testing.T) {
	token, hash := NewAdminToken()
	if got, err := HashAdminToken(token); err != nil || got != hash || !got.is(token) || got.is(token+"A") || (AdminToken{}).is("") {
		t.Errorf("%v, %v", got, err)
	}
	for _, bad := range []string{"", "letmein", strings.Repeat("a", adminTokenLength), strings.Repeat("A", adminTokenLength+1)} {
		if _, err := HashAdminToken(bad); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}

func TestDeskList(t *testing.T) {
	d := serveDesk(t, nil)
	files, _ := contoso().Files(t.Context(), "x")
	const more = 5
	for i := range deskPageLength + more {
		d.clock.pass(time.Second)
		o := ticket.Order{User: fmt.Sprintf("user%02d@contoso.com", i), By: "cli", SignIn: ticket.ByPIN, Files: files}
		made, err := d.p.Store.Make(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		if i == 3 || i == 4 {
			_, _, err := d.p.Store.Redeem(t.Context(), made.Token, ticket.Proof{PIN: made.PIN})
			if err != nil {
				t.Fatal(err)
			}
			if i == 3 {
				d.fetched(made.Token, files[0].Name)
			}
		}
	}
	c := d.signedIn()
	rows := func(a answer) (users []string) {
		for _, m := range regexp.MustCompile(`<tr><th scope="row"><a [^>]*>([^<]+)</a>`).FindAllStringSubmatch(a.body, -1) {
			users = append(users, strings.TrimSuffix(m[1], "@contoso.com"))
		}
		return users
	}
	for query, want := range map[string]string{
		"?state=used":              "user04 user03",
		"?q=USER03":                "user03",
		"?q=nobody":                "",
		"?state=used&q=user04":     "user04",
		"?state=locked":            "",
		"?q=%25":                   "",
		"?q=user0&state=ready":     "user09 user08 user07 user06 user05 user02 user01 user00",
		"?q=user0&state=nobody":    "user09 user08 user07 user06 user05 user04 user03 user02 user01 user00",
		"?q=user0&state=unfetched": "user09 user08 user07 user06 user05 user04 user02 user01 user00",
	} {
		if got := strings.Join(rows(c.get(deskRoot+query)), " "); got != want {
			t.Errorf("%s: %s, want %s", query, got, want)
		}
	}
	first := c.get(deskRoot)
	next := regexp.MustCompile(`rel="next" href="([^"]*)"`).FindStringSubmatch(first.body)
	if next == nil || len(rows(first)) != deskPageLength || rows(first)[0] != "user54" {
		t.Fatalf("the first page has %d rows", len(rows(first)))
	}
	if got := strings.Join(rows(c.get(deskRoot+next[1])), " "); got != "user04 user03 user02 user01 user00" {
		t.Errorf("the next page: %s", got)
	}
	if got := c.get(deskRoot + "?after=nothing"); got.status != http.StatusNotFound {
		t.Errorf("after nothing: %d", got.status)
	}
}

func TestDeskUsers(t *testing.T) {
	d := serveDesk(t, nil)
	c := d.signedIn()
	if _, err := d.p.Store.Ask(t.Context(), "alice@contoso.com", "cli", ticket.ByPIN); err != nil {
		t.Fatal(err)
	}
	if _, err := d.p.Store.Ask(t.Context(), "malice@contoso.com", "cli", ticket.ByPIN); err != nil {
		t.Fatal(err)
	}
	all := c.get(deskUsers + "?q=contoso")
	if !strings.Contains(all.body, "bob@contoso.com") || strings.Count(all.body, "No link yet") != 1 || strings.Contains(all.body, ">carol<") {
		t.Errorf("users:\n%s", all.body)
	}
	one := c.get(deskUser + "?name=ALICE%40contoso.com").body
	fail, warn := strings.Index(one, "cert.san.routable"), strings.Index(one, "cert.validity")
	if fail < 0 || warn < fail || strings.Contains(one, "<script>") || !strings.Contains(one, "Checks passed: 1.") || strings.Count(one, `data-label="State"`) != 1 {
		t.Errorf("one user:\n%s", one)
	}
	if got := c.get(deskUser + "?name=nobody"); got.status != http.StatusNotFound {
		t.Errorf("nobody: %d", got.status)
	}
}

// The desk speaks each language throughout, and keeps the one that was chosen.
func TestDeskLanguages(t *testing.T) {
	d := serveDesk(t, func(o *Options) { o.Mail = &outbox{} })
	c := d.signedIn()
	path, _ := c.made(c.order("alice@contoso.com", ticket.ByPIN))
	key := regexp.MustCompile(`\b(desk|letter)\.[a-z]+`)
	for _, code := range Languages {
		c.get(deskRoot + "?lang=" + code)
		for _, page := range []string{deskRoot, deskUsers, deskUser + "?name=alice@contoso.com", path, deskUser + "?name=nobody", deskTickets + "/none"} {
			got := c.get(page)
			if !strings.Contains(got.body, `<html lang="`+code+`"`) || key.MatchString(strings.ReplaceAll(got.body, deskStyle, "")) {
				t.Errorf("%s in %s:\n%s", page, code, got.body)
			}
		}
		subject, body, err := Letter(code, Operator{}, &ticket.Made{Ticket: ticket.Ticket{SignIn: ticket.ByPIN, Expires: d.clock.now()}}, "LINK")
		if err != nil || key.MatchString(subject+body) || strings.ContainsAny(body, "<>&*{}") || !strings.Contains(body, "LINK") {
			t.Errorf("the letter in %s: %v\n%s\n%s", code, err, subject, body)
		}
	}
	if subject, _, _ := Letter("fr", Operator{}, &ticket.Made{}, ""); subject != "" {
		t.Error("a letter in no language of ours")
	}
}

// The log says who did what, and has no secret of any kind.
func TestAuditOfDesk(t *testing.T) {
	box := &outbox{}
	d := serveDesk(t, func(o *Options) { o.Mail = box })
	d.client().post(deskSignIn, url.Values{"token": {"WRONG-TOKEN"}}, nil)
	c := d.signedIn()
	path, page := c.made(c.order("alice@contoso.com", ticket.ByPIN))
	c.post(path+"/revoke", url.Values{"csrf": {c.csrf}}, nil)
	c.post(deskSignOut, url.Values{"csrf": {c.csrf}}, nil)
	log := d.log.String()
	for _, secret := range []string{d.token, "WRONG-TOKEN", c.csrf, pinIn.FindStringSubmatch(page.body)[1], linkIn.FindStringSubmatch(box.sent[0].Body)[1], "secret-password"} {
		if strings.Contains(log, secret) {
			t.Errorf("the log has %q:\n%s", secret, log)
		}
	}
	for _, event := range []string{eventSignInRefused, eventSignedIn, eventMade, eventMailed, eventRevoked, eventSignedOut} {
		if !strings.Contains(log, `"msg":"`+event+`"`) {
			t.Errorf("the log has no %s:\n%s", event, log)
		}
	}
}

// What is told once leaves the memory when its time is over, looked at or not.
func TestTidy(t *testing.T) {
	p := &person{}
	now := time.Unix(0, 0)
	p.keep(&fresh{once: "form", id: "x", pin: "123456", link: "https://link", until: now.Add(freshLife)})
	p.tidy(now.Add(freshLife - 1))
	if p.fresh[0].pin == "" || p.fresh[0].link == "" {
		t.Error("it was forgotten too early")
	}
	p.tidy(now.Add(freshLife))
	if f := p.fresh[0]; f.pin != "" || f.link != "" || p.madeBy("form") != "x" {
		t.Errorf("left: PIN %d, link %q, of the form %q", len(f.pin), f.link, p.madeBy("form"))
	}
}

// While a mail goes out slowly, the same person goes on, and is shown other pages.
func TestSlowMailHoldsNothingUp(t *testing.T) {
	begun, done := make(chan bool), make(chan bool)
	d := serveDesk(t, func(o *Options) { o.Mail = heldMail{begun, done} })
	c := d.signedIn()
	form := c.order("alice@contoso.com", ticket.ByPIN)
	var posting sync.WaitGroup
	posting.Go(func() { c.post(deskTickets, form, nil) })
	<-begun
	if got := c.get(deskRoot); got.status != http.StatusOK {
		t.Errorf("meanwhile: %d", got.status)
	}
	d.p.Tidy()
	close(done)
	posting.Wait()
}

// heldMail sends when it is told to.
type heldMail struct{ begun, done chan bool }

func (m heldMail) Send(ctx context.Context, _ Message) error {
	m.begun <- true
	select {
	case <-m.done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func TestAuditAttributes(t *testing.T) {
	var b strings.Builder
	log := NewAudit(&b)
	log.Info("x", "token", ticket.Token("TTTT"), "pin", ticket.PIN("123456"), "session", ticket.Session("SSSS"), "made", &ticket.Made{Token: "TTTT", PIN: "123456"},
		"text", "a\x1b[31m\u202e"+strings.Repeat("b", 2*maxAudited), "err", fmt.Errorf("line\nline"))
	got := b.String()
	for _, bad := range []string{"TTTT", "123456", "SSSS", `\u001b`, "\u202e", strings.Repeat("b", maxAudited), `\n`} {
		if strings.Contains(got, bad) {
			t.Errorf("the record has %q: %s", bad, got)
		}
	}
}

func TestHealth(t *testing.T) {
	d := serveDesk(t, nil)
	r, _ := http.NewRequest(http.MethodGet, d.url+healthPath, nil)
	r.Host = "10.0.0.7"
	if got := d.client().do(r); got.status != http.StatusOK || got.body != `{"status":"ok"}`+"\n" || got.header.Get("Cache-Control") != "no-store" {
		t.Errorf("%d %s", got.status, got.body)
	}
	r.Method = http.MethodDelete
	if got := d.client().do(r); got.status != http.StatusMethodNotAllowed {
		t.Errorf("DELETE: %d", got.status)
	}
	d.p.Store.Close()
	r.Method = http.MethodGet
	if got := d.client().do(r); got.status != http.StatusServiceUnavailable || strings.Contains(got.body, "/") {
		t.Errorf("with the store closed: %d %s", got.status, got.body)
	}
}

// Sessions end with time, with rest, and where there are too many.
func TestPeople(t *testing.T) {
	clock := &clockAt{t: time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)}
	all := newPeople("x", true, time.Hour, 20*time.Minute, 2, clock.now)
	enter := func(name string) *http.Request {
		w := &responses{header: http.Header{}}
		all.admit(w, &http.Request{}, identity{name: name})
		cookie := w.header.Get("Set-Cookie")
		for _, want := range []string{"__Host-x=", "Path=/", "HttpOnly", "Secure", "SameSite=Lax"} {
			if !strings.Contains(cookie, want) {
				t.Errorf("the cookie has no %s: %s", want, cookie)
			}
		}
		value, _, _ := strings.Cut(cookie, ";")
		return &http.Request{Header: http.Header{"Cookie": {value}}}
	}
	there := func(r *http.Request) bool { return all.who(r) != nil }
	a := enter("a")
	for range 3 {
		clock.pass(19 * time.Minute)
		if !there(a) {
			t.Fatal("a was seen in time, and is gone")
		}
	}
	clock.pass(3 * time.Minute)
	if there(a) {
		t.Error("a is there after an hour")
	}
	b, c := enter("b"), enter("c")
	there(b)
	d := enter("d")
	if there(c) || !there(b) || !there(d) || all.age.Len() != 2 || len(all.of) != 2 {
		t.Error("of three not the two that were seen last are there")
	}
	clock.pass(20 * time.Minute)
	if there(b) {
		t.Error("b is there after a rest")
	}
	enter("e")
	if all.age.Len() != 1 || len(all.of) != 1 {
		t.Errorf("%d of %d are kept, where one is there", all.age.Len(), len(all.of))
	}
	clock.pass(20 * time.Minute)
	if all.tidy(); all.age.Len() != 0 || len(all.of) != 0 {
		t.Errorf("%d are kept, where nobody is there", all.age.Len())
	}
}

// responses keeps headers.
type responses struct{ header http.Header }

func (r *responses) Header() http.Header       { return r.header }
func (*responses) Write(b []byte) (int, error) { return len(b), nil }
func (*responses) WriteHeader(int)             {}
