package profiles

import (
	"bytes"
	"crypto/x509"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/lab"
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/certs/signer"
)

// now is the clock of all tests.
var now = time.Date(2026, time.November, 21, 12, 0, 0, 0, time.UTC)

const foreignDir = "../testdata/foreign/"

// leaf is a certificate of which only the names matter: "upn:…" and "mail:…".
func leaf(names ...string) *certs.Certificate {
	c := &certs.Certificate{HasSAN: len(names) > 0}
	for _, n := range names {
		kind, value, _ := strings.Cut(n, ":")
		c.Names = append(c.Names, certs.Name{Kind: map[string]certs.NameKind{"upn": certs.KindUPN, "mail": certs.KindEmail}[kind], Value: value})
	}
	return c
}

// parse reads a template that is sound.
func parse(t testing.TB, text string) Template {
	t.Helper()
	template, err := ParseTemplate([]byte(text))
	if err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	return template
}

// asTemplateError checks what holds for every error of ParseTemplate.
func asTemplateError(t testing.TB, err error) *TemplateError {
	t.Helper()
	var e *TemplateError
	if !errors.As(err, &e) {
		t.Fatalf("%T %v is no *TemplateError", err, err)
	}
	if text := e.Error(); strings.ContainsAny(text, "\r\n") || text == "" || len(text) > 600 {
		t.Errorf("the error is not a line for people: %q", text)
	}
	return e
}

// schema compiles schema.json, with its formats enforced as editors do.
func schema(t testing.TB) *jsonschema.Schema {
	t.Helper()
	data, err := TemplateSchema()
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("schema.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// instance is what an editor sees of a YAML text: its value, as JSON has it.
func instance(text []byte) (any, error) {
	var v any
	if err := yaml.Unmarshal(text, &v); err != nil {
		return nil, err
	}
	data, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	return jsonschema.UnmarshalJSON(bytes.NewReader(data))
}

// identity opens a foreign identity.
func identity(t testing.TB, file string) *certs.Identity {
	t.Helper()
	b, err := certs.ReadFile(foreignDir+file, certs.Unlock{Password: "correct horse"})
	if err != nil {
		t.Fatal(err)
	}
	id, err := b.Identity()
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// signerOf makes a signer of an identity, with the intermediates that it has.
func signerOf(t testing.TB, id *certs.Identity) *signer.Signer {
	t.Helper()
	s, err := signer.New(id)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// labSigner makes a PKI that lives from now on, its root, and a signer in it.
func labSigner(t testing.TB) (*signer.Signer, *x509.CertPool) {
	t.Helper()
	l, err := lab.New(now, "http://crl.contoso.com")
	if err != nil {
		t.Fatal(err)
	}
	id, err := l.Signer()
	if err != nil {
		t.Fatal(err)
	}
	return signerOf(t, id), pool(l.Root.Certificate)
}

func pool(cas ...*certs.Certificate) *x509.CertPool {
	p := x509.NewCertPool()
	for _, c := range cas {
		p.AddCert(c.X509)
	}
	return p
}

// sign signs content attached, at now.
func sign(t testing.TB, s *signer.Signer, content string) []byte {
	t.Helper()
	data, err := s.Sign([]byte(content), now, false)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// find returns the only finding of a check.
func find(t testing.TB, findings []preflight.Finding, id string) preflight.Finding {
	t.Helper()
	var found []preflight.Finding
	for _, f := range findings {
		if f.Check == id {
			found = append(found, f)
		}
	}
	if len(found) != 1 {
		t.Fatalf("%d findings of %s in %v", len(found), id, findings)
	}
	return found[0]
}
