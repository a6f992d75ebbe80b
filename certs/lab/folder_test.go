package lab

import (
	"bytes"
	"crypto/rand"
	"crypto/x509"
	"errors"
	"io/fs"
	"maps"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/easkit/easkit/certs"
)

// save is the folder of a lab.
func save(t *testing.T, l *Lab) fstest.MapFS {
	t.Helper()
	files, err := l.Files()
	if err != nil {
		t.Fatal(err)
	}
	folder := fstest.MapFS{}
	for _, f := range files {
		folder[f.Name] = &fstest.MapFile{Data: f.Data, Mode: 0o600}
	}
	return folder
}

func open(t *testing.T, folder fs.FS, now time.Time) *Lab {
	t.Helper()
	l, err := Open(folder, now)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func parseCRL(t *testing.T, a *Authority) *x509.RevocationList {
	t.Helper()
	list, err := a.parse()
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// A lab that was opened again is the lab that was saved, and issues what ends with
// it.
func TestOpen(t *testing.T) {
	made := newLab(t)
	later := clock.Add(20 * 24 * time.Hour)
	l := open(t, save(t, made), later)
	if l.CRLBase() != crlBase || !l.Ends().Equal(made.Ends()) || l.Root.CRLURL != made.Root.CRLURL || l.Issuing.CRLURL != made.Issuing.CRLURL {
		t.Errorf("CRLs below %s, ends %s; made with %s, %s", l.CRLBase(), l.Ends(), crlBase, made.Ends())
	}
	if !bytes.Equal(l.Root.Certificate.Raw, made.Root.Certificate.Raw) || !bytes.Equal(l.Issuing.CRL, made.Issuing.CRL) {
		t.Error("it holds other certificates or CRLs")
	}
	id := user(t, l)
	if !id.Leaf.NotAfter.Equal(l.Ends()) || !id.Leaf.NotBefore.Equal(later.Add(-clockSkew)) {
		t.Errorf("issued on %s: valid from %s to %s", later, id.Leaf.NotBefore, id.Leaf.NotAfter)
	}
	if chain := certs.BuildChain(id.Leaf, []*certs.Certificate{made.Issuing.Certificate, made.Root.Certificate}); len(chain) != 2 {
		t.Errorf("the chain to the lab as it was made is %v", chain)
	}
	early := open(t, save(t, made), made.begins)
	if begins := user(t, early).Leaf.NotBefore; begins.Before(made.begins) {
		t.Errorf("begins on %s, before its CA on %s", begins, made.begins)
	}
}

// What is not whole, not a lab or over is refused.
func TestOpenRefuses(t *testing.T) {
	folder, other := save(t, newLab(t)), save(t, newLab(t))
	with := func(name string, data []byte) fstest.MapFS {
		changed := maps.Clone(folder)
		changed[name] = &fstest.MapFile{Data: data}
		return changed
	}
	without := func(name string) fstest.MapFS {
		changed := maps.Clone(folder)
		delete(changed, name)
		return changed
	}
	leaf := user(t, open(t, folder, clock)).Leaf
	for _, test := range []struct {
		name   string
		folder fs.FS
		now    time.Time
		is     error
		says   string
	}{
		{"nothing", fstest.MapFS{}, clock, fs.ErrNotExist, "root.pem"},
		{"no key", without("issuing.key.pem"), clock, fs.ErrNotExist, "issuing.key.pem"},
		{"no CRL", without("crl/root.crl"), clock, fs.ErrNotExist, "root.crl"},
		{"the key of another", with("issuing.key.pem", other["issuing.key.pem"].Data), clock, nil, "key of issuing.pem"},
		{"the root of another", func() fs.FS {
			changed := with("root.pem", other["root.pem"].Data)
			changed["root.key.pem"], changed["crl/root.crl"] = other["root.key.pem"], other["crl/root.crl"]
			return changed
		}(), clock, nil, "not signed by"},
		{"the CRL of another", with("crl/issuing.crl", other["crl/issuing.crl"].Data), clock, nil, "reading the CRL"},
		{"a user in place of a CA", with("issuing.pem", leaf.Raw), clock, nil, "certificate of a CA"},
		{"no certificate", with("root.pem", []byte("hello")), clock, certs.ErrFormat, "root.pem"},
		{"too early", folder, clock.Add(-2 * time.Hour), nil, "begins on 2026-11-21T11:00:00Z"},
		{"too late", folder, clock.Add(Life), ErrOver, "ended on 2026-12-21T12:00:00Z"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := Open(test.folder, test.now)
			if err == nil || test.is != nil && !errors.Is(err, test.is) || !strings.Contains(err.Error(), test.says) {
				t.Errorf("%v, want %v, %q", err, test.is, test.says)
			}
		})
	}
}

// A real CA is none of the lab's business, even if everything else fits.
func TestOpenRefusesARealCA(t *testing.T) {
	l := newLab(t)
	bare := *l.Root.Certificate.X509
	bare.ExtraExtensions, bare.Extensions = nil, nil
	der, err := x509.CreateCertificate(rand.Reader, &bare, &bare, l.Root.Key.Public(), l.Root.Key)
	if err != nil {
		t.Fatal(err)
	}
	folder := save(t, l)
	folder[RootFile] = &fstest.MapFile{Data: der}
	if _, err := Open(folder, clock); err == nil || !strings.Contains(err.Error(), "no CA of a lab") {
		t.Errorf("%v, want a refusal", err)
	}
}

// What is revoked is in the CRL with the next number, stays in the later ones, and
// survives the folder.
func TestRevoke(t *testing.T) {
	l := newLab(t)
	alice, bob := user(t, l), user(t, l)
	if since, err := l.Revoke(alice.Leaf); err != nil || !since.Equal(clock) {
		t.Fatalf("since %s: %v", since, err)
	}
	if err := l.Publish(0); err != nil {
		t.Fatal(err)
	}
	later := clock.Add(time.Hour)
	l = open(t, save(t, l), later)
	for _, c := range []*certs.Certificate{alice.Leaf, bob.Leaf, l.Issuing.Certificate, bob.Leaf} {
		if _, err := l.Revoke(c); err != nil {
			t.Fatal(err)
		}
	}
	if since, err := l.Revoke(alice.Leaf); err != nil || !since.Equal(clock) {
		t.Errorf("revoked again: since %s (%v), want the first time %s", since, err, clock)
	}
	if err := l.Publish(BackDate); err != nil {
		t.Fatal(err)
	}
	users, cas := parseCRL(t, l.Issuing), parseCRL(t, l.Root)
	if users.Number.Int64() != 3 || len(users.RevokedCertificateEntries) != 2 || len(cas.RevokedCertificateEntries) != 1 {
		t.Fatalf("number %s: %d users and %d CAs are revoked", users.Number, len(users.RevokedCertificateEntries), len(cas.RevokedCertificateEntries))
	}
	for i, want := range []struct {
		of    *certs.Certificate
		since time.Time
	}{{alice.Leaf, clock}, {bob.Leaf, later}} {
		e := users.RevokedCertificateEntries[i]
		if e.SerialNumber.Cmp(want.of.Serial) != 0 || !e.RevocationTime.Equal(want.since) {
			t.Errorf("entry %d: serial %X since %s, want %X since %s", i, e.SerialNumber, e.RevocationTime, want.of.Serial, want.since)
		}
	}
	if got, want := users.ThisUpdate, later.Add(-10*time.Minute); !got.Equal(want) {
		t.Errorf("it begins at %s, want %s", got, want)
	}
}

// A lab revokes nobody else's certificates, and not its root.
func TestRevokeRefuses(t *testing.T) {
	l, other := newLab(t), newLab(t)
	if _, err := l.Revoke(l.Root.Certificate); err == nil || errors.Is(err, ErrForeign) {
		t.Errorf("the root: %v", err)
	}
	for _, c := range []*certs.Certificate{user(t, other).Leaf, other.Issuing.Certificate, other.Root.Certificate} {
		if _, err := l.Revoke(c); !errors.Is(err, ErrForeign) {
			t.Errorf("%s of %s: %v, want ErrForeign", c, c.Issuer(), err)
		}
	}
}

// A CRL lasts a week, but not longer than its CA.
func TestPublishedLife(t *testing.T) {
	for _, test := range []struct{ age, life time.Duration }{
		{0, CRLLife},
		{Life - CRLLife, CRLLife},
		{Life - 24*time.Hour, 24 * time.Hour},
	} {
		l := open(t, save(t, newLab(t)), clock.Add(test.age))
		if err := l.Publish(0); err != nil {
			t.Fatal(err)
		}
		for _, a := range l.authorities() {
			list := parseCRL(t, a)
			if got := list.NextUpdate.Sub(list.ThisUpdate); got != test.life || !list.ThisUpdate.Equal(l.now) || list.Number.Int64() != 2 {
				t.Errorf("%s after %v: number %s, from %s for %v, want %v", a.Certificate, test.age, list.Number, list.ThisUpdate, got, test.life)
			}
		}
	}
}
