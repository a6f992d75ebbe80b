package lab

import (
	"crypto/x509"
	"encoding/pem"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/easkit/easkit/certs"
)

// curl sees what crypto/tls's own client sees. It has no clock but the machine's.
func TestEASCurl(t *testing.T) {
	curl, err := exec.LookPath("curl")
	if err != nil {
		t.Skip("curl is not on PATH")
	}
	m := serveMail(t, time.Now(), EASOptions{})
	dir := t.TempDir()
	write := func(name string, blocks ...*pem.Block) string {
		t.Helper()
		var data []byte
		for _, b := range blocks {
			data = append(data, pem.EncodeToMemory(b)...)
		}
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	block := func(c *certs.Certificate) *pem.Block { return &pem.Block{Type: "CERTIFICATE", Bytes: c.Raw} }
	der, err := x509.MarshalPKCS8PrivateKey(m.alice.Key)
	if err != nil {
		t.Fatal(err)
	}
	root, key := write("root.pem", block(m.lab.Root.Certificate)), write("key.pem", &pem.Block{Type: "PRIVATE KEY", Bytes: der})
	revoked := m.variant(m.lab.Issuing, func(*x509.Certificate) {})
	expired := m.variant(m.lab.Issuing, func(c *x509.Certificate) { c.NotAfter = m.at.Add(-time.Minute) })
	m.revoke(revoked)
	identities := map[string]*certs.Identity{"good": m.alice, "revoked": revoked, "expired": expired}
	_, port := split(m.address)
	run := func(version, who string, more ...string) string {
		args := append([]string{"-q", "-sS", "-i", "-m", "20", "--noproxy", "*", "--tlsv" + version, "--tls-max", version, "--cacert", root, "--connect-to", "::127.0.0.1" + port}, more...)
		if id := identities[who]; id != nil {
			args = append(args, "--key", key, "--cert", write(who+".pem", block(id.Leaf), block(m.lab.Issuing.Certificate)))
		}
		out, _ := exec.CommandContext(t.Context(), curl, args...).CombinedOutput() // a refusal is an error
		return string(out)
	}
	for _, version := range []string{"1.2", "1.3"} {
		for who, want := range map[string]string{"good": "HTTP/1.1 200 OK", "revoked": "403.13", "none": "403.7", "expired": "curl: ("} {
			got := run(version, who, "-X", "OPTIONS", mailHost+easPath)
			if !strings.Contains(got, want) || (who == "good") != strings.Contains(got, "MS-ASProtocolVersions: 12.1,14.0,14.1,16.0,16.1") {
				t.Errorf("TLS %s, %s:\n%s\nwant %s", version, who, got, want)
			}
		}
	}
}
