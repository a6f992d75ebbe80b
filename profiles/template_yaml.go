package profiles

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// The bounds of a template: less than a hundred keys, with room for consent texts in
// many languages. They are there because the YAML library's work grows with the
// square of the number of lines and of tokens.
const (
	maxTemplate       = 128 << 10 // bytes
	maxTemplateLines  = 4000
	maxTemplateTokens = 4000 // words, brackets, colons and so on
)

// place is where something stands in a template, counted from 1.
type place struct{ line, column int }

func placeOf(t *token.Token) place {
	if t == nil || t.Position == nil {
		return place{}
	}
	return place{t.Position.Line, t.Position.Column}
}

// fault is a *TemplateError at a place.
func (p place) fault(key, format string, args ...any) error {
	return &TemplateError{Line: p.line, Column: p.column, Key: key, Reason: fmt.Sprintf(format, args...)}
}

// parseYAML reads a template as far as YAML goes: its one mapping.
func parseYAML(data []byte) (*ast.MappingNode, error) {
	text, err := yamlText(data)
	if err != nil {
		return nil, err
	}
	tokens := lexer.Tokenize(text)
	if len(tokens) > maxTemplateTokens {
		return nil, place{}.fault("", "it has more than the %d words and signs that a template may have", maxTemplateTokens)
	}
	// Keys that are there twice are found later, where their sections are known.
	file, err := parser.Parse(tokens, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		return nil, syntaxError(err)
	}
	var root ast.Node
	for _, doc := range file.Docs {
		if doc.Body == nil || doc.Body.Type() == ast.DirectiveType { // such as %YAML 1.2
			continue
		}
		if root != nil {
			return nil, startOf(doc.Body).fault("", "a second YAML document starts here, and a template is one")
		}
		root = doc.Body
	}
	switch root := root.(type) {
	case nil, *ast.NullNode:
		return nil, place{}.fault("", "it is empty")
	case *ast.MappingNode:
		return root, nil
	}
	return nil, startOf(root).fault("", "%s: a template is lines of the form \"key: value\"", kindOf(root))
}

// utf8Mark is the byte order mark that some editors put before UTF-8.
var utf8Mark = []byte("\ufeff")

// yamlText is the text of a template, within the bounds.
func yamlText(data []byte) (string, error) {
	if len(data) > maxTemplate {
		return "", place{}.fault("", "it has %d bytes, more than the %d that a template may have", len(data), maxTemplate)
	}
	if bytes.HasPrefix(data, []byte("\xff\xfe")) || bytes.HasPrefix(data, []byte("\xfe\xff")) {
		return "", place{1, 1}.fault("", "it is UTF-16, as Windows PowerShell's > writes files: save it as UTF-8")
	}
	data = bytes.TrimPrefix(data, utf8Mark)
	for rest := data; !utf8.Valid(rest); {
		r, size := utf8.DecodeRune(rest)
		if r == utf8.RuneError && size == 1 {
			line := 1 + bytes.Count(data[:len(data)-len(rest)], []byte("\n"))
			return "", place{line, 0}.fault("", "the byte %#x is not UTF-8: save the file as UTF-8", rest[0])
		}
		rest = rest[size:]
	}
	text := string(data)
	if lines := strings.Count(text, "\n") + strings.Count(text, "\r") - strings.Count(text, "\r\n"); lines > maxTemplateLines {
		return "", place{}.fault("", "it has more than the %d lines that a template may have", maxTemplateLines)
	}
	return text, nil
}

// syntaxHints say in an admin's words what the YAML library finds.
var syntaxHints = []struct{ library, hint string }{
	{"'\t'", "there is a tab: YAML is indented with spaces"},
	{"tab character", "there is a tab: YAML is indented with spaces"},
	{"could not find end character", "a quotation mark is opened and not closed"},
	{"escape character", "a backslash means something in double quotation marks: write single ones"},
	{"is a reserved character", "a value cannot start with this character: put the value in quotation marks"},
	{"end token", "a bracket is opened and not closed"},
	{"could not find flow map content", "a bracket is opened and not closed"},
	{"must be specified", "a comma or a closing bracket is missing"},
	{"character corresponding", "a bracket is closed that was not opened"},
	{"alias", noAnchors},
	{"anchor", noAnchors},
	{"unexpected key name", "there is no colon: a line is a key, a colon, a space and a value"},
	{"non-map value", "there is no colon: a line is a key, a colon, a space and a value"},
	{"mapping value is not allowed", "there is a second colon: put a value that has one in quotation marks"},
	{"not allowed in this context", "it does not belong to the line above: is it indented like its neighbours?"},
}

const noAnchors = "anchors and aliases (& and *) are not supported: write the value out, or put it in quotation marks"

func syntaxError(err error) error {
	var known yaml.Error
	if !errors.As(err, &known) {
		return &TemplateError{Reason: clip(err.Error())}
	}
	at := placeOf(known.GetToken())
	for _, h := range syntaxHints {
		if strings.Contains(known.GetMessage(), h.library) {
			return at.fault("", "%s", h.hint)
		}
	}
	return at.fault("", "it is not YAML: %s", clip(known.GetMessage()))
}

// maxClip is how much of a value an error shows, in bytes.
const maxClip = 80

// clip shortens what an error shows of a value, and takes out what would break
// its line.
func clip(s string) string {
	if len(s) > maxClip {
		cut := maxClip
		for cut > maxClip-utf8.UTFMax && !utf8.RuneStart(s[cut]) {
			cut--
		}
		s = s[:cut] + "…"
	}
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '\ufffd'
		}
		return r
	}, s)
}
