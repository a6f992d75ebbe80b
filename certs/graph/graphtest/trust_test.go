package graphtest

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestClassicStore goes through the life of the one object of the classic store.
func TestClassicStore(t *testing.T) {
	b := start(t, NewTenant(), Options{})
	one, two := newCA(t, "one", year), newCA(t, "two", year)
	list := "/v1.0/organization/" + b.server.OrganizationID() + "/certificateBasedAuthConfiguration"
	if got := b.want(200, "GET", list, nil).value(); len(got) != 0 {
		t.Errorf("an empty store lists %v", got)
	}
	b.want(404, "GET", list+"/"+ClassicID, nil)
	b.want(404, "DELETE", list+"/"+ClassicID, nil)
	made := b.want(201, "POST", list, classicBody(one, two)).body
	if made["id"] != ClassicID {
		t.Errorf("the id is %v", made["id"])
	}
	b.want(400, "POST", list, classicBody(one))
	b.want(400, "POST", list, classicBody(one, newCA(t, "old", -time.Hour)))
	cas, err := b.server.ClassicCAs()
	if err != nil || len(cas) != 2 || !bytes.Equal(cas[1].Certificate, two.Raw) ||
		cas[1].Issuer != "CN=two,O=Contoso" || cas[1].IssuerSKI != fmt.Sprintf("%X", two.SubjectKeyId) {
		t.Errorf("the store holds %+v; %v", cas, err)
	}
	b.want(404, "DELETE", list+"/00000000-0000-0000-0000-000000000000", nil)
	b.want(404, "GET", "/v1.0/organization/00000000-0000-0000-0000-000000000000/certificateBasedAuthConfiguration", nil)
	b.want(204, "DELETE", list+"/"+ClassicID, nil)
	b.want(201, "POST", list, classicBody(one))
	b.clean()
}

// TestPostReplaces: with the knob a second POST is taken.
func TestPostReplaces(t *testing.T) {
	one, two := newCA(t, "one", year), newCA(t, "two", year)
	tenant := NewTenant()
	tenant.ClassicCAs = []CertificateAuthority{{Certificate: one.Raw, IsRootAuthority: true, CertificateRevocationListURL: "http://x/one.crl"}}
	b := start(t, tenant, Options{PostReplaces: true})
	b.want(201, "POST", "/v1.0/organization/"+b.server.OrganizationID()+"/certificateBasedAuthConfiguration", classicBody(two))
	if cas, err := b.server.ClassicCAs(); err != nil || len(cas) != 1 || !bytes.Equal(cas[0].Certificate, two.Raw) {
		t.Errorf("the store holds %d CAs; %v", len(cas), err)
	}
}

// TestPKIStore goes through the life of a PKI and its CAs.
func TestPKIStore(t *testing.T) {
	b := start(t, NewTenant(), Options{})
	root := newCA(t, "root", year)
	id, cas := b.newPKI()
	pki := "/v1.0" + pkiPath + "/" + id
	b.clock.Add(time.Minute)
	if got := b.want(200, "PATCH", pki, map[string]any{"displayName": "new"}).body; got["displayName"] != "new" || got["lastModifiedDateTime"] != stamp(b.clock.Now()) {
		t.Errorf("after PATCH: %v", got)
	}
	body := detailBody(root)
	body["certificateAuthorityType"], body["deltaCertificateRevocationListUrl"] = "root", "http://x/d.crl"
	made := b.want(201, "POST", cas, body).body
	ca := cas + "/" + made["id"].(string)
	if made["deltaCertificateRevocationListUrl"] != "http://x/d.crl" || made["isIssuerHintEnabled"] != false || made["createdDateTime"] != stamp(b.clock.Now()) {
		t.Errorf("the new CA is %v", made)
	}
	if r := b.want(400, "POST", cas, detailBody(root)); r.message() != "Duplicate Certificate exists" {
		t.Errorf("a duplicate: %q", r.message())
	}
	if got := b.want(200, "PATCH", ca, map[string]any{"isIssuerHintEnabled": true}).body; got["isIssuerHintEnabled"] != true || got["deltaCertificateRevocationListUrl"] != "http://x/d.crl" {
		t.Errorf("after PATCH: %v", got)
	}
	b.want(200, "GET", ca+"?$select=thumbprint", nil)
	if got := b.want(200, "GET", cas, nil).value(); len(got) != 1 {
		t.Errorf("%d CAs are listed", len(got))
	}
	b.want(404, "GET", cas+"/none", nil)
	b.want(404, "PATCH", "/v1.0"+pkiPath+"/none", map[string]any{"displayName": "x"})
	b.clean()
}

// TestExpiredCAKeepsOthersOut: nothing is added to a PKI while one in it has expired.
func TestExpiredCAKeepsOthersOut(t *testing.T) {
	b := start(t, NewTenant(), Options{})
	_, cas := b.newPKI()
	made := b.want(201, "POST", cas, detailBody(newCA(t, "short", time.Minute))).body
	b.clock.Add(2 * time.Minute)
	if r := b.want(400, "POST", cas, detailBody(newCA(t, "long", year))); !strings.Contains(r.message(), "expired") {
		t.Errorf("the message is %q", r.message())
	}
	b.want(204, "DELETE", cas+"/"+made["id"].(string), nil)
	b.want(201, "POST", cas, detailBody(newCA(t, "long", year)))
	b.clean()
}

// TestAtMost250CAs seeds as many as there can be.
func TestAtMost250CAs(t *testing.T) {
	tenant := NewTenant()
	full := PKI{DisplayName: "full"}
	root := newCA(t, "root", year)
	for i := range maxCAs {
		full.CertificateAuthorities = append(full.CertificateAuthorities, CertificateAuthorityDetail{
			ID: fmt.Sprint(i), Certificate: root.Raw, Thumbprint: fmt.Sprint("other ", i)})
	}
	tenant.PKIs = []PKI{full}
	b := start(t, tenant, Options{})
	_, cas := b.newPKI()
	b.want(400, "POST", cas, detailBody(root))
	if got := b.want(200, "GET", "/v1.0"+pkiPath+"/"+stableID("pki", "full")+"/certificateAuthorities", nil); len(got.value()) != defaultPage || got.body["@odata.nextLink"] == nil {
		t.Errorf("a page has %d", len(got.value()))
	}
	b.clean()
}

// TestMethodMustBeOn: without the method there is no change to a PKI.
func TestMethodMustBeOn(t *testing.T) {
	tenant := NewTenant()
	tenant.X509Method["state"] = "disabled"
	b := start(t, tenant, Options{})
	b.want(400, "POST", "/v1.0"+pkiPath, map[string]any{"displayName": "x"})
	b.clean()
}

// TestSoftDelete deletes and restores a CA, and its PKI with all in it, and waits too
// long.
func TestSoftDelete(t *testing.T) {
	b := start(t, NewTenant(), Options{})
	root := newCA(t, "root", year)
	id, cas := b.newPKI()
	pki, bin := "/v1.0"+pkiPath+"/"+id, "/v1.0"+deletedPath+"/"
	ca := b.want(201, "POST", cas, detailBody(root)).body["id"].(string)

	b.want(204, "DELETE", cas+"/"+ca, nil)
	b.want(404, "GET", cas+"/"+ca, nil)
	if got := b.want(200, "GET", bin+ca, nil).body; got["deletedDateTime"] != stamp(b.clock.Now()) || got["@odata.type"] != "#microsoft.graph."+caType {
		t.Errorf("the deleted CA is %v", got)
	}
	b.want(200, "POST", bin+ca+"/restore", nil)
	if got := b.want(200, "GET", cas+"/"+ca, nil).body; got["deletedDateTime"] != nil || got["thumbprint"] != thumbprintOf(root) {
		t.Errorf("the restored CA is %v", got)
	}
	b.want(404, "GET", bin+ca, nil)

	b.want(204, "DELETE", cas+"/"+ca, nil)
	b.want(201, "POST", cas, detailBody(root))
	b.want(400, "POST", bin+ca+"/restore", nil)

	b.want(204, "DELETE", pki, nil)
	b.want(404, "GET", cas, nil)
	b.want(400, "POST", bin+ca+"/restore", nil)
	if got := b.want(200, "GET", bin+"microsoft.graph."+pkiType, nil).value(); len(got) != 1 {
		t.Errorf("%d deleted PKIs are listed", len(got))
	}
	b.want(200, "POST", bin+id+"/restore", nil)
	if got := b.want(200, "GET", cas, nil).value(); len(got) != 1 {
		t.Errorf("the restored PKI has %d CAs, want 1", len(got))
	}
	b.want(204, "DELETE", bin+ca, nil)
	b.want(404, "GET", bin+ca, nil)

	b.want(204, "DELETE", pki, nil)
	b.clock.Add(30*24*time.Hour + time.Second)
	b.token = b.server.Token(TokenOptions{Scopes: everything()})
	b.want(404, "POST", bin+id+"/restore", nil)
	b.clean()
}

// TestReadsBehindWrites: after a write, readers see the old state for so many reads, or
// for so long; writers see the new one.
func TestReadsBehindWrites(t *testing.T) {
	count := func(b *bench) int { return len(b.want(200, "GET", "/v1.0"+pkiPath, nil).value()) }
	b := start(t, NewTenant(), Options{ReadsBehind: 2})
	id, cas := b.newPKI()
	if got := []int{count(b), count(b), count(b)}; !slices.Equal(got, []int{0, 0, 1}) {
		t.Errorf("reads: %v, want 0 0 1", got)
	}
	b.want(201, "POST", cas, detailBody(newCA(t, "root", year)))
	b.want(204, "DELETE", "/v1.0"+pkiPath+"/"+id, nil)
	if got := []int{count(b), count(b), count(b)}; !slices.Equal(got, []int{1, 1, 0}) {
		t.Errorf("reads: %v, want 1 1 0", got)
	}

	b = start(t, NewTenant(), Options{Behind: time.Minute})
	b.newPKI()
	early := count(b)
	b.clock.Add(time.Minute)
	if late := count(b); early != 0 || late != 1 {
		t.Errorf("reads: %d, then %d; want 0, then 1", early, late)
	}
	b.clean()
}

// host serves a file and gives its URL and the hash that belongs to it.
func host(t *testing.T, file []byte) map[string]any {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Write(file) }))
	t.Cleanup(server.Close)
	return map[string]any{"uploadUrl": server.URL + "/ca.p7b", "sha256FileHash": fmt.Sprintf("%X", sha256.Sum256(file))}
}

// TestUpload appends two CAs, while which nothing else can be uploaded.
func TestUpload(t *testing.T) {
	b := start(t, NewTenant(), Options{UploadReads: 2})
	old := newCA(t, "old", year)
	one := newCA(t, "one", year, "ldap://x/one", "http://x/one.crl", "http://y/one.crl")
	two := newCA(t, "two", year, "https://x/two.crl")
	id, cas := b.newPKI()
	pki := "/v1.0" + pkiPath + "/" + id
	b.want(201, "POST", cas, detailBody(old))
	file := host(t, bundle(t, one, two))
	b.want(204, "POST", pki+"/upload", file)
	b.want(400, "POST", pki+"/upload", file)
	var states []any
	for range 3 {
		states = append(states, b.want(200, "GET", pki, nil).body["status"])
	}
	if fmt.Sprint(states) != "[running running succeeded]" {
		t.Errorf("the states are %v", states)
	}
	pkis, err := b.server.PKIs()
	if err != nil || len(pkis[0].CertificateAuthorities) != 3 {
		t.Fatalf("the store holds %+v; %v", pkis, err)
	}
	added := pkis[0].CertificateAuthorities[1:]
	if added[0].CertificateRevocationListURL != "http://x/one.crl" || added[1].CertificateRevocationListURL != "" ||
		added[0].CertificateAuthorityType != "root" || added[0].IssuerSubjectKeyIdentifier != hexKeyID(one) {
		t.Errorf("what was added: %+v", added)
	}
	if r := b.want(400, "POST", pki+"/upload", file); r.message() != "Duplicate Certificate exists" {
		t.Errorf("the same file again: %q", r.message())
	}
	b.clean()
}

// TestUploadThatFails ends with the status failed and a reason, and adds nothing.
func TestUploadThatFails(t *testing.T) {
	root := newCA(t, "root", year)
	gone := host(t, nil)
	gone["uploadUrl"] = "http://127.0.0.1:1/ca.p7b"
	wrong := host(t, bundle(t, root))
	wrong["sha256FileHash"] = strings.Repeat("0", 64)
	tests := []struct {
		name string
		body map[string]any
		says string
	}{
		{"nobody there", gone, "downloading"},
		{"another file", wrong, "SHA-256"},
		{"no bundle", host(t, []byte("-----BEGIN PKCS7-----")), "PKCS#7"},
		{"bundle of nothing", host(t, bundle(t)), "no certificate"},
		{"larger than 2 MB", host(t, make([]byte, maxBundle+1)), "2 MB"},
		{"one that is there already", host(t, bundle(t, newCA(t, "new", year), root)), "Duplicate Certificate exists"},
		{"an expired one", host(t, bundle(t, newCA(t, "old", -time.Hour))), "expired"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			b := start(t, NewTenant(), Options{})
			id, cas := b.newPKI()
			b.want(201, "POST", cas, detailBody(root))
			b.want(204, "POST", "/v1.0"+pkiPath+"/"+id+"/upload", test.body)
			got := b.want(200, "GET", "/v1.0"+pkiPath+"/"+id, nil).body
			details, _ := got["statusDetails"].(string)
			if got["status"] != "failed" || !strings.Contains(details, test.says) {
				t.Errorf("status %v: %q, it must name %q", got["status"], details, test.says)
			}
			if got := b.want(200, "GET", cas, nil).value(); len(got) != 1 {
				t.Errorf("%d CAs, want the one of before", len(got))
			}
			b.clean()
		})
	}
}

// TestUploadTakesTime: by the clock instead of by reads.
func TestUploadTakesTime(t *testing.T) {
	b := start(t, NewTenant(), Options{UploadTime: 5 * time.Minute})
	id, _ := b.newPKI()
	b.want(204, "POST", "/v1.0"+pkiPath+"/"+id+"/upload", host(t, bundle(t, newCA(t, "one", year))))
	early := b.want(200, "GET", "/v1.0"+pkiPath+"/"+id, nil).body["status"]
	b.clock.Add(5 * time.Minute)
	late := b.want(200, "GET", "/v1.0"+pkiPath+"/"+id, nil).body["status"]
	if early != "running" || late != "succeeded" {
		t.Errorf("the states are %v, %v", early, late)
	}
}

// TestBundleOfOpenSSL reads what another implementation writes.
func TestBundleOfOpenSSL(t *testing.T) {
	if _, err := exec.LookPath("openssl"); err != nil {
		t.Skip("openssl is not on PATH")
	}
	var file bytes.Buffer
	want := []*x509.Certificate{newCA(t, "one", year), newCA(t, "two", year)}
	for _, cert := range want {
		if err := pem.Encode(&file, &pem.Block{Type: "CERTIFICATE", Bytes: cert.Raw}); err != nil {
			t.Fatal(err)
		}
	}
	name := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(name, file.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	der, err := exec.Command("openssl", "crl2pkcs7", "-nocrl", "-certfile", name, "-outform", "DER").Output()
	if err != nil {
		t.Fatal(err)
	}
	got, err := parseBundle(der)
	if err != nil || len(got) != 2 || !got[0].Equal(want[0]) || !got[1].Equal(want[1]) {
		t.Errorf("%d certificates; %v", len(got), err)
	}
}

// TestAtOnce uses the server from many goroutines: the race detector is the judge.
func TestAtOnce(t *testing.T) {
	b := start(t, NewTenant(), Options{ReadsBehind: 1, UploadReads: 1})
	file := host(t, bundle(t, newCA(t, "one", year)))
	var running sync.WaitGroup
	for i := range 8 {
		running.Go(func() {
			r := b.do("POST", "/v1.0"+pkiPath, map[string]any{"displayName": fmt.Sprint(i)})
			pki := fmt.Sprint("/v1.0", pkiPath, "/", r.body["id"])
			b.do("POST", pki+"/upload", file)
			b.do("GET", pki, nil)
			b.do("GET", "/v1.0"+pkiPath, nil)
			b.do("POST", "/v1.0/users/bob@contoso.com/revokeSignInSessions", nil)
			b.do("DELETE", pki, nil)
		})
	}
	running.Wait()
	if pkis, err := b.server.PKIs(); err != nil || len(pkis) != 0 {
		t.Errorf("%d PKIs are left; %v", len(pkis), err)
	}
	b.clean()
}

// FuzzBundle: a bundle comes from outside, and must never end the server.
func FuzzBundle(f *testing.F) {
	f.Add([]byte{0x30, 0x80})
	f.Add([]byte("\x30\x0f\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02\xa0\x02\x30\x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		certs, err := parseBundle(b)
		if (err == nil) != (len(certs) > 0) {
			t.Errorf("%d certificates, %v", len(certs), err)
		}
	})
}
