package android

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/easkit/easkit/certs/preflight"
)

func sheet(t testing.TB, c *Config) []byte {
	t.Helper()
	return must(t)(c.SetupSheet(Sheet{Contact: "the help desk, 555 0100"}))
}

func TestSetupSheet(t *testing.T) {
	for _, tt := range built {
		t.Run(tt.name, func(t *testing.T) {
			c := build(t, tt.account)
			page := sheet(t, c)
			if strings.HasSuffix(tt.name, "-full") { // the others are parts of these
				golden(t, tt.name+".setup.html", page)
			}
			checkHTML(t, page)
			text := visibleText(t, page)
			for _, want := range []string{
				c.Alias, c.Alias + ".p12", "VPN & app user certificate", "Leave the name unchanged", "Not tried on a device",
				"Contoso & Söhne", "alice at contoso dot com", "eas hyphen alice", "1 January 2036", groups(fingerprint(c.Leaf)), "555 0100",
			} {
				if !strings.Contains(text, want) {
					t.Errorf("%q is not on the sheet", want)
				}
			}
		})
	}
}

func TestSetupSheetSaysWhatTheAppNeeds(t *testing.T) {
	for name, want := range map[string][]string{
		"gmail-direct":  {"Exchange and Office 365", "Client certificate", "mail.contoso.com", "8443", "(not documented)"},
		"gmail-oauth":   {"Chrome", "Use a certificate or smart card", "443", "(not documented)"},
		"outlook-oauth": {"Add account", "Use a certificate or smart card", "Certificate on the device"},
	} {
		text := visibleText(t, sheet(t, build(t, accountOf(t, name))))
		for _, w := range want {
			if !strings.Contains(text, w) {
				t.Errorf("%s: %q is not on the sheet", name, w)
			}
		}
	}
	adfs := full("gmail", preflight.OAuth)
	adfs.Issuer = preflight.ADFS
	if text := visibleText(t, sheet(t, build(t, adfs))); strings.Contains(text, "smart card") {
		t.Error("the words of Entra ID stand on a sheet for AD FS")
	}
}

// TestSetupSheetEscapes puts HTML where names go.
func TestSetupSheetEscapes(t *testing.T) {
	a := account(preflight.Direct)
	a.Organization = `<script>alert(1)</script>`
	page := must(t)(build(t, a).SetupSheet(Sheet{File: `"><img src=x>.p12`, Contact: "<b>"}))
	checkHTML(t, page)
	if bytes.Contains(page, []byte("<img")) {
		t.Error("the file's name is taken for HTML")
	}
}

// checkHTML wants balanced tags, a language, a title, table headers with a
// scope, and nothing that runs or is fetched.
func checkHTML(t *testing.T, page []byte) {
	t.Helper()
	var open []string
	seen := map[string]bool{}
	z := html.NewTokenizer(bytes.NewReader(page))
	for {
		switch z.Next() {
		case html.ErrorToken:
			if !errors.Is(z.Err(), io.EOF) || len(open) > 0 {
				t.Errorf("at the end: %v, open %v", z.Err(), open)
			}
			if !seen["title"] || !seen["h1"] || !seen["caption"] {
				t.Error("a title, a heading or a caption is missing")
			}
			return
		case html.StartTagToken:
			token := z.Token()
			checkTag(t, token)
			seen[token.Data] = true
			if token.Data != "meta" {
				open = append(open, token.Data)
			}
		case html.EndTagToken:
			token := z.Token()
			if len(open) == 0 || open[len(open)-1] != token.Data {
				t.Fatalf("</%s> closes %v", token.Data, open)
			}
			open = open[:len(open)-1]
		}
	}
}

func checkTag(t *testing.T, token html.Token) {
	t.Helper()
	if slices.Contains([]string{"script", "link", "img", "iframe", "object", "form", "input", "a"}, token.Data) {
		t.Errorf("<%s> is on the sheet", token.Data)
	}
	attributes := map[string]string{}
	for _, a := range token.Attr {
		attributes[a.Key] = a.Val
		if a.Key == "src" || a.Key == "href" || a.Key == "style" || strings.HasPrefix(a.Key, "on") || strings.Contains(a.Val, "http:") || strings.Contains(a.Val, "https:") {
			t.Errorf("<%s %s=%q> is on the sheet", token.Data, a.Key, a.Val)
		}
	}
	if token.Data == "html" && attributes["lang"] != "en" {
		t.Error("the page has no language")
	}
	if token.Data == "th" && attributes["scope"] == "" {
		t.Error("a table header has no scope")
	}
}

// visibleText is what a screen reader gets.
func visibleText(t *testing.T, page []byte) string {
	t.Helper()
	root, err := html.Parse(bytes.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	for n := range root.Descendants() {
		if n.Type == html.TextNode && n.Parent.Data != "style" {
			text.WriteString(n.Data)
		}
	}
	return text.String()
}
