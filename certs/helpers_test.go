package certs

import (
	"bytes"
	"crypto"
	"encoding/pem"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// The folders of test data; testdata/certs and testdata/foreign say in their
// README what is special about each file.
const (
	fixtureDir = "../testdata/certs"
	keyDir     = "../testdata/keys"
)

// foreignPassword opens what is encrypted in testdata/foreign, but for two files.
const foreignPassword = "correct horse"

// testClock is when the tests take place.
var testClock = time.Date(2026, time.November, 21, 12, 0, 0, 0, time.UTC)

// issuers are the CAs above the good case.
var issuers = []string{"issuing.pem", "root.pem"}

// testFile is the path of a file in testdata/certs, or else in testdata/foreign.
func testFile(name string) string {
	path := filepath.Join(fixtureDir, name)
	if _, err := os.Stat(path); err != nil {
		path = filepath.Join(foreignDir, name)
	}
	return path
}

func readTestFile(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(testFile(name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// pemBlocks takes a PEM file apart.
func pemBlocks(data []byte) (blocks []*pem.Block) {
	for {
		block, rest := pem.Decode(data)
		if block == nil {
			return blocks
		}
		blocks, data = append(blocks, block), rest
	}
}

// certificatesIn reads the certificates of PEM files, in their order.
func certificatesIn(t testing.TB, files ...string) (all []*Certificate) {
	t.Helper()
	for _, file := range files {
		for _, block := range pemBlocks(readTestFile(t, file)) {
			c, err := ParseCertificate(block.Bytes)
			if err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			all = append(all, c)
		}
	}
	return all
}

// certificateIn is the first certificate of a PEM file.
func certificateIn(t testing.TB, file string) *Certificate {
	t.Helper()
	all := certificatesIn(t, file)
	if len(all) == 0 {
		t.Fatalf("%s holds no certificate", file)
	}
	return all[0]
}

// fixtureFiles lists testdata/certs by extension.
func fixtureFiles(t testing.TB, ext string) []string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(fixtureDir, "*"+ext))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no %s files in %s (%v): go generate makes them", ext, fixtureDir, err)
	}
	for i, p := range paths {
		paths[i] = filepath.Base(p)
	}
	return paths
}

// keyPEM is the file of a test key.
func keyPEM(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(keyDir, name+".pem"))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// testKey reads a key of testdata/keys.
func testKey(t testing.TB, name string) crypto.Signer {
	t.Helper()
	block, _ := pem.Decode(keyPEM(t, name))
	key, err := parseKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// openedFiles keeps what openTestFile has read: some files take a while.
var openedFiles sync.Map

type opened struct {
	bundle *Bundle
	err    error
}

// openTestFile reads a file with its password, once.
func openTestFile(t testing.TB, file string) (*Bundle, error) {
	t.Helper()
	if known, ok := openedFiles.Load(file); ok {
		return known.(opened).bundle, known.(opened).err
	}
	var u Unlock
	for _, f := range foreignFiles(t) {
		if f.File == file {
			u.Password = f.Password
		}
	}
	b, err := ReadFile(testFile(file), u)
	openedFiles.Store(file, opened{b, err})
	return b, err
}

// tool skips the test where a program that it needs is missing.
func tool(t *testing.T, name string) {
	t.Helper()
	if _, err := exec.LookPath(name); err != nil {
		t.Skipf("%s is not on PATH", name)
	}
}

// output runs a program and returns what it prints on both its streams.
func output(t *testing.T, program string, args ...string) string {
	t.Helper()
	out, err := exec.Command(program, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", program, strings.Join(args, " "), err, out)
	}
	return string(out)
}

// join puts PEM files together.
func join(parts ...[]byte) []byte { return bytes.Join(parts, []byte("\n")) }

func writeFile(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}
