package android_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"strings"
	"testing"

	"github.com/easkit/easkit/android"
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/profiles"
)

// gmailWith is Gmail's configuration with one more value.
func gmailWith(key string, value any) string {
	object := map[string]any{"packageName": "com.google.android.gm", "managedConfiguration": map[string]any{
		"email_address": "alice@contoso.com", "exchange_host": "mail.contoso.com", "exchange_username": "alice@contoso.com", key: value,
	}}
	data, _ := json.Marshal(object) // strings and numbers of the tests' own: it cannot fail
	return string(data)
}

// openKey is a private key in DER (PKCS#8) and in PEM.
func openKey(t *testing.T) (der []byte, inPEM string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if der, err = x509.MarshalPKCS8PrivateKey(key); err != nil {
		t.Fatal(err)
	}
	return der, string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

// worst is the worst finding of a check, and all the text of the report.
func worst(file, check string) (f preflight.Finding, report string) {
	sub := android.NewSubject([]byte(file), profiles.ForIntune)
	for _, found := range android.Check(preflight.Scenario{}, sub) {
		if report += found.Message + "\n" + found.Fix + "\n"; found.Check == check && (f.Check == "" || found.Status.Worse(f.Status)) {
			f = found
		}
	}
	return f, report
}

func TestSecretsAreFoundAndNotShown(t *testing.T) {
	der, inPEM := openKey(t)
	const secret = "hunter2"
	for _, test := range []struct{ name, file, want string }{
		{"a key beside a placeholder", gmailWith("default_signature", inPEM+"{{mail}}"), "key"},
		{"a key in PEM, in base64", gmailWith("default_signature", base64.StdEncoding.EncodeToString([]byte(inPEM))), "key"},
		{"a key in DER, in base64", gmailWith("default_signature", base64.StdEncoding.EncodeToString(der)), "key"},
		{"a password with braces", gmailWith("exchange_password", secret+"{{x"), "account-password"},
		{"a misspelt password", gmailWith("exchange_pasword", secret), "account-password"},
		{"a password in a key that is not Gmail's", gmailWith("password", secret), "password"},
		{"a password within an object", strings.Replace(gmailWith("account", map[string]string{"password": secret}), "com.google.android.gm", "com.example.notes", 1), "password"},
		{"a password beside a placeholder", gmailWith("password", secret+"{{mail}}"), "password"},
		{"a PIN", gmailWith("adminPassword", 12345678), "password"},
		{"a token", gmailWith("apiToken", secret), "password"},
		{"passwords in a list", gmailWith("passwords", []string{secret}), "password"},
		{"a rule about passwords", gmailWith("minPassword", 12345), ""},
		{"a number that is no PIN", gmailWith("password2", 6), ""},
		{"a key in DER, for URLs and unpadded", gmailWith("default_signature", base64.RawURLEncoding.EncodeToString(der)), "key"},
		{"a password for the device management to fill in", gmailWith("exchange_password", "{{mail}}"), ""},
	} {
		f, report := worst(test.file, "profile.secrets")
		if f.Value != test.want {
			t.Errorf("%s: %s %q, want %q", test.name, f.Status, f.Value, test.want)
		}
		if strings.Contains(report, secret) || strings.Contains(report, "write exchange_password") {
			t.Errorf("%s: the report shows the secret, or leads to it:\n%s", test.name, report)
		}
	}
}

// A password before the host is neither shown nor recommended.
func TestHostWithPassword(t *testing.T) {
	for _, host := range []string{"https://alice:hunter2@mail.contoso.com/x", "alice:hunter2@mail.contoso.com"} {
		f, report := worst(strings.Replace(gmailWith("x", 1), "mail.contoso.com", host, 1), profiles.Usable.ID)
		if strings.Contains(report, "hunter2") {
			t.Errorf("%s: the report shows the password:\n%s", host, report)
		}
		if f.Status != preflight.StatusFail {
			t.Errorf("%s: %s %s", host, f.Status, f.Message)
		}
	}
}

// A bundle of another make may hold its key as PEM.
func TestBundleWithAnOpenKey(t *testing.T) {
	_, inPEM := openKey(t)
	file := `{"schema":"` + android.BundleSchema + `","managedConfiguration":{},"identity":{"data":"` + base64.StdEncoding.EncodeToString([]byte(inPEM)) + `"}}`
	if f, _ := worst(file, "profile.secrets"); f.Value != "open-key" {
		t.Errorf("profile.secrets: %s %s", f.Status, f.Message)
	}
	if f, _ := worst(file, "profile.identity"); f.Value != "not-pkcs12" {
		t.Errorf("profile.identity: %s %s", f.Status, f.Message)
	}
}

func TestWhatStandsAroundTheValues(t *testing.T) {
	deep := `{"key":"leaf","valueString":"x"}`
	for range 3 {
		deep = `{"key":"b","valueBundle":{"managedProperty":[` + deep + `]}}`
	}
	for _, test := range []struct{ name, file, check, value string }{
		{"the values twice", `{"packageName":"com.google.android.gm","managedConfiguration":{"exchange_password":"x"},"managedConfiguration":{}}`, "profile.schema", "duplicate-key"},
		{"three bundles deep", `{"kind":"androidenterprise#managedConfiguration","productId":"app:com.google.android.gm","managedProperty":[` + deep + `]}`, "profile.schema", "property"},
		{"a value of null beside a sound one", `{"applications":[{"packageName":"a.b","managedConfiguration":null},` + gmailWith("default_signature", "x") + `]}`, "profile.format", ""},
		{"a list of Intune's objects", `[{"packageId":"app:com.google.android.gm","payloadJson":{"kind":"androidenterprise#managedConfiguration","productId":"app:com.google.android.gm","managedProperty":[]}}]`, "profile.format", ""},
		{"TLS off at port 4433", strings.Replace(gmailWith("exchange_ssl_required", false), "mail.contoso.com", "mail.contoso.com:4433", 1), profiles.Usable.ID, "no-ssl"},
		{"a number of 64 bits", gmailWith("default_exchange_sync_window", 99999999999), "profile.schema", "bad-value"},
		{"a switch for the user as a string", `{"packageName":"com.microsoft.office.outlook","managedConfiguration":{"com.microsoft.outlook.Contacts.LocalSyncEnabled.UserChangeAllowed":"true"}}`, "profile.schema", "wrong-type"},
	} {
		f, report := worst(test.file, test.check)
		if f.Value != test.value || test.value != "" && f.Status != preflight.StatusFail {
			t.Errorf("%s: %s %s %q %s\n%s", test.name, f.Check, f.Status, f.Value, f.Message, report)
		}
	}
}

func TestNotAPass(t *testing.T) {
	intune := `{"kind":"androidenterprise#managedConfiguration","productId":"app:com.google.android.gm","managedProperty":[{"key":"exchange_username","valueString":"{{domain}}"}]}`
	if f, _ := worst(intune, "profile.tokens"); f.Status != preflight.StatusWarn {
		t.Errorf("a placeholder whose spelling is uncertain: %s %s", f.Status, f.Message)
	}
	outlook := `{"packageName":"com.microsoft.office.outlook","managedConfiguration":{"com.microsoft.outlook.EmailProfile.AccountType":"modernauth"}}`
	if f, _ := worst(outlook, "profile.auth"); f.Status != preflight.StatusSkip {
		t.Errorf("a sign-in that Outlook does not have: %s %s", f.Status, f.Message)
	}
}

// A configuration is a mail app's by any of its names, and without one by its keys.
func TestHasAccounts(t *testing.T) {
	const payload = `{"packageId":"%s","payloadJson":{"kind":"androidenterprise#managedConfiguration","productId":"%s","managedProperty":[{"key":"%s","valueString":"x"}]}}`
	for _, tt := range []struct {
		outer, inner, key string
		want              bool
	}{
		{"app:com.google.android.gm", "app:com.google.android.gm", "x", true},
		{"app:com.example.x", "app:com.google.android.gm", "x", true},
		{"app:com.microsoft.office.outlook", "app:com.example.x", "x", true},
		{"com.google.android.gm", "", "x", true},
		{"", "", "exchange_host", true},
		{"app:com.ninefolders.hd3.work.intune", "", "x", true},
		{"app:com.samsung.android.email.provider", "", "x", true},
		{"app:com.example.x", "app:com.example.x", "exchange_host", false},
		{"", "", "x", false},
	} {
		f, err := android.Open([]byte(fmt.Sprintf(payload, tt.outer, tt.inner, tt.key)))
		if err != nil {
			t.Fatal(err)
		}
		if got := f.HasAccounts(); got != tt.want {
			t.Errorf("%q, %q, %q: %v", tt.outer, tt.inner, tt.key, got)
		}
	}
}
