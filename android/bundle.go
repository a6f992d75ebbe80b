package android

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/profiles"
)

// BundleSchema names the form of a bundle. Fields may be added under it, never
// removed.
const BundleSchema = "easkit/bundle/v1"

const bundleNote = "No phone and no device management reads this file as it is: it keeps a mail account, the managed configuration of its app and the encrypted identity together, for easkit and for scripts. The identity's password is not in it."

type bundle struct {
	Schema               string         `json:"schema"`
	Note                 string         `json:"note"`
	App                  string         `json:"app"`
	PackageName          string         `json:"packageName"`
	Alias                string         `json:"alias"`
	Account              bundleAccount  `json:"account"`
	ManagedConfiguration properties     `json:"managedConfiguration"`
	Identity             bundleIdentity `json:"identity"`
	Chain                [][]byte       `json:"chain"` // DER, nearest first
}

type bundleAccount struct {
	Name         string            `json:"name"`
	Email        string            `json:"email"`
	User         string            `json:"user"`
	Host         string            `json:"host"`
	Auth         preflight.Auth    `json:"auth"`
	Issuer       preflight.Issuer  `json:"issuer,omitempty"`
	Mailbox      preflight.Mailbox `json:"mailbox"`
	Cloud        preflight.Cloud   `json:"cloud"`
	Organization string            `json:"organization,omitempty"`
	SyncDays     int               `json:"syncDays"`
}

// bundleIdentity describes its certificate: SHA256 and Thumbprint (SHA-1) are of
// that, in upper-case hex, and not of the data.
type bundleIdentity struct {
	Format     string    `json:"format"`
	Encryption string    `json:"encryption"`
	Data       []byte    `json:"data"`
	Subject    string    `json:"subject"`
	Issuer     string    `json:"issuer"`
	NotAfter   time.Time `json:"notAfter"`
	SHA256     string    `json:"sha256"`
	Thumbprint string    `json:"thumbprint"`
}

// Bundle keeps account, configuration and identity in one JSON file. It holds
// the private key, protected by the password of p12 alone, so it is a secret. A
// p12 that opens without a password is refused; encryption says in words how it
// is protected.
func (c *Config) Bundle(p12 []byte, encryption string, chain []*certs.Certificate) ([]byte, error) {
	if c.Leaf == nil {
		return nil, errors.New("a bundle needs the user's certificate")
	}
	if err := locked(p12); err != nil {
		return nil, fmt.Errorf("the identity for the bundle: %w", err)
	}
	a := c.Account
	b := bundle{
		Schema: BundleSchema, Note: bundleNote, App: c.App.Name, PackageName: c.App.Package, Alias: c.Alias,
		Account: bundleAccount{a.Name, a.Email, a.User, a.Endpoint.String(), a.Auth, a.Issuer,
			a.Mailbox, a.Cloud, a.Organization, a.SyncDays},
		ManagedConfiguration: c.Properties,
		Identity: bundleIdentity{
			Format: "pkcs12", Encryption: encryption, Data: p12,
			Subject: c.Leaf.Subject(), Issuer: c.Leaf.Issuer(), NotAfter: c.Leaf.NotAfter.UTC(),
			SHA256: fingerprint(c.Leaf), Thumbprint: c.Leaf.Thumbprint(),
		},
		Chain: [][]byte{},
	}
	for _, ca := range chain {
		b.Chain = append(b.Chain, ca.Raw)
	}
	return encode(b)
}

// locked wants a PKCS#12 file that an empty password doesn't open.
func locked(p12 []byte) error {
	b, err := certs.Read(p12, certs.Unlock{})
	switch {
	case errors.Is(err, certs.ErrNoPassword):
		return nil
	case err != nil:
		return err
	case b.PKCS12 == nil:
		return fmt.Errorf("it is a %s file, not PKCS#12", b.Format)
	}
	return errors.New("it opens without a password")
}

// fingerprint is the SHA-256 of a certificate in upper-case hex.
func fingerprint(c *certs.Certificate) string { return fmt.Sprintf("%X", sha256.Sum256(c.Raw)) }

// fill puts the account of a bundle into one of ours.
func (b bundleAccount) fill(a *profiles.Account) error {
	a.Name, a.Email, a.User, a.Organization = b.Name, b.Email, b.User, b.Organization
	a.Auth, a.Issuer, a.Mailbox, a.Cloud, a.SyncDays = b.Auth, b.Issuer, b.Mailbox, b.Cloud, b.SyncDays
	if b.Host == "" {
		return nil
	}
	var err error
	a.Endpoint, err = profiles.ParseEndpoint(b.Host)
	return err
}
