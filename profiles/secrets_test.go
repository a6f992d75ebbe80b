package profiles

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestNamesPassword(t *testing.T) {
	for _, name := range []string{
		"password", "Password", "exchange_password", "adminPassword", "adminpassword", "Password1", "password2", "passwords",
		"PASSWORD", "wifi-passphrase", "passwd", "exchange_pwd", "userPWD", "PassWord", "pass_phrase", "sharedSecret", "client_secret",
		"apiToken", "HTTPToken", "com.example.app.token", "resetPasswordToken", "wifi_psk", "userNamePassword", "minutesPassword",
	} {
		if !NamesPassword(name) {
			t.Errorf("%s names a password", name)
		}
	}
	for _, name := range []string{
		"", "minPassword", "passwordLength", "passwordPolicy", "doPasswordPolicyEnabled", "passwordMinLength", "password_quality",
		"maxFailedPasswordAttempts", "passwordType", "tokenUrl", "token_endpoint", "showPassword", "secretary", "tokenize",
		"passport", "email_address", "exchange_login_certificate_alias", "compass", "passthrough", "upwd", "requirePasscode",
	} {
		if NamesPassword(name) {
			t.Errorf("%s names no password", name)
		}
	}
}

func TestFilledIn(t *testing.T) {
	for value, want := range map[string]bool{
		"{{mail}}": true, " {{mail}} ": true, "{{partialupn}}{{deviceid}}": true, "{{cert:0b6d2b6e-3f0c-4f39-9d51-000000000002}}": true,
		"": false, "hunter2": false, "hunter2{{mail}}": false, "{{mail}}hunter2": false, "{{hunter2": false, "{{}}": false, "{{ }}": false, "{{a{b}}": false,
	} {
		if got := FilledIn(value); got != want {
			t.Errorf("%q: %v", value, got)
		}
	}
}

// inLines is a text in lines.
func inLines(text, between string) string {
	const width = 64
	var lines []string
	for ; len(text) > width; text = text[width:] {
		lines = append(lines, text[:width])
	}
	return strings.Join(append(lines, text), between)
}

// forms are those in which people put a file into a text.
func forms(data []byte) map[string]string {
	standard := base64.StdEncoding.EncodeToString(data)
	return map[string]string{
		"as it is":           string(data),
		"behind other bytes": "\x00\x30\x82\xff" + string(data) + "\x00",
		"base64":             standard,
		"unpadded":           base64.RawStdEncoding.EncodeToString(data),
		"for URLs":           base64.URLEncoding.EncodeToString(data),
		"in lines":           "\n\t\t" + inLines(standard, "\r\n\t\t"),
		"with blanks":        inLines(standard, " "),
		"within a text":      "the identity MII " + standard + " and more",
		"within XML":         "<data>" + inLines(standard, "\n") + "</data>",
		"XML, escaped":       "<data>" + strings.NewReplacer("+", "&#x2B;", "/", "&#47;").Replace(inLines(standard, "&#13;&#xA;")) + "</data>",
		"within JSON":        `{"data":"` + strings.NewReplacer("+", `\u002B`, "/", `\/`).Replace(inLines(standard, `\r\n`)) + `"}`,
		"JSON in JSON":       `{"text":"{\"data\":\"` + strings.NewReplacer("+", `\\u002b`, "/", `\\/`).Replace(inLines(standard, `\\n`)) + `\"}"}`,
		"within a URL":       "data=" + url.QueryEscape(inLines(standard, "\r\n")) + "&more=1",
	}
}

func TestHoldsKey(t *testing.T) {
	keys := map[string][]byte{}
	for _, pattern := range []string{"../testdata/keys/*.pem", "../testdata/foreign/*.p12", "../testdata/foreign/alice-*.pem", "../testdata/foreign/bob-*.pem", "../testdata/foreign/alice-key.der"} {
		paths, err := filepath.Glob(pattern)
		if err != nil || len(paths) == 0 {
			t.Fatalf("%s: %v", pattern, err)
		}
		for _, path := range paths {
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			name := filepath.Base(path)
			if name == "truncated.p12" {
				continue
			}
			keys[name] = data
			if block, _ := pem.Decode(data); block != nil && strings.HasSuffix(block.Type, "PRIVATE KEY") && block.Headers["DEK-Info"] == "" {
				keys[name+" in DER"] = block.Bytes
			}
		}
	}
	for name, data := range keys {
		for form, text := range forms(data) {
			if !HoldsKey([]byte(text)) {
				t.Errorf("%s, %s: no key was found", name, form)
			}
		}
	}
}

// Go makes the forms that no sample is of.
func TestHoldsKeyOfGo(t *testing.T) {
	_, ed, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	ec, err := ecdsa.GenerateKey(elliptic.P521(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for _, encode := range []func() ([]byte, error){
		func() ([]byte, error) { return x509.MarshalPKCS8PrivateKey(ed) },
		func() ([]byte, error) { return x509.MarshalPKCS8PrivateKey(ec) },
		func() ([]byte, error) { return x509.MarshalECPrivateKey(ec) },
	} {
		der, err := encode()
		if err != nil {
			t.Fatal(err)
		}
		for form, text := range forms(der) {
			if !HoldsKey([]byte(text)) {
				t.Errorf("%d bytes, %s: no key was found", len(der), form)
			}
		}
	}
}

// Certificates, public keys, lists and plain texts are none.
func TestHoldsNoKey(t *testing.T) {
	public, err := x509.MarshalPKIXPublicKey(ed25519.PublicKey(make([]byte, ed25519.PublicKeySize)))
	if err != nil {
		t.Fatal(err)
	}
	none := map[string][]byte{
		"nothing": nil, "a public key": public, "a text": []byte("Mail for everybody: MIIMIIMII, MHcCAQEE"),
		"the beginning of a key": []byte("MIIEvgIBADANBgkqhkiG9w0BAQEFAASCBKgwggSk"), "letters": bytes.Repeat([]byte("M"), 1<<20),
	}
	for _, pattern := range []string{"../testdata/foreign/*.crt", "../testdata/foreign/*.der", "../testdata/foreign/*.p7b", "../testdata/foreign/chain.pem", "../testdata/crls/*"} {
		paths, err := filepath.Glob(pattern)
		if err != nil || len(paths) == 0 {
			t.Fatalf("%s: %v", pattern, err)
		}
		for _, path := range paths {
			if data, err := os.ReadFile(path); err == nil && filepath.Base(path) != "alice-key.der" {
				none[filepath.Base(path)] = data
			}
		}
	}
	for name, data := range none {
		for form, text := range forms(data) {
			if HoldsKey([]byte(text)) {
				t.Errorf("%s, %s: a key was found", name, form)
			}
		}
	}
}

// However much looks like the beginning of a key, one behind it is found.
func TestHoldsKeyBehindOthers(t *testing.T) {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	const often = 1 << 17
	for _, test := range []struct{ begins, key string }{
		{"MIMQAAACAQMA", base64.StdEncoding.EncodeToString(der)},
		{"MIACAQMA", base64.StdEncoding.EncodeToString(der)},
		{"M", "," + base64.StdEncoding.EncodeToString(der)},
		{"\x30\x80\x02\x01\x03", string(der)},
		{"\x30\x80\x02\x01\x07", string(der)},
		{"\x30", string(der)},
	} {
		many := strings.Repeat(test.begins, often)
		if HoldsKey([]byte(many)) || !HoldsKey([]byte(many+test.key)) {
			t.Errorf("%q: a key is not where one is", test.begins)
		}
	}
}

// WireGuard's keys have no form but the line that they stand in.
func TestHoldsKeyOfTunnel(t *testing.T) {
	key := base64.StdEncoding.EncodeToString(make([]byte, 32))
	for text, want := range map[string]bool{
		"[Interface]\nPrivateKey = " + key + "\nAddress = 10.0.0.2/32": true, "PrivateKey=" + key: true, "PrivateKeyPrivateKey\t=\t" + key: true,
		"PublicKey = " + key: false, "PrivateKey = ": false, "PrivateKey: " + key: false, "PrivateKey = " + key[4:]: false, "PrivateKey = AAAA" + key: false, key: false,
	} {
		if HoldsKey([]byte(text)) != want {
			t.Errorf("%q: want %v", text, want)
		}
	}
}

func FuzzHoldsKey(f *testing.F) {
	f.Add([]byte("MIIEvgIBADANBgkqhkiG9w0BAQEFAASCBKgwggSk"))
	f.Add([]byte("\x30\x80\x02\x01\x03\x30\x80"))
	f.Fuzz(func(_ *testing.T, data []byte) { HoldsKey(data) })
}
