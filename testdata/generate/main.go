// Command generate writes the certificates and CRLs that the tests judge, each
// with one thing special about it. Keys are those of testdata/keys, serial numbers come
// from file names, the clock stands still and every signature is RSA PKCS #1
// v1.5, which takes no randomness: the same source gives the same bytes.
//
// DER is put together here rather than by crypto/x509, because half of the
// cases are what crypto/x509 refuses to write, and because its defaults change
// from one Go release to the next.
package main

import (
	"bytes"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
)

func main() {
	out := flag.String("o", "../testdata", "the `folder` to write the folders certs and crls to")
	keys := flag.String("keys", "../testdata/keys", "the `folder` of the test keys")
	flag.Parse()
	if err := run(*keys, *out); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

// folder is a folder of fixtures: what its .gitattributes and its README say, and
// the files.
type folder struct {
	name               string
	attributes, readme string
	cases              []testCase
}

func folders() []folder {
	return []folder{
		{"certs", attributes, readme, slices.Concat(cases, revocationCases)},
		{"crls", listAttributes, listReadme, lists},
	}
}

// run replaces the fixtures below the folder out.
func run(keyDir, out string) error {
	ks, err := readKeys(keyDir)
	if err != nil {
		return err
	}
	for _, f := range folders() {
		files, err := f.render(ks)
		if err != nil {
			return err
		}
		if err := replace(filepath.Join(out, f.name), files); err != nil {
			return err
		}
	}
	return nil
}

func replace(dir string, files map[string][]byte) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	if err := removeOld(dir, files); err != nil {
		return err
	}
	for name, data := range files {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// removeOld deletes the files of cases that are no more.
func removeOld(dir string, keep map[string][]byte) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		ext := filepath.Ext(e.Name())
		if _, ok := keep[e.Name()]; ok || ext != ".pem" && ext != ".der" && ext != ".crl" {
			continue
		}
		if err := os.Remove(filepath.Join(dir, e.Name())); err != nil {
			return err
		}
	}
	return nil
}

// attributes keeps git from changing line ends, which the tests would notice.
const attributes = "* -text\n*.der binary\n"

const readme = `# Certificates for the tests

Made by ` + "`go generate ./certs`" + ` from ` + "`testdata/generate`" + ` and the published keys in ` + "`testdata/keys`" + `; a test fails where these files and that program differ. Unless a row says otherwise: valid from 2026-01-01 to 2036-01-01, signed with SHA-256 and RSA, issued by "Contoso Test Issuing CA" below "Contoso Test Root", for Alice's RSA 2048 key, with UPN and rfc822Name alice@contoso.com, clientAuth, digitalSignature, SKI, AKI and a CRL distribution point.

| file | what is special |
|---|---|
`

// render makes all files, by name.
func (f folder) render(ks *keys) (map[string][]byte, error) {
	files := map[string][]byte{".gitattributes": []byte(f.attributes)}
	index := bytes.NewBufferString(f.readme)
	for _, c := range f.cases {
		if _, twice := files[c.file]; twice {
			return nil, fmt.Errorf("%s is there twice", c.file)
		}
		data, err := c.render(ks)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", c.file, err)
		}
		files[c.file] = data
		fmt.Fprintf(index, "| `%s` | %s |\n", c.file, c.about)
	}
	files["README.md"] = index.Bytes()
	return files, nil
}

// render makes one file: PEM under a line that says what is special; of CRLs, and
// where the file itself is damaged, the bytes alone.
func (c testCase) render(ks *keys) ([]byte, error) {
	var text bytes.Buffer
	fmt.Fprintf(&text, "%s\n", c.about)
	for _, make := range c.make {
		der, err := make(ks, c.file)
		if err != nil {
			return nil, err
		}
		if filepath.Ext(c.file) != ".pem" {
			return der, nil
		}
		if err := pem.Encode(&text, &pem.Block{Type: "CERTIFICATE", Bytes: der}); err != nil {
			return nil, err
		}
	}
	return text.Bytes(), nil
}

// keys are the test keys by file name without extension.
type keys struct {
	private map[string]*rsa.PrivateKey // those that sign
	public  map[string]any
}

func readKeys(dir string) (*keys, error) {
	ks := &keys{private: map[string]*rsa.PrivateKey{}, public: madeUpKeys()}
	paths, err := filepath.Glob(filepath.Join(dir, "*.pem"))
	if err != nil {
		return nil, err
	}
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		block, _ := pem.Decode(data)
		if block == nil {
			return nil, fmt.Errorf("%s holds no PEM block", path)
		}
		key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		name := filepath.Base(path[:len(path)-len(".pem")])
		ks.public[name] = publicOf(key)
		if rsaKey, ok := key.(*rsa.PrivateKey); ok {
			ks.private[name] = rsaKey
		}
	}
	return ks, nil
}
