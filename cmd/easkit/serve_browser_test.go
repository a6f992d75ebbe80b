package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	cdpbrowser "github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"github.com/easkit/easkit/certs/preflight/browsertest"
)

// newBrowser starts a Chromium with an iPhone's identity, that downloads to a folder.
func newBrowser(t *testing.T, downloads string) context.Context {
	t.Helper()
	ctx := browsertest.Start(t)
	command(t, ctx, emulation.SetUserAgentOverride, emulation.SetUserAgentOverrideParams{UserAgent: iPhoneAgent, AcceptLanguage: "en"})
	command(t, ctx, cdpbrowser.SetDownloadBehavior, cdpbrowser.SetDownloadBehaviorParams{Behavior: cdpbrowser.SetDownloadBehaviorBehaviorAllow, DownloadPath: downloads})
	return ctx
}

// command sends a command of the browser's protocol.
func command[P, R any](t *testing.T, ctx context.Context, c cdp.Command[P, R], params P) {
	t.Helper()
	if _, err := chromedp.Call(ctx, c, params); err != nil {
		t.Fatal(err)
	}
}

// act does something on the page.
func act[R any](t *testing.T, ctx context.Context, action chromedp.Action[R]) R {
	t.Helper()
	v, err := chromedp.Run(ctx, action)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// The same as with the client, in a browser: link, PIN, button, download, used.
func TestQuickstartServeInBrowser(t *testing.T) {
	downloads := t.TempDir()
	ctx := newBrowser(t, downloads)
	dir := filepath.Join(t.TempDir(), "trial")
	s := servePortal(t, "says that it is used", "quickstart", "--serve", "--dir", dir, "--listen", "127.0.0.1:0")
	link, pin := s.find(`(http://\S+/t/\S+)`), s.find(`PIN +(\d{6})`)
	act(t, ctx, chromedp.Navigate(link))
	act(t, ctx, chromedp.SendKeys("#pin", pin))
	act(t, ctx, chromedp.Click("form.use button"))
	act(t, ctx, chromedp.WaitVisible(`a[href^="file/"]`))
	act(t, ctx, chromedp.Click(`a[href^="file/"]`))
	made, err := os.ReadFile(filepath.Join(dir, "alice.mobileconfig"))
	if err != nil {
		t.Fatal(err)
	}
	var got []byte
	for end := time.Now().Add(20 * time.Second); len(got) < len(made) && time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		got, _ = os.ReadFile(filepath.Join(downloads, "alice.mobileconfig")) // not there yet
	}
	verifies(t, string(got), filepath.Join(dir, "lab", "root.pem"))
	if _, _, body := visit(t, phone(t, nil), link, nil); !strings.Contains(body, "This link is used") {
		t.Error("the link, in another browser, is not used")
	}
}
