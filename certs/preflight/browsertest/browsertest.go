// Package browsertest starts the browser that tests look at pages with. It is for tests
// alone.
package browsertest

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// limit is how long a test may have its browser.
const limit = 2 * time.Minute

// wanted names the variable that asks for tests with a browser, which take seconds each.
const wanted = "EASKIT_BROWSER"

// Start starts a headless Chromium, with a profile of its own, that asks nobody for
// anything by itself; the context is for package chromedp. It ends with the test, and
// the test is skipped where EASKIT_BROWSER is not 1, or there is no Chromium.
func Start(t *testing.T) context.Context {
	t.Helper()
	if os.Getenv(wanted) != "1" {
		t.Skip(wanted + " is not set to 1")
	}
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("chromium is not on PATH")
	}
	options := []chromedp.ExecAllocatorOption{
		chromedp.ExecPath(path), chromedp.UserDataDir(filepath.Join(t.TempDir(), "profile")), chromedp.Headless, chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.NoFirstRun, chromedp.NoDefaultBrowserCheck, chromedp.WSURLReadTimeout(time.Minute),
	}
	for _, flag := range []string{"disable-quic", "disable-background-networking", "disable-component-update", "disable-sync", "disable-extensions", "disable-dev-shm-usage", "hide-scrollbars"} {
		options = append(options, chromedp.Flag(flag, true))
	}
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewExecAllocator(ctx, options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	return ctx
}
