package preflight

import (
	"bufio"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"strings"

	"github.com/easkit/easkit/templates"
)

// Page is a page of templates/pages that loads nothing from anywhere: what it is
// styled and run with is inside, and its Content-Security-Policy allows that by
// its hash and nothing else.
type Page struct {
	Template string // file names, as are the others
	Styles   []string
	Script   string
	Funcs    template.FuncMap
}

// PageParts is what the data of a page carries for its head.
type PageParts struct {
	Policy string // Content-Security-Policy
	Style  template.CSS
	Script template.JS
}

// Parts reads what the page carries.
func (p Page) Parts() (PageParts, error) {
	style, err := pageText(p.Styles...)
	if err != nil {
		return PageParts{}, err
	}
	script, err := pageText(p.Script)
	if err != nil {
		return PageParts{}, err
	}
	policy := fmt.Sprintf("default-src 'none'; style-src '%s'; script-src '%s'; base-uri 'none'; form-action 'none'", sourceHash(style), sourceHash(script))
	return PageParts{policy, template.CSS(style), template.JS(script)}, nil
}

// Write writes the page with its data.
func (p Page) Write(w io.Writer, data any) error {
	t, err := template.New(p.Template).Funcs(p.Funcs).ParseFS(templates.Files, "pages/"+p.Template)
	if err != nil {
		return fmt.Errorf("reading the page %s: %w", p.Template, err)
	}
	out := bufio.NewWriter(w)
	if err := t.Execute(out, data); err != nil {
		return fmt.Errorf("writing the page %s: %w", p.Template, err)
	}
	return out.Flush()
}

// pageText reads files that a page carries inside. Browsers hash them with the line
// ends of Unix, whatever the source tree was checked out with.
func pageText(names ...string) (string, error) {
	var b strings.Builder
	for _, name := range names {
		text, err := templates.Files.ReadFile("pages/" + name)
		if err != nil {
			return "", fmt.Errorf("reading %s: %w", name, err)
		}
		b.WriteString(strings.ReplaceAll(string(text), "\r\n", "\n"))
	}
	return b.String(), nil
}

// sourceHash is how a Content-Security-Policy names a style or script.
func sourceHash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

// Thousands writes a number for a person, with a comma every three digits.
func Thousands[N int | int64](n N) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
