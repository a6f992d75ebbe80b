package certs

import (
	"bytes"
	"encoding/pem"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func names(cs []*Certificate) (all []string) {
	for _, c := range cs {
		all = append(all, c.CommonName())
	}
	return all
}

func TestIssuerOf(t *testing.T) {
	for _, test := range []struct {
		name, child string
		pool        []string
		want        string // the file of the issuer; "" for none
	}{
		{"the only one", "good.pem", []string{"issuing.pem", "root.pem"}, "issuing.pem"},
		{"nobody there", "good.pem", nil, ""},
		{"others only", "good.pem", []string{"root.pem", "fabrikam-root.pem"}, ""},
		{"renewed with another key", "good.pem", []string{"issuing-renewed.pem"}, ""},
		{"renewed with another key, and the old one", "good.pem", []string{"issuing-renewed.pem", "issuing.pem"}, "issuing.pem"},
		{"renewed with another key, without SKI, and the old one", "good.pem", []string{"issuing-renewed-no-ski.pem", "issuing.pem"}, "issuing.pem"},
		{"of one key, the longest", "good.pem", []string{"issuing-shorter.pem", "issuing-longer.pem", "issuing.pem"}, "issuing-longer.pem"},
		{"in any order", "good.pem", []string{"issuing-longer.pem", "issuing.pem", "issuing-shorter.pem"}, "issuing-longer.pem"},
		{"no CA", "good.pem", []string{"issuing-not-ca.pem"}, ""},
		{"CA without SKI", "good.pem", []string{"issuing-no-ski.pem"}, "issuing-no-ski.pem"},
		{"leaf without AKI", "aki-none.pem", []string{"issuing-renewed.pem", "issuing.pem"}, "issuing.pem"},
		{"a root before a cross-signed one", "issuing.pem", []string{"root-cross-signed.pem", "root.pem"}, "root.pem"},
		{"a cross-signed one where it is all", "issuing.pem", []string{"root-cross-signed.pem", "fabrikam-root.pem"}, "root-cross-signed.pem"},
		{"itself", "root.pem", []string{"root.pem"}, "root.pem"},
	} {
		got := IssuerOf(certificateIn(t, test.child), certificatesIn(t, test.pool...))
		switch {
		case test.want == "" && got != nil:
			t.Errorf("%s: the issuer is %s, want none", test.name, got)
		case test.want != "" && (got == nil || !bytes.Equal(got.Raw, certificateIn(t, test.want).Raw)):
			t.Errorf("%s: the issuer is %v, want that of %s", test.name, got, test.want)
		}
	}
}

func TestBuildChain(t *testing.T) {
	for _, test := range []struct {
		name, leaf string
		pool       []string
		want       []string
	}{
		{"whole", "good.pem", issuers, []string{"Contoso Test Issuing CA", "Contoso Test Root"}},
		{"among strangers", "good.pem", []string{"fabrikam-root.pem", "root.pem", "issuing-renewed.pem", "issuing.pem"}, []string{"Contoso Test Issuing CA", "Contoso Test Root"}},
		{"without the root", "good.pem", []string{"issuing.pem"}, []string{"Contoso Test Issuing CA"}},
		{"without the issuer", "good.pem", []string{"root.pem"}, nil},
		{"up to another root", "good.pem", []string{"issuing.pem", "root-cross-signed.pem", "fabrikam-root.pem"}, []string{"Contoso Test Issuing CA", "Contoso Test Root", "Fabrikam Root"}},
		{"of a self-signed leaf", "self-signed.pem", append([]string{"self-signed.pem"}, issuers...), nil},
		{"of a root", "root.pem", []string{"root.pem"}, nil},
		{"in a circle", "cross-signed.pem", []string{"cross-signed.pem"}, []string{"Contoso Test East", "Contoso Test West"}},
	} {
		got := names(BuildChain(certificateIn(t, test.leaf), certificatesIn(t, test.pool...)))
		if !slices.Equal(got, test.want) {
			t.Errorf("%s: the chain is %q, want %q", test.name, got, test.want)
		}
	}
}

// A chain ends at ten authorities, with the root or without it.
func TestBuildChainLimit(t *testing.T) {
	for file, root := range map[string]bool{"deep-10.pem": true, "deep-12.pem": false} {
		all := certificatesIn(t, file)
		slices.Reverse(all[1:])
		chain := BuildChain(all[0], all[1:])
		if len(chain) != 10 || chain[9].CommonName() != "Contoso Test Level 10" || chain[9].IsRoot() != root {
			t.Errorf("%s: the chain is %q", file, names(chain))
		}
	}
}

// An identity is one key with one certificate; its chain may come from elsewhere.
func TestIdentity(t *testing.T) {
	alice, bob := keyPEM(t, "alice-rsa2048"), keyPEM(t, "bob-p256")
	good, bobs := readTestFile(t, "good.pem"), readTestFile(t, "key-p256.pem")
	for _, test := range []struct {
		name string
		file []byte
		more []string
		want []string // names of leaf and chain
		err  error
		says string
	}{
		{"certificate first", join(good, alice), nil, []string{"Alice Example"}, nil, ""},
		{"key first", join(alice, good), nil, []string{"Alice Example"}, nil, ""},
		{"with its chain", join(readTestFile(t, "good-chain.pem"), alice), nil, []string{"Alice Example", "Contoso Test Issuing CA", "Contoso Test Root"}, nil, ""},
		{"chain first", join(readTestFile(t, "root.pem"), readTestFile(t, "issuing.pem"), good, alice), nil, []string{"Alice Example", "Contoso Test Issuing CA", "Contoso Test Root"}, nil, ""},
		{"chain given", join(good, alice), issuers, []string{"Alice Example", "Contoso Test Issuing CA", "Contoso Test Root"}, nil, ""},
		{"half of the chain given", join(readTestFile(t, "good-issuing.pem"), alice), []string{"root.pem"}, []string{"Alice Example", "Contoso Test Issuing CA", "Contoso Test Root"}, nil, ""},
		{"everything twice", join(alice, good, alice, good), nil, []string{"Alice Example"}, nil, ""},
		{"a key too many", join(alice, good, bob), nil, []string{"Alice Example"}, nil, ""},
		{"no key", readTestFile(t, "good-chain.pem"), nil, nil, ErrNoKey, `"Alice Example", "Contoso Test Issuing CA", "Contoso Test Root"`},
		{"key alone", alice, nil, nil, ErrNoCertificate, "no certificate"},
		{"another's key", join(good, bob), nil, nil, ErrNoCertificate, `"Alice Example"`},
		{"two people", join(good, alice, bobs, bob), nil, nil, ErrSeveral, `"Alice Example", "Alice Example"`},
		{"two certificates of one key", join(good, readTestFile(t, "expired.pem"), alice), nil, nil, ErrSeveral, `"Alice Example"`},
		{"a leaf that Go refuses", join(readTestFile(t, "serial-negative.pem"), alice), issuers, []string{"Alice Example", "Contoso Test Issuing CA", "Contoso Test Root"}, nil, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			b, err := Read(test.file, Unlock{})
			if err != nil {
				t.Fatal(err)
			}
			id, err := b.Identity(certificatesIn(t, test.more...)...)
			if !errors.Is(err, test.err) {
				t.Fatalf("error %v, want %v", err, test.err)
			}
			if err != nil {
				if !strings.Contains(err.Error(), test.says) {
					t.Errorf("error %q, want %q in it", err, test.says)
				}
				return
			}
			if got := names(append([]*Certificate{id.Leaf}, id.Chain...)); !slices.Equal(got, test.want) {
				t.Errorf("leaf and chain are %q, want %q", got, test.want)
			}
			if !samePublicKey(id.Leaf.PublicKey, id.Key.Public()) || id.PKCS12 != nil {
				t.Error("the key is not the leaf's, or a PKCS#12 file is said to be there")
			}
		})
	}
}

// PEM files as people hand them over.
func TestReadPEM(t *testing.T) {
	good, alice := readTestFile(t, "good.pem"), keyPEM(t, "alice-rsa2048")
	crlf := bytes.ReplaceAll(join(good, alice), []byte("\n"), []byte("\r\n"))
	damaged := bytes.Replace(good, []byte("\nMII"), []byte("\nM*I"), 1)
	request := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: []byte{0x30, 0}})
	for _, test := range []struct {
		name               string
		file               []byte
		certificates, keys int
		err                error
	}{
		{"as it is", join(good, alice), 1, 1, nil},
		{"with CR LF", crlf, 1, 1, nil},
		{"with a byte order mark", append([]byte("\ufeff"), pem.EncodeToMemory(pemBlocks(good)[0])...), 1, 0, nil},
		{"a byte order mark and two blocks", append([]byte("\ufeff"), join(pem.EncodeToMemory(pemBlocks(good)[0]), alice)...), 1, 1, nil},
		{"one certificate twice", join(good, good), 1, 0, nil},
		{"PKCS#7 within", join(readTestFile(t, "chain-pem.p7b"), alice), 3, 1, nil},
		{"a request beside it", join(request, good), 1, 0, nil},
		{"a request alone", request, 0, 0, ErrFormat},
		{"damaged, alone", damaged, 0, 0, ErrFormat},
		{"damaged, before another", join(damaged, alice), 0, 0, ErrFormat},
		{"damaged, after another", join(alice, damaged), 0, 0, ErrFormat},
		{"cut off", good[:len(good)-40], 0, 0, ErrTruncated},
		{"cut off after another", join(alice, good[:len(good)-40]), 0, 0, ErrTruncated},
		{"cut off before another", join(good[:len(good)-40], alice), 0, 0, ErrFormat},
		{"nothing", nil, 0, 0, ErrFormat},
		{"white space", []byte(" \r\n"), 0, 0, ErrFormat},
		{"text", []byte("hello"), 0, 0, ErrFormat},
	} {
		b, err := Read(test.file, Unlock{})
		if !errors.Is(err, test.err) {
			t.Errorf("%s: error %v, want %v", test.name, err, test.err)
		}
		if err == nil && (len(b.Certificates) != test.certificates || len(b.Keys) != test.keys) {
			t.Errorf("%s: %d certificates and %d keys, want %d and %d", test.name, len(b.Certificates), len(b.Keys), test.certificates, test.keys)
		}
	}
}

// OpenSSL writes what it trusts a certificate for after it, in the same block.
func TestReadTrustedCertificate(t *testing.T) {
	tool(t, "openssl")
	out := output(t, "openssl", "x509", "-in", filepath.Join(fixtureDir, "good.pem"), "-addtrust", "clientAuth", "-setalias", "alice", "-trustout")
	b, err := Read([]byte(out), Unlock{})
	if err != nil || len(b.Certificates) != 1 || b.Certificates[0].X509 == nil {
		t.Errorf("%+v, %v; want Alice's certificate", b, err)
	}
}

// A file of several encrypted keys asks for its password once, and its work is
// bounded as a whole.
func TestReadPEMWithSeveralEncryptedKeys(t *testing.T) {
	file := join(readTestFile(t, "alice-enc-pbes2.pem"), readTestFile(t, "alice-enc-des3.pem"), readTestFile(t, "alice-proctype.pem"))
	asked := 0
	b, err := Read(file, Unlock{Prompt: func() (Password, error) { asked++; return foreignPassword, nil }})
	if err != nil || len(b.Keys) != 3 || asked != 1 {
		t.Errorf("%v, %d keys, asked %d times; want three keys and one question", err, len(b.Keys), asked)
	}
	if _, err := b.Identity(); err != nil {
		t.Errorf("three times the same key: %v", err)
	}
	const each = 16384 * 8 // N·r of the scrypt in this file
	greedy := bytes.Repeat(pem.EncodeToMemory(pemBlocks(readTestFile(t, "alice-enc-scrypt.pem"))[0]), 2)
	r := pemReader{bundle: &Bundle{}, unlock: Unlock{Password: foreignPassword}, budget: budget{each + each/2}}
	for i, block := range pemBlocks(greedy) {
		if err := r.read(block); errors.Is(err, ErrIterations) != (i > 0) {
			t.Errorf("scrypt key %d with work left for one and a half: %v", i+1, err)
		}
	}
}

// An error of the prompt, such as an interrupt, comes back as it is.
func TestPromptError(t *testing.T) {
	interrupted := errors.New("interrupted")
	for _, file := range []string{"openssl-modern.p12", "alice-enc-pbes2.pem"} {
		_, err := Read(readTestFile(t, file), Unlock{Prompt: func() (Password, error) { return "", interrupted }})
		if !errors.Is(err, interrupted) {
			t.Errorf("%s: %v", file, err)
		}
	}
}
