package certs

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// answer is what a judge makes of a file: one of those below, or what it must say
// when it refuses.
type answer string

const (
	yes   answer = "yes"               // every key comes out
	bare  answer = "certificates only" // it opens, and there is no key, or none that is seen
	never answer = "not done"          // it is still busy when the time is up
)

// What the judges say when they refuse.
const (
	noRC2     answer = "Algorithm (RC2-" // only the legacy provider has it
	noRC4     answer = "Algorithm (RC4"
	noPBMAC1  answer = "Mac verify error"
	cutShort  answer = "not enough data"
	rounds    answer = "the file asks for too many rounds of key derivation"
	nssNoDER  answer = "SEC_ERROR_BAD_DER"
	nssNoMAC  answer = "SEC_ERROR_BAD_PASSWORD" // whatever is wrong before the MAC fits
	nssNoKey  answer = "SEC_ERROR_PKCS12_UNABLE_TO_IMPORT_KEY"
	javaASCII answer = "keystore password was incorrect" // it hides "Password is not ASCII"
)

// reader is a row of the table.
type reader struct {
	file                                  string
	keys                                  int
	openssl, legacy, keytool, nss, easkit answer
}

// readers is the table of who reads what: a row for each file that EncodePKCS12 makes
// and for each PKCS#12 file of testdata/foreign, with the number of its keys.
var readers = []reader{
	{"3des-rsa", 1, yes, yes, yes, yes, yes},
	{"3des-rsa-named", 1, yes, yes, yes, yes, yes},
	{"3des-rsa-alone", 1, yes, yes, yes, yes, yes},
	{"3des-ec", 1, yes, yes, yes, yes, yes},
	{"3des-ec-named", 1, yes, yes, yes, yes, yes},
	{"3des-ec-umlaut", 1, yes, yes, yes, yes, yes},
	{"aes256-rsa", 1, yes, yes, yes, yes, yes},
	{"aes256-rsa-named", 1, yes, yes, yes, yes, yes},
	{"aes256-rsa-alone", 1, yes, yes, yes, yes, yes},
	{"aes256-ec", 1, yes, yes, yes, yes, yes},
	{"aes256-ec-named", 1, yes, yes, yes, yes, yes},
	{"aes256-ec-umlaut", 1, yes, yes, yes, yes, yes},

	{"openssl-modern.p12", 1, yes, yes, yes, yes, yes},
	{"openssl-modern-nochain.p12", 1, yes, yes, yes, yes, yes},
	{"openssl-legacy.p12", 1, noRC2, yes, yes, yes, yes},
	{"openssl-3des.p12", 1, yes, yes, yes, yes, yes},
	{"openssl-aes128-sha512mac.p12", 1, yes, yes, yes, yes, yes},
	{"openssl-aes256-sha512mac.p12", 1, yes, yes, yes, yes, yes},
	{"openssl-aes256-sha1mac.p12", 1, yes, yes, yes, yes, yes},
	{"openssl-rc2-128.p12", 1, noRC2, yes, yes, yes, yes},
	{"openssl-rc4.p12", 1, noRC4, yes, yes, yes, yes},
	{"openssl-nomac.p12", 1, yes, yes, yes, nssNoDER, yes},
	{"openssl-nokey.p12", 0, bare, bare, bare, bare, bare},
	{"openssl-plainkey.p12", 1, yes, yes, bare, yes, yes},
	{"openssl-nocertenc.p12", 1, yes, yes, yes, yes, yes},
	{"openssl-emptypass.p12", 1, yes, yes, yes, yes, yes},
	{"openssl-utf8pass.p12", 1, yes, yes, javaASCII, yes, yes},
	{"openssl-manyiter.p12", 1, yes, yes, yes, yes, yes},
	{"openssl-hugeiter.p12", 1, never, never, "MAC iteration count too large", never, rounds},
	{"openssl-hugekdf.p12", 1, never, never, "key PBE iteration count too large", never, rounds},
	{"openssl-ec.p12", 1, yes, yes, yes, yes, yes},
	{"openssl-ed25519.p12", 1, yes, yes, yes, nssNoKey, yes},
	{"openssl-dotname.p12", 1, yes, yes, yes, yes, yes},
	{"openssl-caname.p12", 1, yes, yes, yes, yes, yes},
	{"openssl-csp.p12", 1, yes, yes, yes, yes, yes},
	{"chainfirst.p12", 1, yes, yes, yes, yes, yes},
	{"truncated.p12", 1, cutShort, cutShort, "EOFException", nssNoMAC, "the file is cut short"},
	{"keytool-default.p12", 1, yes, yes, yes, yes, yes},
	{"keytool-legacy.p12", 1, noRC2, yes, yes, yes, yes},
	{"keytool-aes128-sha1prf.p12", 1, yes, yes, yes, yes, yes},
	{"keytool-truststore.p12", 0, bare, bare, "Entry for alias issuing successfully imported", bare, bare},
	{"two-identities.p12", 2, yes, yes, yes, yes, yes}, // and easkit then refuses to choose
	{"nss-default.p12", 1, yes, yes, yes, yes, yes},
	{"nss-3des.p12", 1, yes, yes, yes, yes, yes},
	{"gopkcs12-legacydes.p12", 1, yes, yes, yes, yes, yes},
	{"gopkcs12-modern2023.p12", 1, yes, yes, yes, yes, yes},
	{"pbmac1.p12", 1, noPBMAC1, noPBMAC1, "NoSuchAlgorithmException", nssNoMAC, yes},
}

// improving are the files that later versions of the same tools read: OpenSSL reads
// PBMAC1 from 3.4 on and Java from 26. Only easkit's answer is final.
var improving = map[string]bool{"pbmac1.p12": true, "openssl-ed25519.p12": true, "openssl-plainkey.p12": true}

// judge is a reader of PKCS#12 files.
type judge struct {
	name string
	// present skips the test where the judge is missing.
	present func(*testing.T)
	open    func(*testing.T, judged) (keys int, says string, err error)
	expect  func(reader) answer
}

var judges = []judge{
	{"openssl", openSSL3, readWithOpenSSL, func(r reader) answer { return r.openssl }},
	{"openssl -legacy", legacyProvider, readWithLegacy, func(r reader) answer { return r.legacy }},
	{"keytool", needs("keytool"), readWithKeytool, func(r reader) answer { return r.keytool }},
	{"NSS", needs("certutil", "pk12util"), readWithNSS, func(r reader) answer { return r.nss }},
	{"easkit", needs(), readWithEaskit, func(r reader) answer { return r.easkit }},
}

// judged is a file with its password and how long a judge may take over it.
type judged struct {
	path, password string
	rounds         int           // of key derivation, at least
	limit          time.Duration // 0 is none
}

// judgedFiles are the files that the table must have, by name.
func judgedFiles(t *testing.T) map[string]judged {
	t.Helper()
	files := map[string]judged{}
	for _, w := range writtenFiles(t) {
		files[w.name] = judged{path: w.path, password: foreignPassword}
	}
	for _, f := range foreignFiles(t) {
		if strings.HasSuffix(f.File, ".p12") {
			files[f.File] = judged{path: filepath.Join(foreignDir, f.File), password: string(f.Password), rounds: f.Details.KeyIterations}
		}
	}
	return files
}

// everyJudge names the variable that asks for TestReaders, which starts some hundred
// programs.
const everyJudge = "EASKIT_JUDGES"

// TestReaders asks every judge for the keys of every file.
func TestReaders(t *testing.T) {
	files := judgedFiles(t)
	for _, r := range readers {
		if _, exists := files[r.file]; !exists {
			t.Errorf("%s is in the table twice, or is no file", r.file)
		}
		delete(files, r.file)
	}
	for name := range files {
		t.Errorf("%s is missing in the table", name)
	}
	if os.Getenv(everyJudge) != "1" {
		t.Skip(everyJudge + " is not set to 1")
	}
	files = judgedFiles(t)
	for _, j := range judges {
		t.Run(j.name, func(t *testing.T) {
			j.present(t)
			for _, r := range readers {
				t.Run(r.file, func(t *testing.T) {
					t.Parallel()
					j.check(t, r, files[r.file])
				})
			}
		})
	}
}

// TestListsOpenNoKey is why TestReaders doesn't ask for lists, as people do: Java and
// NSS list a file whose key they can't open.
func TestListsOpenNoKey(t *testing.T) {
	file := filepath.Join(foreignDir, "openssl-hugekdf.p12")
	t.Run("keytool", func(t *testing.T) {
		tool(t, "keytool")
		if out := output(t, "keytool", "-J-Duser.language=en", "-list", "-keystore", file, "-storepass", foreignPassword); !strings.Contains(out, "PrivateKeyEntry") {
			t.Errorf("it lists no key:\n%s", out)
		}
	})
	t.Run("NSS", func(t *testing.T) {
		needs("certutil", "pk12util")(t)
		db := "sql:" + t.TempDir()
		output(t, "certutil", "-N", "--empty-password", "-d", db)
		if out := output(t, "pk12util", "-l", file, "-W", foreignPassword, "-d", db); !strings.Contains(out, "Key(shrouded):") {
			t.Errorf("it lists no key:\n%s", out)
		}
	})
}

// check asks one judge about one file.
func (j judge) check(t *testing.T, r reader, f judged) {
	const patience = 300 * time.Millisecond // with a file that takes hours
	want := j.expect(r)
	if want == never {
		f.limit = patience
	}
	keys, says, err := j.open(t, f)
	var ok bool
	switch want {
	case yes:
		ok = err == nil && keys == r.keys
	case bare:
		ok = err == nil && keys == 0
	default:
		ok = strings.Contains(says, string(want))
	}
	if later := improving[r.file] && j.name != "easkit" && err == nil && keys == r.keys; !ok && !later {
		t.Errorf("%d keys, %v, want %q; it says:\n%s", keys, err, want, says)
	}
}

// run runs a program and returns what it prints; if the time is up, that it's not done.
func (f judged) run(t *testing.T, program string, args ...string) (string, error) {
	t.Helper()
	ctx := t.Context()
	if f.limit > 0 {
		limited, cancel := context.WithTimeout(ctx, f.limit)
		defer cancel()
		ctx = limited
	}
	out, err := exec.CommandContext(ctx, program, args...).CombinedOutput()
	if ctx.Err() != nil {
		return fmt.Sprintf("%s after %v", never, f.limit), err
	}
	return string(out), err
}

func needs(tools ...string) func(*testing.T) {
	return func(t *testing.T) {
		for _, name := range tools {
			tool(t, name)
		}
	}
}

// openSSL3 wants a version that has put the old algorithms aside.
func openSSL3(t *testing.T) {
	tool(t, "openssl")
	if version := output(t, "openssl", "version"); !regexp.MustCompile(`^OpenSSL ([3-9]|\d\d)\.`).MatchString(version) {
		t.Skipf("OpenSSL 3 is not on PATH, but %s", version)
	}
}

func legacyProvider(t *testing.T) {
	openSSL3(t)
	if err := exec.Command("openssl", "list", "-providers", "-provider", "legacy").Run(); err != nil {
		t.Skip("OpenSSL's legacy provider is not installed")
	}
}

func readWithOpenSSL(t *testing.T, f judged) (int, string, error) {
	return pkcs12WithOpenSSL(t, f)
}

func readWithLegacy(t *testing.T, f judged) (int, string, error) {
	return pkcs12WithOpenSSL(t, f, "-legacy")
}

func pkcs12WithOpenSSL(t *testing.T, f judged, options ...string) (int, string, error) {
	args := append([]string{"pkcs12", "-nodes", "-in", f.path, "-passin", "pass:" + f.password}, options...)
	out, err := f.run(t, "openssl", args...)
	return strings.Count(out, "-----BEGIN PRIVATE KEY-----"), out, err
}

var keytoolImported = regexp.MustCompile(`(\d+) entries successfully imported, 0 entries failed`)

func readWithKeytool(t *testing.T, f judged) (int, string, error) {
	const worthCompiling = 20_000 // rounds; below, Java's better compiler costs more than it saves
	args := []string{"-J-Duser.language=en", "-J-XX:+UseSerialGC", "-importkeystore", "-noprompt",
		"-srckeystore", f.path, "-srcstorepass", f.password,
		"-destkeystore", filepath.Join(t.TempDir(), "store"), "-deststoretype", "JKS", "-deststorepass", "changeit"}
	if f.rounds < worthCompiling {
		args = append([]string{"-J-XX:TieredStopAtLevel=1"}, args...)
	}
	out, err := f.run(t, "keytool", args...)
	m := keytoolImported.FindStringSubmatch(out)
	if m == nil {
		return 0, out, err
	}
	entries, _ := strconv.Atoi(m[1])
	return entries, out, err
}

func readWithNSS(t *testing.T, f judged) (int, string, error) {
	db := "sql:" + t.TempDir()
	output(t, "certutil", "-N", "--empty-password", "-d", db)
	if out, err := f.run(t, "pk12util", "-i", f.path, "-W", f.password, "-d", db); err != nil {
		return 0, out, err
	}
	keys, _ := f.run(t, "certutil", "-K", "-d", db) // fails where there is none
	return len(nssKey.FindAllString(keys, -1)), keys, nil
}

// nssKey is a line of certutil -K.
var nssKey = regexp.MustCompile(`(?m)^< *\d+> `)

func readWithEaskit(_ *testing.T, f judged) (int, string, error) {
	b, err := ReadFile(f.path, Unlock{Password: Password(f.password)})
	if err != nil {
		return 0, err.Error(), err
	}
	return len(b.Keys), "", nil
}
