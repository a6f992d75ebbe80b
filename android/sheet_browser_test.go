package android

import (
	"context"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/certs/preflight/browsertest"
)

// act does something on the page that is open.
func act[T any](t *testing.T, ctx context.Context, action chromedp.Action[T]) T {
	t.Helper()
	v, err := chromedp.Run(ctx, action)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// openSheet shows a configuration's sheet.
func openSheet(t *testing.T, ctx context.Context, c *Config) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "setup.html")
	if err := os.WriteFile(file, sheet(t, c), 0o600); err != nil {
		t.Fatal(err)
	}
	act(t, ctx, chromedp.Navigate((&url.URL{Scheme: "file", Path: filepath.ToSlash(file)}).String()))
}

// sheets are those that get longest, and what their QR codes say.
func sheets(t *testing.T) map[string]struct {
	config *Config
	codes  []string
} {
	long := full("gmail", preflight.OAuth)
	long.Email, long.User = "maximiliana.featherstonehaugh-cholmondeley@subsidiary.contoso.com", `CONTOSO\mfeatherstonehaugh`
	long.Endpoint.Host, long.Organization = "activesync.datacentre-europe.subsidiary.contoso.com", strings.Repeat("Contoso & Söhne ", 4)
	return map[string]struct {
		config *Config
		codes  []string
	}{
		"gmail, direct":  {build(t, accountOf(t, "gmail-direct-full")), []string{"alice@contoso.com", "eas-alice", "mail.contoso.com"}},
		"gmail, oauth":   {build(t, accountOf(t, "gmail-oauth")), []string{"alice@contoso.com", "eas-alice", "outlook.office365.com"}},
		"outlook, oauth": {build(t, accountOf(t, "outlook-oauth-full")), []string{"alice@contoso.com", "eas-alice"}},
		"long names": {build(t, long), []string{
			long.User, long.Endpoint.Host, "eas-maximiliana-featherstonehaugh-cholmondeley", long.Email,
		}},
	}
}

// printedPages counts the pages of a PDF that Chromium writes.
var printedPages = regexp.MustCompile(`/Type\s*/Page\b[^s]`)

// A sheet is one page of paper, in Europe and in America.
func TestSetupSheetPrintsOnOnePage(t *testing.T) {
	ctx := browsertest.Start(t)
	for name, s := range sheets(t) {
		openSheet(t, ctx, s.config)
		for paper, of := range map[string]chromedp.PDFOption{"A4": chromedp.PDFPaper(chromedp.PaperA4), "Letter": chromedp.PDFPaper(chromedp.PaperLetter)} {
			if n := len(printedPages.FindAll(act(t, ctx, chromedp.PrintToPDF(of)), -1)); n != 1 {
				t.Errorf("%s: %d pages of %s", name, n, paper)
			}
		}
	}
}

// What ZBar reads from a picture of the page is what is to be typed.
func TestSetupSheetCodesAreRead(t *testing.T) {
	zbarimg, err := exec.LookPath("zbarimg")
	if err != nil {
		t.Skip("zbarimg is not on PATH")
	}
	ctx := browsertest.Start(t)
	for name, s := range sheets(t) {
		for scheme, width := range map[string]int64{"light": 1280, "dark": 390} {
			look(t, ctx, width, scheme)
			openSheet(t, ctx, s.config)
			picture := filepath.Join(t.TempDir(), "sheet.png")
			if err := os.WriteFile(picture, act(t, ctx, chromedp.FullScreenshot(100)), 0o600); err != nil {
				t.Fatal(err)
			}
			out, err := exec.Command(zbarimg, "--quiet", "--raw", picture).Output() // it complains of a missing D-Bus
			if err != nil {
				t.Fatalf("%s, %s: zbarimg: %v", name, scheme, err)
			}
			read := strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
			slices.Sort(read)
			slices.Sort(s.codes)
			if !slices.Equal(read, s.codes) {
				t.Errorf("%s, %s: ZBar reads %q, want %q", name, scheme, read, s.codes)
			}
		}
	}
}

// look emulates a screen: its width, and light or dark.
func look(t *testing.T, ctx context.Context, width int64, scheme string) {
	t.Helper()
	if _, err := chromedp.Call(ctx, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: width, Height: 900, DeviceScaleFactor: 1}); err != nil {
		t.Fatal(err)
	}
	if _, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}}); err != nil {
		t.Fatal(err)
	}
}
