package portal

import (
	"bytes"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/easkit/easkit/profiles/portal/ticket"
)

// site is a portal that serves on loopback, with what it logged.
type site struct {
	*Portal
	url string
	log *safeBuffer
}

// safeBuffer may be written to by many.
type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safeBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *safeBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// movedClock is a clock that tests move.
type movedClock struct{ ahead atomic.Int64 }

func (c *movedClock) now() time.Time       { return time.Now().Add(time.Duration(c.ahead.Load())) }
func (c *movedClock) pass(d time.Duration) { c.ahead.Add(int64(d)) }

func newSite(t testing.TB) *site { t.Helper(); return newSiteAt(t, time.Now) }

func newSiteAt(t testing.TB, now func() time.Time) *site {
	t.Helper()
	store, err := ticket.Open(t.Context(), t.TempDir(), now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &site{url: "http://" + listener.Addr().String(), log: &safeBuffer{}}
	if s.Portal, err = New(Options{Store: store, Origin: s.url, Now: now, Log: slog.New(slog.NewJSONHandler(s.log, nil))}); err != nil {
		t.Fatal(err)
	}
	server := NewServer(s.Portal)
	go server.Serve(listener)
	t.Cleanup(func() { server.Close() })
	return s
}

// secretPassword is that of the files in tests.
const secretPassword = "k7fm-2qxp-9hvt-4rdw"

// aliceFiles are a user's for both phones.
func aliceFiles(t testing.TB, bundle string) []ticket.File {
	t.Helper()
	read := func(path string) []byte {
		data, err := os.ReadFile("../../testdata/" + path)
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	return []ticket.File{
		{Name: "alice.mobileconfig", Kind: ticket.KindProfile, Data: read("profiles/by-hand.mobileconfig")},
		{Name: "alice.p12", Kind: ticket.KindPKCS12, Data: read("foreign/openssl-aes128-sha512mac.p12")},
		{Name: "alice.password", Kind: ticket.KindPassword, Data: []byte(secretPassword + "\n")},
		{Name: "bundle.json", Kind: ticket.KindBundle, Data: read("android/" + bundle)},
	}
}

func (s *site) order(t testing.TB, how ticket.SignIn, files []ticket.File) *ticket.Made {
	t.Helper()
	made, err := s.Store.Make(t.Context(), ticket.Order{User: "alice@contoso.com", By: "test", SignIn: how, Files: files})
	if err != nil {
		t.Fatal(err)
	}
	return made
}

// newVisitor is a browser without pages: it keeps cookies, and follows nothing.
func newVisitor(t testing.TB) *http.Client {
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// reply is a response that was read.
type reply struct {
	*http.Response
	body string
}

// send sends a request with headers, given in pairs.
func send(t testing.TB, c *http.Client, method, address, body string, headers ...string) reply {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		if req.Header.Set(headers[i], headers[i+1]); headers[i] == "Host" {
			req.Host = headers[i+1]
		}
	}
	resp, err := c.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return reply{resp, string(data)}
}

func get(t testing.TB, c *http.Client, address string, headers ...string) reply {
	t.Helper()
	return send(t, c, http.MethodGet, address, "", headers...)
}

// press sends the form of a link's page, as a browser does.
func press(t testing.TB, c *http.Client, link string, pin ticket.PIN, headers ...string) reply {
	t.Helper()
	form := url.Values{pinField: {string(pin)}}.Encode()
	return send(t, c, http.MethodPost, link, form, append([]string{"Content-Type", formType, "Sec-Fetch-Site", "same-origin"}, headers...)...)
}

func wantStatus(t *testing.T, what string, a reply, status int) {
	t.Helper()
	if a.StatusCode != status {
		t.Errorf("%s: status %d, want %d: %s", what, a.StatusCode, status, titleOf(a.body))
	}
}

var title = regexp.MustCompile(`<h1>([^<]*)</h1>`)

func titleOf(body string) string {
	if m := title.FindStringSubmatch(body); m != nil {
		return m[1]
	}
	return body[:min(len(body), 200)]
}

const iPhone = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1"

// An iPhone gets its profile once the button is pressed, and for ten minutes again; anybody
// else is told that the link is used.
func TestVisitIPhone(t *testing.T) {
	s := newSite(t)
	made := s.order(t, ticket.ByPIN, aliceFiles(t, "bundle.json"))
	link, c := s.Link(made.Token), newVisitor(t)
	page := get(t, c, link, "User-Agent", iPhone)
	wantStatus(t, "the page", page, http.StatusOK)
	if strings.Contains(page.body, string(made.Token)) || strings.Contains(page.body, "alice@") {
		t.Error("the page of a link tells the token, or whom it is for, to whoever opens it")
	}
	for _, path := range []string{stepsEnd, passwordEnd, "/file/alice.mobileconfig"} {
		wantStatus(t, path+" before the button", get(t, c, link+path), http.StatusSeeOther)
	}
	used := press(t, c, link+"?lang=de", made.PIN)
	wantStatus(t, "the button", used, http.StatusSeeOther)
	if to := used.Header.Get("Location"); to != ticketPath(made.Token)+"/steps?lang=de" {
		t.Errorf("it leads to %q", to)
	}
	steps := get(t, c, link+"/steps", "User-Agent", iPhone)
	wantStatus(t, "the steps", steps, http.StatusOK)
	for _, want := range []string{`href="file/alice.mobileconfig"`, `href="password"`, "8 minutes", "alice@contoso.com"} {
		if !strings.Contains(steps.body, want) {
			t.Errorf("the steps have no %q", want)
		}
	}
	if strings.Contains(steps.body, secretPassword) {
		t.Error("the password stands in the steps")
	}
	for range 2 {
		file := get(t, c, link+"/file/alice.mobileconfig")
		wantStatus(t, "the file", file, http.StatusOK)
		if got := file.Header.Get("Content-Type"); got != "application/x-apple-aspen-config" {
			t.Errorf("its type is %q", got)
		}
		if file.body != string(aliceFiles(t, "bundle.json")[0].Data) || file.Header.Get("Content-Disposition") != `attachment; filename=alice.mobileconfig` {
			t.Errorf("it came as %q, with %d bytes", file.Header.Get("Content-Disposition"), len(file.body))
		}
	}
	if shown := get(t, c, link+"/password"); !strings.Contains(shown.body, ">"+secretPassword+"<") {
		t.Error("the password is not shown: ", titleOf(shown.body))
	}
	wantStatus(t, "the page again", get(t, c, link), http.StatusSeeOther)
	for _, path := range []string{"", stepsEnd, passwordEnd, "/file/alice.mobileconfig"} {
		wantStatus(t, path+" for others", get(t, newVisitor(t), link+path), http.StatusGone)
	}
	if log := s.log.String(); !strings.Contains(log, made.ID) || strings.Contains(log, string(made.Token)) || strings.Contains(log, string(made.PIN)) || strings.Contains(log, secretPassword) {
		t.Errorf("the log names no ticket, or a secret:\n%s", log)
	}
}

// When its time is over, the browser that used the link is told so, and may fetch nothing;
// anybody else is told when it was used, and of the steps only while the time runs.
func TestVisitOver(t *testing.T) {
	clock := &movedClock{}
	s := newSiteAt(t, clock.now)
	made := s.order(t, ticket.ByPIN, aliceFiles(t, "bundle.json"))
	link, c := s.Link(made.Token), newVisitor(t)
	used := press(t, c, link, made.PIN)
	if cookies := used.Cookies(); len(cookies) != 1 || cookies[0].MaxAge <= int(ticket.Window.Seconds()) {
		t.Errorf("the cookies are %v", cookies)
	}
	const alarm = "at once"
	steps := `href="` + ticketPath(made.Token) + `/steps"`
	if page := get(t, newVisitor(t), link); !strings.Contains(page.body, steps) || !strings.Contains(page.body, alarm) || !strings.Contains(page.body, "<time ") {
		t.Error("another browser is not told when the link was used, or how the one that did goes on")
	}
	if page := get(t, newVisitor(t), link+"/steps"); strings.Contains(page.body, steps) {
		t.Error("the way to the steps leads to itself")
	}
	if page := get(t, c, link+"/steps"); !strings.Contains(page.body, "about 10 min") {
		t.Error("the steps do not say how long files can be fetched")
	}
	clock.pass(ticket.Window)
	for _, path := range []string{"", passwordEnd, "/file/alice.mobileconfig"} {
		page := get(t, c, link+path)
		wantStatus(t, path+" too late", page, http.StatusGone)
		if titleOf(page.body) != "Your 10 minutes are over" || strings.Contains(page.body, alarm) || !strings.Contains(page.body, steps) {
			t.Errorf("%q too late: %s", path, page.body)
		}
	}
	for _, purge := range []bool{false, true} {
		if purge {
			if err := s.Store.Purge(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		for _, device := range []string{"apple", "android"} {
			page := get(t, c, link+"/steps?device="+device)
			wantStatus(t, "the steps too late", page, http.StatusOK)
			if !strings.Contains(page.body, "Your 10 minutes are over") || strings.Contains(page.body, `href="file`) || strings.Contains(page.body, `href="password`) {
				t.Errorf("the steps of %s, to be read: %s", device, page.body)
			}
			if strings.Contains(page.body, "mail.contoso.com") || strings.Contains(page.body, "eas-alice") || strings.Contains(page.body, "<code>") {
				t.Errorf("the steps of %s have what was in the files: %s", device, page.body)
			}
		}
	}
	wantStatus(t, "the steps too late, elsewhere", get(t, forged(t, s, made), link+"/steps"), http.StatusGone)
	wantStatus(t, "the button too late", press(t, c, link, made.PIN), http.StatusGone)
	if s.told(eventEnded) != 3 { // the other browser above, twice, and the forged one
		t.Error("the browser that used the link is told of in the log")
	}
	for name, others := range map[string]*http.Client{"another": newVisitor(t), "a forged": forged(t, s, made)} {
		if page := get(t, others, link); strings.Contains(page.body, steps) || !strings.Contains(page.body, alarm) {
			t.Errorf("%s browser is told too late:\n%s", name, page.body)
		}
	}
}

// forged is a browser with a session that is none of a ticket's.
func forged(t *testing.T, s *site, made *ticket.Made) *http.Client {
	t.Helper()
	c := newVisitor(t)
	at, err := url.Parse(s.url + "/t/")
	if err != nil {
		t.Fatal(err)
	}
	c.Jar.SetCookies(at, []*http.Cookie{s.cookie(&made.Ticket, ticket.Session(made.Token))})
	return c
}

// What one session does again and again is written down a few times; a second file is
// noted all the same, and what nobody asked for is not sent.
func TestRepeatedFetches(t *testing.T) {
	s, c := newSite(t), newVisitor(t)
	made := s.order(t, ticket.ByPIN, aliceFiles(t, "bundle.json"))
	link := s.Link(made.Token)
	press(t, c, link, made.PIN)
	for _, path := range []string{passwordEnd, "/file/alice.p12"} {
		for _, name := range []string{"Sec-Purpose", "Purpose", "X-Moz"} {
			wantStatus(t, path+" ahead", get(t, c, link+path, name, "prefetch"), http.StatusServiceUnavailable)
		}
	}
	if s.told(eventFetched) != 0 || s.told(eventPassword) != 0 {
		t.Error("what was not sent is told of")
	}
	for range 20 {
		wantStatus(t, "the file", get(t, c, link+"/file/alice.p12"), http.StatusOK)
		wantStatus(t, "the password", get(t, c, link+passwordEnd), http.StatusOK)
	}
	if f, p := s.told(eventFetched), s.told(eventPassword); f != int(ofRepeated.most) || p != int(ofRepeated.most) {
		t.Errorf("20 fetches are told of %d times, and the password %d times", f, p)
	}
	get(t, c, link+"/file/alice.mobileconfig")
	get(t, c, link+stepsEnd) // by the same connection, and so after the file is told of
	if f := s.told(eventFetched); f != int(ofRepeated.most)+1 {
		t.Error("the other file is not told of")
	}
}

// A computer on which a phone was chosen is told what the button does there; an iPhone is
// told to use Safari.
func TestToldBeforeTheButton(t *testing.T) {
	s := newSite(t)
	link := s.Link(s.order(t, ticket.ByPIN, aliceFiles(t, "bundle.json")).Token)
	for _, test := range []struct {
		agent, query string
		here, safari bool
	}{
		{"", "?device=apple", true, true}, {"", "?device=android", true, false},
		{iPhone, "", false, true}, {iPhone, "?device=apple", false, true}, {iPhone, "?device=android", false, false},
	} {
		page := get(t, newVisitor(t), link+test.query, "User-Agent", test.agent).body
		if strings.Contains(page, `id="here"`) != test.here || strings.Contains(page, "<strong>Safari</strong>") != test.safari {
			t.Errorf("%q %s: %s", test.agent, test.query, page)
		}
	}
}

func TestRoundLeft(t *testing.T) {
	for d, want := range map[time.Duration]time.Duration{
		24*time.Hour - time.Minute: 24 * time.Hour, 89 * time.Minute: time.Hour, 59 * time.Minute: 59 * time.Minute, -time.Second: 0,
	} {
		if got := roundLeft(d); got != want {
			t.Errorf("%v: %v, want %v", d, got, want)
		}
	}
}

// Android gets the .p12, the alias and the values of its mail app.
func TestVisitAndroid(t *testing.T) {
	for _, test := range []struct {
		bundle string
		want   []string
		not    []string
	}{
		{"bundle.json", []string{">mail.contoso.com<", ">8443<", ">eas-alice<", "Gmail"}, []string{"Outlook"}},
		{"bundle-outlook.json", []string{">alice@contoso.com<", ">eas-alice<", "Outlook"}, []string{"Gmail", "outlook.office365.com"}},
		{"", []string{"Exchange account"}, []string{"eas-alice", "Gmail", "Outlook"}},
	} {
		s, c := newSite(t), newVisitor(t)
		files := aliceFiles(t, "bundle.json")[1:3]
		if test.bundle != "" {
			files = aliceFiles(t, test.bundle)[1:]
		}
		made := s.order(t, ticket.ByPIN, files)
		link := s.Link(made.Token)
		wantStatus(t, "the button", press(t, c, link+"?device=android", made.PIN), http.StatusSeeOther)
		steps := get(t, c, link+"/steps?device=android")
		for _, want := range append(test.want, `href="file/alice.p12"`, `href="password?device=android"`) {
			if !strings.Contains(steps.body, want) {
				t.Errorf("%q: the steps have no %q", test.bundle, want)
			}
		}
		for _, not := range append(test.not, secretPassword, string(made.Token)) {
			if strings.Contains(steps.body, not) {
				t.Errorf("%q: the steps have %q", test.bundle, not)
			}
		}
		file := get(t, c, link+"/file/alice.p12")
		if file.Header.Get("Content-Type") != "application/x-pkcs12" || file.body != string(files[0].Data) {
			t.Errorf("the .p12 came as %s with %d bytes", file.Header.Get("Content-Type"), len(file.body))
		}
		for _, name := range []string{"alice.password", "bundle.json", "..%2fx", "..%2F..%2Ftickets.db", "none"} {
			wantStatus(t, name, get(t, c, link+"/file/"+name), http.StatusNotFound)
		}
	}
}

// A ticket that has nothing for the device is not used up.
func TestVisitWrongDevice(t *testing.T) {
	s := newSite(t)
	made := s.order(t, ticket.ByPIN, aliceFiles(t, "bundle.json")[1:])
	page := get(t, newVisitor(t), s.Link(made.Token), "User-Agent", iPhone)
	if strings.Contains(page.body, "<form") || !strings.Contains(page.body, "not used yet") {
		t.Error("the page of a link without a profile lets an iPhone use it")
	}
}

// Links of one minute share their page, which has nothing of either; what differs is
// written anew.
func TestSharedPages(t *testing.T) {
	s := newSite(t)
	now := time.Now().Truncate(time.Hour)
	s.Now = func() time.Time { return now }
	first, second := s.order(t, ticket.ByPIN, aliceFiles(t, "bundle.json")), s.order(t, ticket.ByPIN, aliceFiles(t, "bundle.json")[1:])
	c := newVisitor(t)
	seen := map[string]string{}
	for name, address := range map[string]string{
		"first": s.Link(first.Token) + "?device=android", "second": s.Link(second.Token) + "?device=android",
		"German": s.Link(first.Token) + "?device=android&lang=de", "Apple": s.Link(first.Token) + "?device=apple",
		"nothing": s.Link(second.Token) + "?device=apple",
	} {
		for range 2 {
			a := get(t, c, address)
			wantStatus(t, name, a, http.StatusOK)
			if before, there := seen[name]; there && a.body != before {
				t.Errorf("%s is another page the second time", name)
			}
			seen[name] = a.body
		}
	}
	if seen["first"] != seen["second"] && first.Expires.Truncate(time.Minute).Equal(second.Expires.Truncate(time.Minute)) {
		t.Error("two links of one minute have different pages")
	}
	different := map[string]bool{seen["first"]: true, seen["German"]: true, seen["Apple"]: true, seen["nothing"]: true}
	if len(different) != 4 {
		t.Errorf("of four different pages %d differ", len(different))
	}
	for i := range 2 * maxOffers {
		s.offers.put(offerKey{ends: int64(i)}, nil)
	}
	if len(s.offers.pages) > maxOffers {
		t.Errorf("%d pages are kept", len(s.offers.pages))
	}
}

// Programs that look at links, browsers that fetch in advance, and HEAD change nothing.
func TestLooking(t *testing.T) {
	s := newSite(t)
	made := s.order(t, ticket.ByPIN, aliceFiles(t, "bundle.json"))
	link := s.Link(made.Token)
	for _, method := range []string{http.MethodGet, http.MethodHead} {
		for _, headers := range [][]string{{"Sec-Purpose", "prefetch;prerender"}, {"Purpose", "prefetch"}, {"X-Moz", "prefetch"}, {"User-Agent", "Slackbot-LinkExpanding 1.0"}} {
			wantStatus(t, method+" "+headers[0], send(t, newVisitor(t), method, link, "", headers...), http.StatusOK)
		}
	}
	c := newVisitor(t)
	wantStatus(t, "the button", press(t, c, link, made.PIN), http.StatusSeeOther)
	head := send(t, c, http.MethodHead, link+"/file/alice.p12", "")
	wantStatus(t, "HEAD of a file", head, http.StatusOK)
	now, err := s.Store.Get(t.Context(), made.ID)
	if err != nil || !now.Fetched.IsZero() || head.body != "" {
		t.Errorf("after HEAD: %v, fetched %v", err, now.Fetched)
	}
}

// Wrong PINs are told, and lock the link. Until then the right one is taken at any time.
func TestWrongPIN(t *testing.T) {
	for _, wrongs := range []int{ticket.Attempts - 1, ticket.Attempts} {
		s := newSite(t)
		made := s.order(t, ticket.ByPIN, aliceFiles(t, "bundle.json"))
		link, wrong := s.Link(made.Token), ticket.PIN("000000")
		if made.PIN == wrong {
			wrong = "000001"
		}
		for i := range wrongs {
			a := press(t, newVisitor(t), link+"?device=apple", wrong)
			if i == ticket.Attempts-1 {
				wantStatus(t, "the last wrong PIN", a, http.StatusGone)
				continue
			}
			wantStatus(t, "a wrong PIN", a, http.StatusForbidden)
			if !strings.Contains(a.body, `role="alert"`) || !strings.Contains(a.body, `aria-invalid="true"`) {
				t.Errorf("wrong PIN %d is not told", i+1)
			}
		}
		a := press(t, newVisitor(t), link, made.PIN)
		if wrongs < ticket.Attempts {
			wantStatus(t, "the right one", a, http.StatusSeeOther)
			continue
		}
		wantStatus(t, "the right one, too late", a, http.StatusGone)
		if titleOf(a.body) != "This link is locked" {
			t.Error(titleOf(a.body))
		}
	}
}

// What can't be a PIN does not lock the link, and is slowed down.
func TestManyThatAreNoPIN(t *testing.T) {
	s := newSite(t)
	clock := time.Now()
	s.limits.now = func() time.Time { return clock }
	made := s.order(t, ticket.ByPIN, aliceFiles(t, "bundle.json"))
	link := s.Link(made.Token)
	for range missesOfTicket {
		wantStatus(t, "no PIN", press(t, newVisitor(t), link, "12"), http.StatusForbidden)
	}
	a := press(t, newVisitor(t), link, made.PIN)
	wantStatus(t, "the next", a, http.StatusTooManyRequests)
	if a.Header.Get("Retry-After") != "10" || !strings.Contains(a.body, "Wait 10 s") || !strings.Contains(a.body, `href="`+ticketPath(made.Token)+`"`) {
		t.Errorf("Retry-After is %q, and the page says: %s", a.Header.Get("Retry-After"), a.body)
	}
	clock = clock.Add(ticketRefill)
	wantStatus(t, "the right one", press(t, newVisitor(t), link, made.PIN), http.StatusSeeOther)
}

// A hundred browsers at the same moment: one gets the files.
func TestOneWinner(t *testing.T) {
	s := newSite(t)
	made := s.order(t, ticket.ByPIN, aliceFiles(t, "bundle.json"))
	const visitors = 100
	var wins, rest sync.Map
	var all sync.WaitGroup
	for i := range visitors {
		all.Go(func() {
			a := press(t, newVisitor(t), s.Link(made.Token), made.PIN)
			if a.StatusCode == http.StatusSeeOther && len(a.Cookies()) > 0 {
				wins.Store(i, true)
			} else {
				rest.Store(a.StatusCode, true)
			}
		})
	}
	all.Wait()
	won := 0
	wins.Range(func(any, any) bool { won++; return true })
	if won != 1 {
		t.Errorf("%d browsers got the files", won)
	}
	rest.Range(func(status, _ any) bool {
		if status != http.StatusGone && status != http.StatusTooManyRequests {
			t.Errorf("another got status %d", status)
		}
		return true
	})
}

// Links that are not known are counted against an address, and shut nobody out who shares
// it and has one that is.
func TestUnknownLinks(t *testing.T) {
	s := newSite(t)
	made := s.order(t, ticket.ByPIN, aliceFiles(t, "bundle.json"))
	c := newVisitor(t)
	for range missesOfAddress {
		wantStatus(t, "an unknown link", get(t, c, s.url+"/t/none"), http.StatusNotFound)
	}
	for range missesOfAddress {
		wantStatus(t, "one more", get(t, c, s.url+"/t/none"), http.StatusTooManyRequests)
	}
	wantStatus(t, "a known one, from there", get(t, c, s.Link(made.Token)), http.StatusOK)
	wantStatus(t, "its PIN", press(t, c, s.Link(made.Token), made.PIN), http.StatusSeeOther)
	wantStatus(t, "its file", get(t, c, s.Link(made.Token)+"/file/alice.mobileconfig"), http.StatusOK)
	if n := s.told(eventLimited); n != 1 {
		t.Errorf("that the address missed too often is told %d times", n)
	}
}

// told is how often the log tells of an event.
func (s *site) told(event string) int { return strings.Count(s.log.String(), `"msg":"`+event+`"`) }

// The log tells of guesses, of the lock, and of whoever comes to a link that was used.
func TestAuditOfVisitors(t *testing.T) {
	s := newSite(t)
	clock := time.Now()
	s.limits.now = func() time.Time { return clock }
	made, wrong := s.order(t, ticket.ByPIN, aliceFiles(t, "bundle.json")), ticket.PIN("000000")
	if made.PIN == wrong {
		wrong = "000001"
	}
	for range ticket.Attempts {
		press(t, newVisitor(t), s.Link(made.Token), wrong)
		clock = clock.Add(ticketRefill)
	}
	if s.told(eventRefused) != ticket.Attempts-1 || s.told(eventLocked) != 1 || s.told(eventEnded) != 0 {
		t.Errorf("after the guess that locks:\n%s", s.log)
	}
	used := s.order(t, ticket.ByPIN, aliceFiles(t, "bundle.json"))
	c := newVisitor(t)
	press(t, c, s.Link(used.Token), used.PIN)
	head := send(t, c, http.MethodHead, s.Link(used.Token)+passwordEnd, "")
	wantStatus(t, "HEAD of the password", head, http.StatusOK)
	if s.told(eventPassword) != 0 {
		t.Error("a password is told as shown that was not")
	}
	if get(t, c, s.Link(used.Token)); s.told(eventEnded) != 0 {
		t.Error("the browser that used the link is told of")
	}
	for range 2 * missesOfTicket {
		wantStatus(t, "who comes later", get(t, newVisitor(t), s.Link(used.Token)), http.StatusGone)
	}
	if n := s.told(eventEnded); n != missesOfTicket || !strings.Contains(s.log.String(), `"state":"used"`) {
		t.Errorf("who came later is told of %d times:\n%s", n, s.log)
	}
}

// Few files of one ticket go out at the same time, and those of others all the same.
func TestDownloads(t *testing.T) {
	var d downloads
	for i := range maxDownloads {
		if !d.begin("a") {
			t.Errorf("download %d waits", i+1)
		}
	}
	if d.begin("a") || !d.begin("b") {
		t.Error("the bound is not each ticket's")
	}
	if d.end("a"); !d.begin("a") {
		t.Error("one that ended is counted")
	}
	for range maxDownloads {
		d.end("a")
	}
	if d.end("b"); len(d.of) != 0 {
		t.Errorf("%v are kept", d.of)
	}
}

// Every way in which a link ends has its page, in every language.
func TestEndedPages(t *testing.T) {
	s := newSite(t)
	r, err := http.NewRequest(http.MethodGet, s.url+"/t/x", nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range endings {
		for _, code := range Languages {
			r.URL.RawQuery = langParameter + "=" + code
			v := s.view(r, "ended", ended{State: e.state})
			if !v.known("ended."+string(e.state)+"-title") || !v.known("ended."+string(e.state)+"-text") {
				t.Errorf("%s has no texts in %q", e.state, code)
			}
		}
	}
}
