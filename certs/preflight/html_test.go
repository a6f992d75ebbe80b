package preflight

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"io"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// parsedPage is what a page says, as a browser's parser reads it.
type parsedPage struct {
	policy string
	text   strings.Builder // outside of style and script
	count  map[string]int  // of elements
	links  []string
	ids    map[string]bool
	loaded []string // what an element would fetch
}

// judgeHTML parses a page and checks what makes it safe and self-contained.
func judgeHTML(t testing.TB, data []byte) *parsedPage {
	t.Helper()
	root, err := html.Parse(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	p := &parsedPage{count: map[string]int{}, ids: map[string]bool{}}
	for n := range root.Descendants() {
		p.node(t, n)
	}
	for _, element := range []string{"style", "script", "h1", "main", "header", "footer", "title"} {
		want := 1
		if p.count[element] != want {
			t.Errorf("%d elements %s", p.count[element], element)
		}
	}
	if len(p.loaded) > 0 {
		t.Errorf("it loads %q", p.loaded)
	}
	for _, link := range p.links {
		if id, inside := strings.CutPrefix(link, "#"); inside && !p.ids[id] {
			t.Errorf("the link %q leads nowhere", link)
		} else if !inside && !strings.HasPrefix(link, "https://") && !strings.HasPrefix(link, "http://") {
			t.Errorf("a link leads to %q", link)
		}
	}
	return p
}

func (p *parsedPage) node(t testing.TB, n *html.Node) {
	t.Helper()
	switch {
	case n.Type == html.TextNode && n.Parent.Data != "style" && n.Parent.Data != "script":
		p.text.WriteString(n.Data)
	case n.Type == html.ElementNode:
		p.count[n.Data]++
		if n.Data == "style" || n.Data == "script" {
			sum := sha256.Sum256([]byte(n.FirstChild.Data))
			if source := n.Data + "-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"; !strings.Contains(p.policy, source) {
				t.Errorf("the policy %q does not allow the %s: %s", p.policy, n.Data, source)
			}
		}
		for _, a := range n.Attr {
			p.attribute(t, n, a)
		}
	}
}

func (p *parsedPage) attribute(t testing.TB, n *html.Node, a html.Attribute) {
	t.Helper()
	switch {
	case strings.HasPrefix(a.Key, "on") || a.Key == "style":
		t.Errorf("<%s> has the attribute %s", n.Data, a.Key)
	case a.Key == "src" || a.Key == "srcset" || n.Data == "link":
		p.loaded = append(p.loaded, a.Val)
	case a.Key == "href":
		p.links = append(p.links, a.Val)
	case a.Key == "id":
		if p.ids[a.Val] {
			t.Errorf("the id %q is there twice", a.Val)
		}
		p.ids[a.Val] = true
	case a.Key == "content" && strings.HasPrefix(a.Val, "default-src"):
		p.policy = a.Val
	}
}

func TestWriteHTML(t *testing.T) {
	p := judgeHTML(t, render(t, "html", sampleReport()))
	text := p.text.String()
	for _, want := range []string{
		"1 of 4 subjects failed", "21 November 2026, 12:00 UTC", "alice@contoso.local: .local is not routable", "line 12, column 7",
		"issue the certificate with the user's mail address", "AADSTS50034", "MS-WCCE 2.2.2.7.7.4", "mapped by hand, until 2027",
		"no CA was given", "dora.mobileconfig (direct, mailbox exchange-server)", `users\alice & bob.p12`, "1 passed, 1 not checked", "Not checked",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in\n%s", want, text)
		}
	}
	if !strings.HasPrefix(p.policy, "default-src 'none'; ") || strings.Contains(p.policy, "unsafe") {
		t.Errorf("the policy is %q", p.policy)
	}
	if p.count["article"] != 3 {
		t.Errorf("%d groups, want 3", p.count["article"])
	}
	for _, link := range p.links {
		if strings.Contains(link, "MS-WCCE") {
			t.Errorf("the name of a document became the link %q", link)
		}
	}
}

// A large report keeps to what matters: it lists what is wrong and counts the
// rest.
func TestWriteHTMLOfMany(t *testing.T) {
	r := largeReport(1000, 2)
	out := render(t, "html", r)
	if p := judgeHTML(t, out); p.count["article"] != 4 || p.count["details"] != 5 || !strings.Contains(p.text.String(), "16 passed, 2 not checked") {
		t.Errorf("%v", p.count)
	}
	if limit := 700 * 1000; len(out) > limit {
		t.Errorf("%d bytes, want less than %d", len(out), limit)
	}
	if strings.Contains(string(out), "as it should be") {
		t.Error("passes are listed")
	}
}

// Text from outside comes out as text, and no address but one of the web is a
// link.
func TestWriteHTMLIsEscaped(t *testing.T) {
	p := judgeHTML(t, render(t, "html", hostileReport()))
	if p.count["img"] != 0 || p.count["textarea"] != 0 {
		t.Errorf("%v", p.count)
	}
	if !strings.Contains(p.text.String(), "<script>alert(1)</script>") {
		t.Error("the text is gone")
	}
}

func TestWebAddress(t *testing.T) {
	for in, want := range map[string]string{
		"https://example.com/a?b=c#d": "https://example.com/a?b=c#d", "http://example.com": "http://example.com",
		"javascript:alert(1)": "", "RFC 5280": "", "": "", "ftp://example.com": "", "https:///x": "", "//example.com": "", "data:text/html,x": "",
		"https://example.com/\u202ex": "", "HTTPS://example.com": "https://example.com",
	} {
		if got := webAddress(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func TestThousands(t *testing.T) {
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1,000", 123456: "123,456", 1234567: "1,234,567"} {
		if got := Thousands(n); got != want {
			t.Errorf("%d: %s", n, got)
		}
	}
	for noun, want := range map[string]string{"certificate": "certificates", "identity": "identities", "key": "keys", "CRL": "CRLs"} {
		if got := plural(noun); got != want {
			t.Errorf("%s: %s", noun, got)
		}
	}
}

func BenchmarkHTMLOfAFew(b *testing.B) {
	r := sampleReport()
	for b.Loop() {
		if err := r.WriteHTML(io.Discard, nil); err != nil {
			b.Fatal(err)
		}
	}
}
