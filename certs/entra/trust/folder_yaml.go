package trust

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
)

// The bounds of a crl.yaml: 250 CAs of four lines. They are there because the YAML
// library's work grows with the square of the number of lines and of tokens.
const (
	maxYAML       = 128 << 10 // bytes
	maxYAMLTokens = 6000      // words, colons and so on
)

// setting is what crl.yaml says of one CA.
type setting struct {
	line       int
	key        string // the CA, as it is called there
	hasCRL     bool   // it speaks of the address, be it that there is none
	crl, delta string
	hasDelta   bool // it speaks of the delta CRL, be it that there is none
	hasHint    bool // it speaks of the issuer hint
	hint       bool
}

// noCRL is the value of crl that stands for no address.
const noCRL = "none"

// readYAML reads crl.yaml, and says of each CA that is wanted what it holds; nil
// for nothing.
func (r *folderReader) readYAML() ([]*setting, error) {
	given := make([]*setting, len(r.folder.Wanted))
	if r.yaml == "" {
		return given, nil
	}
	data, err := readLimited(r.fsys, r.yaml)
	var settings []*setting
	if err == nil {
		settings, err = parseSettings(data)
	}
	for _, s := range settings {
		if err == nil {
			err = r.assign(s, given)
		}
	}
	return given, err
}

// assign gives a setting to its CA: to all certificates of one name and key, as
// those have one CRL.
func (r *folderReader) assign(s *setting, given []*setting) error {
	var ca *Wanted
	for i := range r.folder.Wanted {
		w := &r.folder.Wanted[i]
		switch {
		case !w.called(s.key):
			continue
		case ca != nil && !(bytes.Equal(ca.Certificate.RawKey, w.Certificate.RawKey) && bytes.Equal(ca.Certificate.RawSubject, w.Certificate.RawSubject)):
			return s.fault("two CAs are called so, %q in %s and %q in %s: write their thumbprints, such as %s", ca.Certificate, shown(ca.File), w.Certificate, shown(w.File), ca.Entry.Thumbprint())
		case given[i] != nil:
			return s.fault("line %d is about the same CA: keep one", given[i].line)
		}
		ca, given[i] = w, s
	}
	if ca != nil || r.refused(s.key) {
		return nil
	}
	return s.fault("no CA of the folder is called so: write a file's name, a thumbprint, a key identifier in hex, or a common name")
}

// refused reports whether a key of crl.yaml is that of a CA or file which was refused.
func (r *folderReader) refused(key string) bool {
	return slices.ContainsFunc(r.folder.Refused, func(f Refusal) bool { return strings.EqualFold(f.File, shown(key)) }) ||
		slices.ContainsFunc(r.unwanted, func(w Wanted) bool { return w.called(key) })
}

// called reports whether a key of crl.yaml is a CA's.
func (w *Wanted) called(key string) bool {
	digits := hexDigits(key)
	return strings.EqualFold(w.File, key) || w.Entry.Is(key) || w.Certificate.CommonName() == key ||
		digits != "" && digits == hex.EncodeToString(w.Certificate.SubjectKeyID)
}

func (s *setting) fault(format string, args ...any) error {
	return fault(s.line, s.key, format, args...)
}

// fault is an error at a line and key of crl.yaml.
func fault(line int, key, format string, args ...any) error {
	where := fmt.Sprintf("line %d", line)
	if key != "" {
		where += ", " + shown(key)
	}
	return fmt.Errorf("%s: %s", where, fmt.Sprintf(format, args...))
}

// parseSettings reads a crl.yaml as far as that goes without the CAs.
func parseSettings(data []byte) ([]*setting, error) {
	root, err := parseYAML(data)
	if err != nil {
		return nil, err
	}
	var settings []*setting
	err = pairs("", root, func(line int, key string, value ast.Node) (err error) {
		s := &setting{line: line, key: key}
		settings = append(settings, s)
		if section, ok := value.(*ast.MappingNode); ok {
			return s.section(section)
		}
		s.hasCRL = true
		s.crl, err = address(line, key, value)
		return err
	})
	if err != nil {
		return nil, err
	}
	return settings, nil
}

func parseYAML(data []byte) (*ast.MappingNode, error) {
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	switch {
	case len(data) > maxYAML:
		return nil, fmt.Errorf("it has %d bytes, more than the %d that it may have", len(data), maxYAML)
	case !utf8.Valid(data):
		return nil, errors.New("it is not UTF-8: save it as UTF-8")
	}
	tokens := lexer.Tokenize(string(data))
	if len(tokens) > maxYAMLTokens {
		return nil, fmt.Errorf("it has more than the %d words and signs that it may have", maxYAMLTokens)
	}
	// Keys that are there twice are found later, with both of their lines.
	file, err := parser.Parse(tokens, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		return nil, notYAML(err)
	}
	if len(file.Docs) == 1 {
		if root, ok := file.Docs[0].Body.(*ast.MappingNode); ok {
			return root, nil
		}
	}
	return nil, errors.New("it must be lines of the form \"issuing.pem: http://crl.contoso.com/issuing.crl\"")
}

func notYAML(err error) error {
	var known yaml.Error
	if !errors.As(err, &known) || known.GetToken() == nil || known.GetToken().Position == nil {
		return errors.New("it is not YAML")
	}
	return fault(known.GetToken().Position.Line, "", "it is not YAML: %s", shown(known.GetMessage()))
}

// pairs walks over a mapping in the order of the file. Keys are taken as they are
// written: a thumbprint may look like a number.
func pairs(section string, n *ast.MappingNode, each func(line int, key string, value ast.Node) error) error {
	lines := map[string]int{}
	for _, pair := range n.Values {
		token := pair.Key.GetToken()
		if token == nil || token.Position == nil {
			return errors.New("it is not YAML: there is a key without a place")
		}
		line, key := token.Position.Line, token.Value
		if _, scalar := pair.Key.(ast.ScalarNode); !scalar || pair.Key.IsMergeKey() || key == "" {
			return fault(line, section, "a key is one word or text, such as issuing.pem")
		}
		if before := lines[key]; before > 0 {
			return fault(line, key, "this key is there already, in line %d: keep one", before)
		}
		lines[key] = line
		if err := each(line, key, pair.Value); err != nil {
			return err
		}
	}
	return nil
}

// section reads the long form.
func (s *setting) section(n *ast.MappingNode) error {
	err := pairs(s.key, n, func(line int, key string, value ast.Node) (err error) {
		where := s.key + "." + key
		switch key {
		case "crl":
			s.hasCRL = true
			s.crl, err = address(line, where, value)
		case "delta":
			s.hasDelta = true
			s.delta, err = address(line, where, value)
		case "issuer-hint":
			on, ok := value.(*ast.BoolNode)
			if !ok {
				return fault(line, where, "it is not true or false: write one of the two")
			}
			s.hasHint, s.hint = true, on.Value
		default:
			err = fault(line, where, "this key is unknown%s; there are crl, delta and issuer-hint", suggestion(key))
		}
		return err
	})
	if err == nil && s.delta != "" && s.crl == "" {
		return s.fault("there is a delta and no crl: Entra ID refuses a delta CRL without a base (AADSTS500177)")
	}
	return err
}

// meanings are words that stand in keys which somebody may write for the known
// ones, the most telling first.
var meanings = []struct{ word, key string }{
	{"delta", "delta"}, {"fresh", "delta"}, {"hint", "issuer-hint"}, {"issuer", "issuer-hint"},
	{"crl", "crl"}, {"cdp", "crl"}, {"url", "crl"}, {"revocation", "crl"}, {"address", "crl"},
}

// suggestion names the key that may have been meant.
func suggestion(key string) string {
	for _, m := range meanings {
		if strings.Contains(strings.ToLower(key), m.word) {
			return fmt.Sprintf(", did you mean %q?", m.key)
		}
	}
	return ""
}

// schemes are those of addresses that CRLs have. Those that Entra ID doesn't fetch
// are taken as well: ca.crl-url says of them why not.
var schemes = []string{"http", "https", "ldap", "ldaps"}

// address reads the address of a CRL; "" for none.
func address(line int, key string, n ast.Node) (string, error) {
	text, ok := n.(*ast.StringNode)
	if !ok {
		return "", fault(line, key, "there is no address: write one, such as http://crl.contoso.com/issuing.crl, or %s", noCRL)
	}
	if text.Value == noCRL {
		return "", nil
	}
	u, err := url.Parse(text.Value)
	if err != nil || !slices.Contains(schemes, strings.ToLower(u.Scheme)) {
		return "", fault(line, key, "%s is no address of a CRL: write one, such as http://crl.contoso.com/issuing.crl, or %s", shown(text.Value), noCRL)
	}
	return text.Value, nil
}
