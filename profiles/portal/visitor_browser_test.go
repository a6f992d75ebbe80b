package portal

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	cdpbrowser "github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/easkit/easkit/certs/preflight/browsertest"
	"github.com/easkit/easkit/profiles/portal/ticket"
)

const (
	screenshots = "EASKIT_SCREENSHOTS" // names a folder to keep pictures of the pages in
	axePath     = "EASKIT_AXE"         // names axe-core's axe.min.js
)

// tab is a headless Chromium with one page, and what went wrong on it.
type tab struct {
	t   *testing.T
	ctx context.Context
	url string // of the portal: nothing else may be asked for
	axe string

	mu       sync.Mutex
	refused  bool // the page's own status is an error, which the console says
	problems []string
}

// newTab starts a Chromium that talks to the portal alone.
func newTab(t *testing.T, s *site) *tab {
	t.Helper()
	ctx := browsertest.Start(t)
	b := &tab{t: t, ctx: ctx, url: s.url}
	if file := os.Getenv(axePath); file != "" {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		b.axe = string(data)
	}
	if err := chromedp.Listen(ctx, b.listen); err != nil {
		t.Fatal(err)
	}
	call(b, network.Enable, network.EnableParams{})
	call(b, log.Enable, cdp.Empty{})
	call(b, runtime.Enable, cdp.Empty{})
	return b
}

// listen notes errors of the page, and requests to others than the portal.
func (b *tab) listen(event any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch e := event.(type) {
	case *log.EventEntryAdded:
		if !b.refused || !strings.HasPrefix(e.Entry.Text, "Failed to load resource: the server responded with a status of 4") {
			b.problems = append(b.problems, "log: "+e.Entry.Text)
		}
	case *runtime.EventConsoleAPICalled:
		b.problems = append(b.problems, "console: "+string(e.Type))
	case *runtime.EventExceptionThrown:
		b.problems = append(b.problems, "exception: "+e.ExceptionDetails.Text)
	case *network.EventRequestWillBeSent:
		if !strings.HasPrefix(e.Request.URL, b.url+"/") && !strings.HasPrefix(e.Request.URL, "data:") {
			b.problems = append(b.problems, "request: "+e.Request.URL)
		}
		if referrer, ok := e.Request.Headers["Referer"].(string); ok && referrer != "" {
			b.problems = append(b.problems, "Referer: "+referrer)
		}
	}
}

// refusing says whether the pages that follow have an error as their status.
func (b *tab) refusing(is bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.refused = is
}

// call sends a command of the browser's protocol.
func call[P, R any](b *tab, command cdp.Command[P, R], params P) {
	b.t.Helper()
	if _, err := chromedp.Call(b.ctx, command, params); err != nil {
		b.t.Fatal(err)
	}
}

// act does something on the page.
func act[T any](b *tab, action chromedp.Action[T]) T {
	b.t.Helper()
	v, err := chromedp.Run(b.ctx, action)
	if err != nil {
		b.t.Fatal(err)
	}
	return v
}

// eval runs an expression on the page, and waits for it where it is a promise.
func eval[T any](b *tab, expression string) T {
	b.t.Helper()
	return act(b, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
}

// look emulates a device: its browser's name and language, its width, light or dark.
func (b *tab) look(agent, language string, width int64, scheme string) {
	b.t.Helper()
	call(b, emulation.SetUserAgentOverride, emulation.SetUserAgentOverrideParams{UserAgent: agent, AcceptLanguage: language})
	call(b, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: width, Height: 900, DeviceScaleFactor: 1, Mobile: width < 600})
	call(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
}

func (b *tab) open(address string) { b.t.Helper(); act(b, chromedp.Navigate(address)) }

// healthy wants that nothing went wrong so far.
func (b *tab) healthy() {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.problems) > 0 {
		b.t.Errorf("the pages have problems:\n%s", strings.Join(b.problems, "\n"))
	}
	b.problems = nil
}

// picture takes a screenshot of the whole page, and wants it to show something.
func (b *tab) picture(name string) {
	b.t.Helper()
	shot := act(b, chromedp.FullScreenshot(100))
	if dir := os.Getenv(screenshots); dir != "" {
		if err := os.WriteFile(filepath.Join(dir, name+".png"), shot, 0o644); err != nil {
			b.t.Error(err)
		}
	}
	img, err := png.Decode(bytes.NewReader(shot))
	if err != nil {
		b.t.Fatal(err)
	}
	seen := map[color.Color]bool{}
	for y := img.Bounds().Min.Y; y < img.Bounds().Max.Y; y += 3 {
		for x := img.Bounds().Min.X; x < img.Bounds().Max.X; x += 3 {
			seen[img.At(x, y)] = true
		}
	}
	if len(seen) < 20 {
		b.t.Errorf("%s has %d colours: it is blank", name, len(seen))
	}
}

// violation is what axe-core finds.
type violation struct {
	ID, Impact, Help string
	Nodes            []struct{ HTML string }
}

// accessible wants that the page is not wider than the screen, and that axe-core, where it
// is there, finds nothing.
func (b *tab) accessible(name string) {
	b.t.Helper()
	// innerWidth would not do: it grows on a phone where the page is too wide.
	if over := eval[int](b, `document.documentElement.scrollWidth - document.documentElement.clientWidth`); over > 0 {
		b.t.Errorf("%s is %d pixels too wide", name, over)
	}
	if b.axe == "" {
		return
	}
	eval[chromedp.Void](b, b.axe+"; undefined")
	found := eval[string](b, `axe.run().then((r) => JSON.stringify(r.violations.map((v) => ({id: v.id, impact: v.impact, help: v.help, nodes: v.nodes.map((n) => ({html: n.html}))}))))`)
	var all []violation
	if err := json.Unmarshal([]byte(found), &all); err != nil {
		b.t.Fatal(err)
	}
	for _, v := range all {
		b.t.Errorf("%s: axe-core: %s (%s): %s: %+v", name, v.ID, v.Impact, v.Help, v.Nodes)
	}
}

const (
	agentMac     = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Safari/605.1.15"
	agentAndroid = "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36"
	agentWindows = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
	agentCriOS   = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/140.0.7339.39 Mobile/15E148 Safari/604.1"
)

// visits are devices with browsers, and what their page of a link must have.
var visits = []struct {
	name, agent, language string
	width                 int64
	has, hasNot           string // CSS selectors
	form                  bool
}{
	{"iphone", iPhone, "en", 390, `form`, `.stop`, true},
	{"iphone-german", iPhone, "de", 390, `html[lang=de]`, `.stop`, true},
	{"iphone-japanese", iPhone, "ja", 390, `html[lang=ja]`, `.stop`, true},
	{"iphone-chrome", agentCriOS, "en", 390, `#browser`, `#ipad`, true},
	{"ipad", agentMac, "en", 820, `#ipad`, `form`, false},
	{"android", agentAndroid, "en", 412, `form`, `.stop`, true},
	{"android-german", agentAndroid, "de", 412, `html[lang=de]`, `.stop`, true},
	{"android-japanese", agentAndroid, "ja", 820, `html[lang=ja]`, `.stop`, true},
	{"desktop", agentWindows, "en", 1280, `img.qr`, `form`, false},
}

// The pages as visitors see them, from the link to the password, light and dark.
func TestVisitInBrowser(t *testing.T) {
	s := newSite(t)
	b := newTab(t, s)
	for i, v := range visits {
		for j, scheme := range []string{"light", "dark"} {
			t.Run(v.name+" "+scheme, func(t *testing.T) {
				b.t = t
				bundle := []string{"bundle.json", "bundle-outlook.json"}[(i+j)%2]
				made := s.order(t, ticket.ByPIN, aliceFiles(t, bundle))
				b.look(v.agent, v.language, v.width, scheme)
				b.open(s.Link(made.Token))
				if !eval[bool](b, fmt.Sprintf(`!!document.querySelector(%q) && !document.querySelector(%q)`, v.has, v.hasNot)) {
					t.Errorf("the page has no %s, or a %s", v.has, v.hasNot)
				}
				b.see(v.name + "-" + scheme)
				if v.form {
					b.use(made.PIN)
					b.see(v.name + "-steps-" + scheme)
					b.follow(`a[href^="password"]`)
					b.see(v.name + "-password-" + scheme)
				}
				b.healthy()
			})
		}
	}
	t.Run("axe-core", func(t *testing.T) {
		if b.axe == "" {
			t.Skip(axePath + " is not set to axe-core's axe.min.js, which looked at no page")
		}
	})
}

// see looks at the page that is open.
func (b *tab) see(name string) {
	b.t.Helper()
	b.picture(name)
	b.accessible(name)
}

// use types the PIN and presses the button with the keyboard alone.
func (b *tab) use(pin ticket.PIN) {
	b.t.Helper()
	for range 30 { // more stops than a page has
		act(b, chromedp.KeyEvent(kb.Tab))
		if eval[string](b, `document.activeElement.id`) == "pin" {
			break
		}
	}
	act(b, chromedp.KeyEvent(string(pin)))
	act(b, chromedp.KeyEvent(kb.Tab))
	if on := eval[string](b, `document.activeElement.type`); on != "submit" {
		b.t.Fatalf("after the PIN the keyboard stands on %q", on)
	}
	before := eval[float64](b, `performance.timeOrigin`)
	act(b, chromedp.KeyEvent(kb.Enter))
	b.loaded(before)
}

// follow presses Enter on a link.
func (b *tab) follow(selector string) {
	b.t.Helper()
	act(b, chromedp.Focus(selector))
	before := eval[float64](b, `performance.timeOrigin`)
	act(b, chromedp.KeyEvent(kb.Enter))
	b.loaded(before)
}

// loaded waits for another page than that which began at a time.
func (b *tab) loaded(before float64) {
	b.t.Helper()
	other := chromedp.Evaluate[bool](fmt.Sprintf(`performance.timeOrigin !== %v && document.readyState === "complete"`, before))
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if there, err := chromedp.Run(b.ctx, other); err == nil && there { // between two pages there is an error
			return
		}
	}
	b.t.Fatal("no other page came")
}

// On the narrowest phones a password stands on one line, and no heading or button is cut.
func TestNarrowInBrowser(t *testing.T) {
	clock := &movedClock{}
	s := newSiteAt(t, clock.now)
	b := newTab(t, s)
	const lines = `(() => { const e = document.querySelector(%q), s = getComputedStyle(e);
		return Math.round((e.clientHeight - parseFloat(s.paddingTop) - parseFloat(s.paddingBottom)) / parseFloat(s.lineHeight)); })()`
	for _, code := range Languages {
		b.refusing(false)
		b.look(iPhone, code, 320, "light")
		made := s.order(t, ticket.ByPIN, aliceFiles(t, "bundle.json"))
		b.open(s.Link(made.Token))
		b.see("narrow-" + code)
		b.use(made.PIN)
		b.see("narrow-steps-" + code)
		if n := eval[int](b, fmt.Sprintf(lines, `a[href^="file/"]`)); n != 1 {
			t.Errorf("%s: the button has %d lines", code, n)
		}
		b.follow(`a[href^="password"]`)
		b.see("narrow-password-" + code)
		if n := eval[int](b, fmt.Sprintf(lines, `.big code`)); n != 1 {
			t.Errorf("%s: the password has %d lines", code, n)
		}
		clock.pass(ticket.Window)
		b.refusing(true)
		b.open(s.Link(made.Token))
		b.see("narrow-over-" + code)
		b.refusing(false)
		b.follow(`a[href$="/steps"]`)
		b.see("narrow-read-" + code)
	}
	b.healthy()
}

// Pages of links that do not open, and of errors.
func TestEndsInBrowser(t *testing.T) {
	s := newSite(t)
	b := newTab(t, s)
	b.refusing(true)
	b.look(iPhone, "de", 390, "light")
	used := s.order(t, ticket.ByPIN, aliceFiles(t, "bundle.json"))
	press(t, newVisitor(t), s.Link(used.Token), used.PIN)
	revoked := s.order(t, ticket.ByPIN, aliceFiles(t, "bundle.json"))
	if _, _, err := s.Store.Revoke(t.Context(), revoked.ID, "test"); err != nil {
		t.Fatal(err)
	}
	for name, address := range map[string]string{
		"used": s.Link(used.Token), "revoked": s.Link(revoked.Token), "unknown": s.url + "/t/none", "nothing": s.url + "/none",
	} {
		b.open(address)
		b.see("end-" + name)
	}
	wrong := s.order(t, ticket.ByPIN, aliceFiles(t, "bundle.json"))
	b.open(s.Link(wrong.Token))
	b.use("12")
	if on := eval[string](b, `document.activeElement.id + document.title.slice(0, 6)`); on != "pinFehler" {
		t.Errorf("after a wrong PIN: %q", on)
	}
	b.see("wrong-pin")
	b.refusing(false)
	act(b, chromedp.Click(`a[lang=ja]`))
	act(b, chromedp.WaitVisible(`html[lang=ja] form`))
	b.healthy()
}

// The buttons copy, and say so; without a script there are none, and all the rest works.
func TestCopyInBrowser(t *testing.T) {
	s := newSite(t)
	b := newTab(t, s)
	b.look(agentAndroid, "en", 412, "light")
	made := s.order(t, ticket.ByPIN, aliceFiles(t, "bundle.json"))
	b.open(s.Link(made.Token))
	b.use(made.PIN)
	const copied = `(async () => {
		let got = "";
		Object.defineProperty(navigator.clipboard, "writeText", {configurable: true, value: async (s) => { got = s; }});
		document.querySelector(%q).click();
		await new Promise((r) => setTimeout(r));
		return got + " " + document.querySelector("[role=status]").textContent;
	})()`
	for selector, want := range map[string]string{
		`[data-copy=value-server]`: "mail.contoso.com Copied", `[data-copy=value-address]`: "alice@contoso.com Copied", `[data-copy^=alias]`: "eas-alice Copied",
	} {
		if got := eval[string](b, fmt.Sprintf(copied, selector)); got != want {
			t.Errorf("%s: %q", selector, got)
		}
	}
	call(b, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	made = s.order(t, ticket.ByPIN, aliceFiles(t, "bundle.json"))
	b.open(s.Link(made.Token))
	b.use(made.PIN)
	b.follow(`a[href^="password"]`)
	if got := eval[string](b, `document.querySelector("code").textContent + [...document.querySelectorAll("button")].filter((e) => e.checkVisibility()).length`); got != secretPassword+"0" {
		t.Errorf("without script: %q", got)
	}
	b.healthy()
}

// The browser that pressed the button downloads the file, more than once.
func TestDownloadInBrowser(t *testing.T) {
	s := newSite(t)
	b := newTab(t, s)
	b.look(iPhone, "en", 390, "light")
	made := s.order(t, ticket.ByPIN, aliceFiles(t, "bundle.json"))
	b.open(s.Link(made.Token))
	b.use(made.PIN)
	for range 2 {
		dir := t.TempDir()
		call(b, cdpbrowser.SetDownloadBehavior, cdpbrowser.SetDownloadBehaviorParams{Behavior: cdpbrowser.SetDownloadBehaviorBehaviorAllow, DownloadPath: dir})
		act(b, chromedp.Focus(`a[href^="file/"]`))
		act(b, chromedp.KeyEvent(kb.Enter))
		want := aliceFiles(t, "bundle.json")[0]
		var got []byte
		for end := time.Now().Add(20 * time.Second); !bytes.Equal(got, want.Data) && time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
			got, _ = os.ReadFile(filepath.Join(dir, want.Name)) // not there yet
		}
		if !bytes.Equal(got, want.Data) {
			t.Fatalf("%d bytes were downloaded", len(got))
		}
	}
	b.healthy()
}
