package rollout

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"fmt"
	"io"
	"math/big"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"software.sslmate.com/src/go-pkcs12"

	"github.com/easkit/easkit/android"
	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/lab"
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/certs/signer"
	"github.com/easkit/easkit/profiles"
	"github.com/easkit/easkit/profiles/provision"
	"github.com/easkit/easkit/profiles/vault"
)

// crowdKeys is how many keys the users of a crowd share: making one takes longer than
// everything else about a user.
const crowdKeys = 16

// crowd is a folder with a table of users, their identities and two signers, which a
// process of its own can work with, too.
type crowd struct {
	dir   string
	users int
}

// crowdAddress is as long for every user: their certificates are copies of another's, in
// which nothing moves.
func crowdAddress(i int) string { return fmt.Sprintf("user%06d@contoso.com", i) }

// newCrowd issues certificates to users by a lab, and writes what they need.
func newCrowd(t testing.TB, users int, encode encoder) *crowd {
	t.Helper()
	m := newMaker(t, encode)
	c := &crowd{dir: t.TempDir(), users: users}
	if err := os.Mkdir(c.identities(), 0o700); err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	var next atomic.Int64
	for range runtime.GOMAXPROCS(0) {
		group.Go(func() {
			for i := int(next.Add(1)) - 1; i < users; i = int(next.Add(1)) - 1 {
				if err := os.WriteFile(c.identity(i), m.user(t, i), 0o600); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	var table strings.Builder
	table.WriteString("User principal name,Mail\n")
	for i := range users {
		fmt.Fprintln(&table, crowdAddress(i)+",")
	}
	for name, data := range map[string][]byte{"users.csv": []byte(table.String()), "rsa.p12": m.signer(t, m.key(t, 0)), "p256.p12": m.signer(t, nil)} {
		if err := os.WriteFile(filepath.Join(c.dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

func (c *crowd) identities() string { return filepath.Join(c.dir, "identities") }

func (c *crowd) identity(i int) string {
	return filepath.Join(c.identities(), crowdAddress(i)+".p12")
}

// by opens one of the signers: rsa or p256.
func (c *crowd) by(name string) (*signer.Signer, error) {
	return signer.Open(filepath.Join(c.dir, name+".p12"), certs.Unlock{Password: runPassword}, nil)
}

// options are those of a run over the crowd, signed by no one, for phones of these
// versions.
func (c *crowd) options(v vault.Vault, ios, android int) (Options, error) {
	template, err := profiles.Preset("exchange-online")
	if err != nil {
		return Options{}, err
	}
	scenario, err := template.Scenario(preflight.Scenario{At: runTime, IOS: ios, Android: android}, profiles.Overrides{})
	if err != nil {
		return Options{}, err
	}
	return Options{
		Table:      Source{Name: "users.csv", Open: func() (io.ReadCloser, error) { return os.Open(filepath.Join(c.dir, "users.csv")) }},
		Identities: c.identities(), Password: runPassword, Platforms: []Platform{IOS, Android},
		Request: provision.Request{Template: template, Scenario: scenario},
		Vault:   v, Version: "test", Now: func() time.Time { return runTime },
	}, nil
}

// maker issues the certificates of a crowd. It is safe for concurrent use.
type maker struct {
	lab    *lab.Lab
	encode encoder
	like   *x509.Certificate // whose certificate all users' are like
	keys   []func() (*rsa.PrivateKey, error)
}

// crowdLab is that of all crowds. Its keys are made when they are asked for.
var crowdLab = sync.OnceValues(func() (*maker, error) {
	l, err := lab.New(runTime, "http://crl.contoso.com")
	if err != nil {
		return nil, err
	}
	id, err := l.User(crowdAddress(0), crowdAddress(0))
	if err != nil {
		return nil, err
	}
	m := &maker{lab: l, like: id.Leaf.X509}
	for range crowdKeys {
		m.keys = append(m.keys, sync.OnceValues(func() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, crowdKeyBits) }))
	}
	return m, nil
})

const crowdKeyBits = 2048

func newMaker(t testing.TB, encode encoder) *maker {
	t.Helper()
	m, err := crowdLab()
	if err != nil {
		t.Fatal(err)
	}
	return &maker{lab: m.lab, like: m.like, keys: m.keys, encode: encode}
}

func (m *maker) key(t testing.TB, i int) *rsa.PrivateKey {
	key, err := m.keys[i%crowdKeys]()
	if err != nil {
		t.Error(err)
	}
	return key
}

// user makes the file of a user.
func (m *maker) user(t testing.TB, i int) []byte {
	like := *m.like
	like.SubjectKeyId = nil // made of the key
	like.SerialNumber = big.NewInt(int64(i) + 2)
	like.Subject.CommonName = crowdAddress(i)
	like.EmailAddresses, like.ExtraExtensions = nil, nil
	for _, e := range m.like.Extensions {
		if id := e.Id.String(); id == "2.5.29.17" || e.Id.Equal(certs.OIDLabMarker) {
			e.Value = bytes.ReplaceAll(e.Value, []byte(crowdAddress(0)), []byte(crowdAddress(i)))
			like.ExtraExtensions = append(like.ExtraExtensions, e)
		}
	}
	return m.file(t, &like, m.key(t, i), crowdAddress(i))
}

// signer makes the file of a signer with a key, or the lab's own.
func (m *maker) signer(t testing.TB, key crypto.Signer) []byte {
	id, err := m.lab.Signer()
	if err != nil {
		t.Fatal(err)
	}
	like := *id.Leaf.X509
	like.SubjectKeyId = nil
	if key == nil {
		key = id.Key
	}
	return m.file(t, &like, key, "signer")
}

func (m *maker) file(t testing.TB, like *x509.Certificate, key crypto.Signer, name string) []byte {
	der, err := x509.CreateCertificate(rand.Reader, like, m.lab.Issuing.Certificate.X509, key.Public(), m.lab.Issuing.Key)
	if err != nil {
		t.Error(err)
		return nil
	}
	leaf, err := certs.ParseCertificate(der)
	if err != nil {
		t.Error(err)
		return nil
	}
	data, err := m.encode(&certs.Identity{Leaf: leaf, Key: key, Chain: []*certs.Certificate{m.lab.Issuing.Certificate, m.lab.Root.Certificate}}, name)
	if err != nil {
		t.Error(err)
	}
	return data
}

// encoder writes an identity as PKCS#12.
type encoder func(id *certs.Identity, address string) ([]byte, error)

// usualIterations is what OpenSSL writes for keys and MACs.
const usualIterations = 2048

var (
	rc2Files   = by(pkcs12.LegacyRC2.WithIterations(usualIterations)) // RC2 for certificates, 3DES for keys
	aesFiles   = by(pkcs12.Modern2023.WithIterations(usualIterations))
	quickFiles = by(pkcs12.LegacyDES.WithIterations(1)) // as good as the others, where speed is not the point
)

func by(e *pkcs12.Encoder) encoder {
	return func(id *certs.Identity, _ string) ([]byte, error) {
		var cas []*x509.Certificate
		for _, ca := range id.Chain {
			cas = append(cas, ca.X509)
		}
		return e.Encode(id.Key, id.Leaf.X509, cas, runPassword)
	}
}

// namedFiles go to all phones as they are.
func namedFiles(id *certs.Identity, address string) ([]byte, error) {
	return certs.EncodePKCS12(id.Key, id.Leaf, id.Chain, runPassword, android.Alias(address), certs.LegacyDES)
}
