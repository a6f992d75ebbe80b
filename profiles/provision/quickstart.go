package provision

import (
	"bytes"
	"cmp"
	"context"
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"path"
	"time"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/lab"
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/certs/signer"
	"github.com/easkit/easkit/profiles"
)

// The user of the quickstart. The domain is the one that Microsoft's own
// documentation uses for an organisation.
const (
	quickName    = "Alice Example"
	quickAddress = "alice@contoso.com"
	quickUser    = "alice"
	quickCRLBase = "http://crl.contoso.com/easkit-lab"
	quickServer  = "mail.contoso.com" // where a preset names none
)

// Quickstart is everything that a first run shows.
type Quickstart struct {
	Report *preflight.Report
	Files  []File   // with folders in their names
	Lab    *lab.Lab // the PKI, with the keys of its CAs, which are in no file
}

// RunQuickstart makes a lab PKI with one user, checks her certificate, makes and
// signs her profile for iOS and her configuration for Android, and verifies both
// from the files alone, as an outsider would. It needs no network.
func RunQuickstart(ctx context.Context, s preflight.Scenario, o profiles.Overrides) (*Quickstart, error) {
	template, err := profiles.Preset(profiles.DefaultPreset(o))
	if err != nil {
		return nil, err
	}
	template.Organization = "easkit lab"
	template.Host = cmp.Or(template.Host, quickServer)
	if s, err = template.Scenario(s, o); err != nil {
		return nil, err
	}
	q := &quick{Quickstart: Quickstart{Report: preflight.NewReport(s)}, scenario: s, template: template, overrides: o}
	if err := q.makeLab(s.At); err != nil {
		return nil, err
	}
	if err := q.describe(profiles.DefaultPreset(o)); err != nil {
		return nil, err
	}
	if err := q.checkAlice(); err != nil {
		return nil, err
	}
	if err := q.build(ctx); err != nil {
		return nil, err
	}
	if q.Report.Worst() != preflight.StatusFail {
		q.verify()
	}
	return &q.Quickstart, nil
}

// quick is a quickstart under way.
type quick struct {
	Quickstart
	scenario  preflight.Scenario
	template  profiles.Template
	overrides profiles.Overrides
	signer    *signer.Signer
	p12       []byte
	password  certs.Password
	bundle    *certs.Bundle
}

func (q *quick) add(name string, data []byte) {
	q.Files = append(q.Files, File{Name: name, Data: data})
}

// file finds what was made, by name.
func (q *quick) file(name string) []byte {
	for _, f := range q.Files {
		if f.Name == name {
			return f.Data
		}
	}
	return nil
}

func (q *quick) makeLab(now time.Time) error {
	var err error
	if q.Lab, err = lab.New(now, quickCRLBase); err != nil {
		return err
	}
	alice, err := q.Lab.User(quickName, quickAddress)
	if err != nil {
		return err
	}
	signs, err := q.Lab.Signer()
	if err != nil {
		return err
	}
	if q.signer, err = signer.New(signs); err != nil {
		return err
	}
	q.password = NewPassword()
	if q.p12, err = certs.EncodePKCS12(alice.Key, alice.Leaf, alice.Chain, string(q.password), "eas-"+quickUser, certs.LegacyDES); err != nil {
		return err
	}
	signerPEM, err := identityPEM(signs)
	if err != nil {
		return err
	}
	q.add("lab/root.pem", certificatePEM(q.Lab.Root.Certificate))
	q.add("lab/issuing.pem", certificatePEM(q.Lab.Issuing.Certificate))
	q.add("lab/root.crl", q.Lab.Root.CRL)
	q.add("lab/issuing.crl", q.Lab.Issuing.CRL)
	q.add("lab/signer.pem", signerPEM)
	q.add(quickUser+".p12", q.p12)
	q.add(quickUser+".password", []byte(string(q.password)+"\n"))
	return nil
}

// describe adds the account's template: the preset, and what the quickstart puts to
// it. Its section intune is one that fits the lab's tenant.
func (q *quick) describe(preset string) error {
	text, err := profiles.PresetText(preset)
	if err != nil {
		return err
	}
	own, err := profiles.Preset(preset)
	if err != nil {
		return err
	}
	host := ""
	if own.Host == "" {
		host = "host: " + q.template.Host + "\n"
	}
	text = fmt.Appendf(bytes.Clone(text), quickTemplate, q.template.Organization, host)
	if _, err := profiles.ParseTemplate(text); err != nil {
		return fmt.Errorf("writing the account's template: %w", err)
	}
	q.add(QuickTemplate, text)
	return nil
}

// QuickTemplate is the file with the template of the quickstart's account.
const QuickTemplate = "account.yaml"

const quickTemplate = `
# What the quickstart puts to it. The CA and the group are made up; the tenant of
# easkit lab serve has the group.
organization: %s
%sintune:
  groups: [Mail users]
  pkcs: {server: ca01.contoso.com, ca: easkit lab issuing CA, template: EaskitUser}
`

// checkAlice reads the file back as any other user's file, and runs the
// pre-flight over it.
func (q *quick) checkAlice() error {
	var err error
	if q.bundle, err = certs.Read(q.p12, certs.Unlock{Password: q.password}); err != nil {
		return fmt.Errorf("reading back %s.p12: %w", quickUser, err)
	}
	for _, sub := range q.bundle.Subjects(q.cas()) {
		q.Report.Add("certificate", quickUser+".p12", certs.Check(q.scenario, sub), nil)
	}
	return nil
}

func (q *quick) cas() []*certs.Certificate {
	return []*certs.Certificate{q.Lab.Issuing.Certificate, q.Lab.Root.Certificate}
}

func (q *quick) build(ctx context.Context) error {
	req := Request{Name: quickUser, Bundle: q.bundle, Template: q.template, Overrides: q.overrides, Scenario: q.scenario, Signer: q.signer}
	for _, b := range []struct {
		dir, kind string
		build     func(context.Context, Request) (*Result, error)
	}{{"", "iOS profile", IOS}, {quickUser + EndAndroid, "Android configuration", Android}} {
		result, err := b.build(ctx, req)
		if err != nil {
			return fmt.Errorf("building the %s: %w", b.kind, err)
		}
		q.Report.Add(b.kind, "Alice's "+b.kind, result.Findings, nil)
		for _, f := range result.Files {
			q.add(path.Join(b.dir, f.Name), f.Data)
		}
	}
	return nil
}

// verify judges the signatures with nothing but the files and the lab's root.
func (q *quick) verify() {
	roots := x509.NewCertPool()
	roots.AddCert(q.Lab.Root.Certificate.X509)
	profile := quickUser + ExtIOS
	bundle := path.Join(quickUser+EndAndroid, FileBundle)
	for _, v := range []struct {
		name     string
		detached []byte
	}{{profile, nil}, {bundle + ".p7s", q.file(bundle)}} {
		sub := &profiles.Signed{Data: q.file(v.name), Detached: v.detached, Roots: roots, RootsAre: "the lab's root"}
		findings := profiles.CheckSigned(q.scenario, sub)
		q.Report.Add("signature", v.name, findings, shortLife(findings))
	}
}

// shortLife leaves the warning that a signer ends soon out of the verdict: that
// is what a lab is for. A failure stays one.
func shortLife(findings []preflight.Finding) map[string]string {
	for _, f := range findings {
		if f.Status == preflight.StatusFail {
			return nil
		}
	}
	return map[string]string{"profile.signer": "everything of a lab ends after 30 days"}
}

func certificatePEM(c *certs.Certificate) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})
}

// identityPEM is a key with its certificate and intermediates.
func identityPEM(id *certs.Identity) ([]byte, error) {
	der, err := x509.MarshalPKCS8PrivateKey(crypto.PrivateKey(id.Key))
	if err != nil {
		return nil, fmt.Errorf("writing the signer's key: %w", err)
	}
	out := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
	for _, c := range append([]*certs.Certificate{id.Leaf}, id.Chain...) {
		out = append(out, certificatePEM(c)...)
	}
	return out, nil
}
