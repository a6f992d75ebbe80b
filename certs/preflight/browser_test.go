package preflight

import (
	"bytes"
	"context"
	"fmt"
	"image/color"
	"image/png"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/easkit/easkit/certs/preflight/browsertest"
)

// screenshots names a folder to keep pictures of the page in.
const screenshots = "EASKIT_SCREENSHOTS"

// browser is a headless Chromium with one page, and what went wrong on it.
type browser struct {
	t   *testing.T
	ctx context.Context
	dir string

	mu       sync.Mutex
	address  string // of the page that is open
	problems []string
}

// newBrowser starts a Chromium that talks to nobody.
func newBrowser(t *testing.T) *browser {
	t.Helper()
	ctx := browsertest.Start(t)
	b := &browser{t: t, ctx: ctx, dir: t.TempDir()}
	if err := chromedp.Listen(ctx, b.listen); err != nil {
		t.Fatal(err)
	}
	call(b, network.Enable, network.EnableParams{})
	call(b, log.Enable, cdp.Empty{})
	call(b, runtime.Enable, cdp.Empty{})
	return b
}

// listen notes errors of the page, and requests for anything but the page.
func (b *browser) listen(event any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch e := event.(type) {
	case *log.EventEntryAdded:
		b.problems = append(b.problems, "log: "+e.Entry.Text)
	case *runtime.EventConsoleAPICalled:
		b.problems = append(b.problems, "console: "+string(e.Type))
	case *runtime.EventExceptionThrown:
		b.problems = append(b.problems, "exception: "+e.ExceptionDetails.Text)
	case *network.EventRequestWillBeSent:
		if e.Request.URL != b.address {
			b.problems = append(b.problems, "request: "+e.Request.URL)
		}
	}
}

// call sends a command of the browser's protocol.
func call[P, R any](b *browser, command cdp.Command[P, R], params P) {
	b.t.Helper()
	if _, err := chromedp.Call(b.ctx, command, params); err != nil {
		b.t.Fatal(err)
	}
}

// act does something on the page.
func act[T any](b *browser, action chromedp.Action[T]) T {
	b.t.Helper()
	v, err := chromedp.Run(b.ctx, action)
	if err != nil {
		b.t.Fatal(err)
	}
	return v
}

// eval runs an expression on the page, and waits for it where it is a promise.
func eval[T any](b *browser, expression string) T {
	b.t.Helper()
	return act(b, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
}

// open writes a report to a file and opens that.
func (b *browser) open(r *Report) {
	b.t.Helper()
	file := filepath.Join(b.dir, "report.html")
	if err := os.WriteFile(file, render(b.t, "html", r), 0o600); err != nil {
		b.t.Fatal(err)
	}
	b.mu.Lock()
	b.address = (&url.URL{Scheme: "file", Path: filepath.ToSlash(file)}).String()
	b.mu.Unlock()
	act(b, chromedp.Navigate(b.address))
}

// look emulates a screen: its width, and light or dark.
func (b *browser) look(width int64, scheme string) {
	b.t.Helper()
	call(b, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: width, Height: 900, DeviceScaleFactor: 1, Mobile: width < 600})
	call(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
}

// healthy wants that nothing went wrong so far.
func (b *browser) healthy() {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.problems) > 0 {
		b.t.Errorf("the page has problems:\n%s", strings.Join(b.problems, "\n"))
	}
}

// applied does something to the filter of the page, and is what the page says
// once it has filtered.
const applied = `new Promise((resolve) => {
	const form = document.getElementById("filter"), shown = document.getElementById("shown");
	shown.textContent = "";
	new MutationObserver((_, observer) => { observer.disconnect(); resolve(shown.textContent); }).observe(shown, {childList: true});
	%s;
})`

// filter sets the filter as a user's input does, and is what the page says then.
func (b *browser) filter(search, check, kind, status string) string {
	b.t.Helper()
	return eval[string](b, fmt.Sprintf(applied, fmt.Sprintf(`
		form.search.value = %q; form.check.value = %q; form.kind.value = %q;
		form.querySelector('[name=status][value="%s"]').checked = true;
		form.search.dispatchEvent(new Event("input", {bubbles: true}))`, search, check, kind, status)))
}

// picture takes a screenshot of the whole page, and wants it to show something.
func (b *browser) picture(name string) {
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

// contrast measures every visible text against what is behind it (WCAG 2.1,
// 1.4.3) and gives what is below 4.5, and how many texts were measured.
const contrast = `(() => {
	const parse = (c) => { const n = c.match(/[\d.]+/g).map(Number); return n.length > 3 ? n : [...n, 1]; };
	const luminance = ([r, g, b]) => [r, g, b].map((v) => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
		.reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
	const behind = (e) => {
		for (; e; e = e.parentElement) {
			const c = parse(getComputedStyle(e).backgroundColor);
			if (c[3] === 1) return c;
			if (c[3] !== 0) throw new Error("half transparent: " + e.outerHTML.slice(0, 80));
		}
		return [255, 255, 255, 1];
	};
	const low = [];
	let measured = 0;
	const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
	while (walker.nextNode()) {
		const e = walker.currentNode.parentElement;
		if (!walker.currentNode.data.trim() || ["SCRIPT", "STYLE"].includes(e.tagName) || !e.checkVisibility()) continue;
		measured++;
		const a = luminance(parse(getComputedStyle(e).color)), b = luminance(behind(e));
		const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
		if (ratio < 4.5) low.push(ratio.toFixed(2) + " " + e.className + " " + walker.currentNode.data.trim());
	}
	return {low, measured, badges: [...new Set([...document.querySelectorAll(".badge")].filter((e) => e.checkVisibility()).map((e) => e.lastChild.data.trim()))].sort().join()};
})()`

// namesOfControls wants a name on each control, headers on each table, and
// headings that skip no level.
const namesOfControls = `[
	...[...document.querySelectorAll("input, select")].filter((e) => !e.labels.length).map((e) => "no label: " + e.outerHTML),
	...[...document.querySelectorAll("table")].filter((e) => !e.querySelector("thead th[scope=col]")).map((e) => "no headers: " + e.outerHTML.slice(0, 80)),
	...[...document.querySelectorAll("tbody tr")].filter((e) => !e.querySelector("th[scope=row]")).map((e) => "no row header: " + e.outerHTML.slice(0, 80)),
	...[...document.querySelectorAll("[aria-labelledby]")].filter((e) => !document.getElementById(e.getAttribute("aria-labelledby"))).map((e) => "no title: " + e.id),
	...[...document.querySelectorAll("h1, h2, h3")].map((e) => +e.tagName[1]).filter((level, i, all) => i && level > all[i - 1] + 1).map((level) => "heading skipped before " + level),
]`

// showcase is a report as an admin may have one: several kinds, each status.
func showcase() *Report {
	r := newReport(Scenario{})
	catalogue := []Finding{
		{Check: "cert.san.address", Message: "%s is there"}, {Check: "cert.san.routable", Message: "%s has a routable domain"},
		{Check: "cert.eku", Message: "client authentication"}, {Check: "cert.key", Message: "RSA, 2048 bits"},
		{Check: "cert.validity", Message: "valid until 2027-10-01"}, {Check: "cert.sid", Message: "S-1-5-21-1004336348-1177238915-682003330-512"},
	}
	fixes := map[string]Finding{
		"cert.san.routable": {
			Status: StatusFail, Message: "%s: .local is not routable, so that no rule can map it to a user of the tenant", Fix: "issue the certificate with the user's mail address as UPN or rfc822Name",
			Basis: Documented, Source: "https://learn.microsoft.com/en-us/entra/identity/authentication/concept-certificate-based-authentication-certificateuserids", Codes: []string{"AADSTS50034", "AADSTS1001003"},
		},
		"cert.validity": {Status: StatusFail, Message: "it expired on 2026-10-30, 22 days ago", Fix: "issue a new certificate", Basis: Documented, Source: "RFC 5280, 4.1.2.5", Codes: []string{"AADSTS500172"}},
		"cert.sid":      {Status: StatusWarn, Message: "there is no SID extension", Fix: "issue it from a template that takes its subject from Active Directory, with KB5014754 installed", Basis: Inferred, Source: "https://support.microsoft.com/help/5014754"},
	}
	for i := range 64 {
		name := fmt.Sprintf("user%02d@contoso.com", i)
		wrong := map[string]bool{"cert.san.routable": i%16 == 3, "cert.validity": i == 7, "cert.sid": i%4 == 1}
		var findings []Finding
		for _, f := range catalogue {
			f.Status, f.Basis, f.Source = StatusPass, Documented, "RFC 5280"
			if wrong[f.Check] {
				check := f.Check
				f = fixes[check]
				f.Check = check
			}
			if strings.Contains(f.Message, "%s") {
				f.Message = fmt.Sprintf(f.Message, name)
			}
			findings = append(findings, f)
		}
		findings = append(findings, Finding{Check: "cert.revoked", Status: StatusSkip, Message: "no CRL was given for Contoso Issuing CA 2", Basis: Documented, Source: "RFC 5280, 6.3"})
		var ignore map[string]string
		if i == 21 {
			ignore = map[string]string{"cert.sid": "mapped by hand in Active Directory, ticket 4711"}
		}
		r.Add("certificate", name+".p12", findings, ignore)
	}
	r.AddFor(Scenario{Auth: Direct, Mailbox: MailboxUnknown}, "profile", "dora.mobileconfig", []Finding{
		{Check: "profile.structure", Status: StatusFail, Message: "PayloadUUID is there twice", Fix: "give each payload a UUID of its own", Basis: Documented, Source: "https://developer.apple.com/documentation/devicemanagement", Line: 41, Column: 9},
		{Check: "profile.schema", Status: StatusPass, Message: "all keys are known", Basis: Documented},
	}, nil)
	return r
}

func TestPageInBrowser(t *testing.T) {
	b := newBrowser(t)
	b.look(1280, "light")
	b.open(showcase())
	t.Run("filter", func(t *testing.T) { testFilter(t, b) })
	t.Run("names", func(t *testing.T) {
		if wrong := eval[[]string](b, namesOfControls); len(wrong) > 0 {
			t.Error(strings.Join(wrong, "\n"))
		}
	})
	for _, scheme := range []string{"light", "dark"} {
		for name, width := range map[string]int64{"desktop": 1280, "phone": 390} {
			t.Run(scheme+" "+name, func(t *testing.T) { testLook(t, b, scheme, name, width) })
		}
	}
	t.Run("print", func(t *testing.T) { testPrint(t, b) })
	t.Run("hostile", func(t *testing.T) {
		b.open(hostileReport())
		b.filter("script", "", "", "fail")
	})
	t.Run("without script", func(t *testing.T) { testWithoutScript(t, b) })
	b.healthy()
}

// visibleRows counts the rows of findings and of subjects that are shown.
const visibleRows = `["#findings tbody tr", "#subjects > details > table > tbody > tr"].map((s) => [...document.querySelectorAll(s)].filter((e) => !e.closest("[hidden]")).length).join()`

func testFilter(t *testing.T, b *browser) {
	b.t = t
	for _, test := range []struct{ search, check, kind, status, rows, says string }{
		{"", "", "", "", "22,65", "Showing 22 of 22 findings, 65 of 65 subjects"},
		{"", "", "", "fail", "6,6", "Showing 6 of 22 findings, 6 of 65 subjects"},
		{"", "", "", "warn", "15,15", ""},
		{"", "", "", "ignored", "1,1", ""},
		{"", "", "", "skip", "0,64", "Showing 0 of 22 findings, 64 of 65 subjects"},
		{"", "", "", "pass", "0,44", ""},
		{"", "cert.sid", "", "", "16,16", ""},
		{"", "cert.sid", "", "fail", "0,0", ""},
		{"", "", "1", "", "1,1", ""},
		{"user07", "", "", "", "1,1", ""},
		{"USER07", "cert.validity", "0", "fail", "1,1", ""},
		{"aadsts500172", "", "", "", "1,0", ""},
		{"ticket 4711", "", "", "", "1,0", ""},
		{"nobody", "", "", "", "0,0", "Showing 0 of 22 findings, 0 of 65 subjects"},
		{"", "", "", "", "22,65", ""},
	} {
		says := b.filter(test.search, test.check, test.kind, test.status)
		if rows := eval[string](b, visibleRows); rows != test.rows || test.says != "" && says != test.says {
			t.Errorf("search %q, check %q, kind %q, status %q: rows %s, want %s; it says %q", test.search, test.check, test.kind, test.status, rows, test.rows, says)
		}
	}
	b.filter("user07", "", "", "")
	if says := eval[string](b, fmt.Sprintf(applied, `form.querySelector("button[type=reset]").click()`)); !strings.HasPrefix(says, "Showing 22 of 22") {
		t.Errorf("after a reset it says %q", says)
	}
}

func testLook(t *testing.T, b *browser, scheme, name string, width int64) {
	b.t = t
	b.look(width, scheme)
	if is := eval[bool](b, `matchMedia("(prefers-color-scheme: dark)").matches`); is != (scheme == "dark") {
		t.Fatal("the browser did not take the scheme")
	}
	eval[chromedp.Void](b, `document.querySelectorAll("details").forEach((e) => { e.open = true })`)
	got := eval[struct {
		Low      []string
		Measured int
		Badges   string
	}](b, contrast)
	if len(got.Low) > 0 || got.Measured < 500 || got.Badges != "Failed,Ignored,Not checked,Passed,Warning" {
		t.Errorf("of %d texts, with badges %s, these have too little contrast:\n%s", got.Measured, got.Badges, strings.Join(got.Low, "\n"))
	}
	eval[chromedp.Void](b, `document.querySelectorAll("#subjects details details").forEach((e) => { e.open = false })`)
	if over := eval[int](b, `document.documentElement.scrollWidth - innerWidth`); over > 0 {
		t.Errorf("the page is %d pixels too wide", over)
	}
	b.picture(name + "-" + scheme)
}

// pages counts the pages of a PDF that Chromium writes.
var pages = regexp.MustCompile(`/Type\s*/Page\b[^s]`)

func testPrint(t *testing.T, b *browser) {
	b.t = t
	b.look(1280, "light")
	b.filter("", "", "", "")
	pdf := act(b, chromedp.PrintToPDF(chromedp.PDFPaper(chromedp.PaperA4)))
	if n := len(pages.FindAll(pdf, -1)); n < 2 || n > 20 {
		t.Errorf("%d pages", n)
	}
	if dir := os.Getenv(screenshots); dir != "" {
		if err := os.WriteFile(filepath.Join(dir, "print.pdf"), pdf, 0o644); err != nil {
			t.Error(err)
		}
	}
}

// Without a script all can be read, and no control pretends to work.
func testWithoutScript(t *testing.T, b *browser) {
	b.t = t
	call(b, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	b.open(showcase())
	call(b, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: false})
	if got := eval[string](b, `[document.getElementById("filter").checkVisibility(), [...document.querySelectorAll("#findings tbody tr")].every((e) => e.checkVisibility())].join()`); got != "false,true" {
		t.Errorf("the filter and the findings are visible: %s", got)
	}
}

// A report on ten thousand certificates opens and filters while one waits.
func TestLargePageInBrowser(t *testing.T) {
	b := newBrowser(t)
	b.look(1280, "light")
	r := largeReport(manySubjects, 2)
	start := time.Now()
	b.open(r)
	t.Logf("opened in %v", time.Since(start).Round(time.Millisecond))
	const patience = 10 * time.Second // 2 s is meant; the rest is for a busy machine
	if took := time.Since(start); took > patience {
		t.Errorf("it took %v to open", took)
	}
	for _, test := range []struct{ search, check, status, says string }{
		{"user01234", "", "", "Showing 2 of 20,000 findings, 1 of 10,000 subjects"},
		{"", "", "fail", "Showing 200 of 20,000 findings, 100 of 10,000 subjects"},
		{"", "cert.check-01", "warn", "Showing 9,900 of 20,000 findings, 9,900 of 10,000 subjects"},
		{"", "", "", "Showing 20,000 of 20,000 findings, 10,000 of 10,000 subjects"},
	} {
		start = time.Now()
		says := b.filter(test.search, test.check, "", test.status)
		took := time.Since(start)
		t.Logf("search %q, check %q, status %q: %v", test.search, test.check, test.status, took.Round(time.Millisecond))
		if says != test.says || took > patience {
			t.Errorf("after %v it says %q, want %q", took, says, test.says)
		}
	}
	b.picture("large")
	b.healthy()
}
