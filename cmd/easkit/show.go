package main

import (
	"bytes"
	"crypto/x509"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/easkit/easkit/android"
	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/cms"
	"github.com/easkit/easkit/certs/entra"
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/ios"
	"github.com/easkit/easkit/profiles"
)

// formats are the profile formats that files are tried against.
var formats = []profiles.Format{ios.Format, android.Format}

func newShow(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "show FILE...",
		Short: "Show what a .p12, certificate, CRL or profile contains; judges nothing",
		Example: "  easkit show alice.p12 --password-file alice.password\n" +
			"  easkit show alice.mobileconfig",
		Args: atLeastOne("FILE"),
		RunE: func(_ *cobra.Command, args []string) error {
			if err := a.global.check(); err != nil {
				return err
			}
			password, err := a.identityPassword()
			if err != nil {
				return err
			}
			var shown []*page
			var failed error
			for _, file := range args {
				p, err := a.show(file, password)
				if a.ctx.Err() != nil {
					return a.ctx.Err()
				}
				if err != nil {
					err = about(file, err)
					if failed != nil {
						a.printError(failed)
					}
					failed = err
					continue
				}
				shown = append(shown, p)
			}
			if len(shown) == 0 {
				return failed
			}
			return errors.Join(a.printPages(shown), failed)
		},
	}
}

// page is what one file says: lines of a label and a value, in order.
type page struct {
	File  string `json:"file"`
	Kind  string `json:"kind"`
	Lines []line `json:"lines"`
}

type line struct {
	Label string `json:"label"`
	Value string `json:"value"`
}

func (p *page) add(label, format string, args ...any) {
	if value := preflight.Printable(fmt.Sprintf(format, args...)); value != "" {
		p.Lines = append(p.Lines, line{label, value})
	}
}

func (a *app) printPages(pages []*page) error {
	if a.global.format == formatJSON {
		return a.printJSON(pages)
	}
	var b bytes.Buffer
	for i, p := range pages {
		if i > 0 {
			fmt.Fprintln(&b)
		}
		fmt.Fprintf(&b, "%s: %s\n", preflight.Printable(p.File), p.Kind)
		for _, l := range p.Lines {
			fmt.Fprintf(&b, "  %-14s %s\n", l.Label, l.Value)
		}
	}
	return a.print(b.Bytes())
}

func (a *app) show(file string, password certs.Password) (*page, error) {
	data, list, err := a.readShown(file)
	if err != nil {
		return nil, err
	}
	if list != nil {
		return showCRL(file, list), nil
	}
	u := a.unlock(password, file)
	for _, format := range formats {
		if !format.Sniff(data) {
			continue
		}
		doc, err := format.Parse(data)
		if err == nil {
			return showDocument(file, doc, u), nil
		}
		if _, notBundle := cms.CertsOnly(data); notBundle != nil { // a .p7b looks like a signed profile
			return nil, err
		}
	}
	b, err := certs.Read(data, u)
	if err != nil {
		return nil, err
	}
	return showBundle(file, b), nil
}

func showBundle(file string, b *certs.Bundle) *page {
	p := &page{File: file, Kind: b.Format}
	if b.PKCS12 != nil {
		showPKCS12(p, b.PKCS12)
	}
	for _, k := range b.Keys {
		p.add("private key", "%s", keyKind(k.Public()))
	}
	for _, c := range b.Certificates {
		showCertificate(p, c)
	}
	return p
}

func keyKind(public any) string {
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		return "of an unknown kind"
	}
	key, _ := x509.ParsePKIXPublicKey(der)
	return (&certs.Certificate{PublicKey: key}).KeyText()
}

func showPKCS12(p *page, f *certs.PKCS12) {
	encoding := "DER"
	if f.BER {
		encoding = "BER with indefinite lengths"
	}
	p.add("encoding", "%s", encoding)
	p.add("MAC", "%s, %d iterations", f.MAC, f.MAC.Iterations)
	for _, k := range f.Keys {
		p.add("key", "%s, %d iterations", k.Scheme, k.Scheme.Iterations)
		p.add("  name", "%s", k.FriendlyName)
	}
	for _, c := range f.Certificates {
		p.add("certificate", "%s: %s", c.Certificate, c.Scheme)
	}
}

// keyUsages are the names of RFC 5280 4.2.1.3, in the order of their bits.
func keyUsages(c *certs.Certificate) string {
	var names []string
	for i, name := range []string{"digitalSignature", "nonRepudiation", "keyEncipherment", "dataEncipherment", "keyAgreement", "keyCertSign", "cRLSign", "encipherOnly", "decipherOnly"} {
		if c.KeyUsage&(1<<i) != 0 {
			names = append(names, name)
		}
	}
	return strings.Join(names, ", ")
}

const timeForm = "2006-01-02 15:04:05 MST"

func showCertificate(p *page, c *certs.Certificate) {
	kind := "certificate"
	if c.IsCA {
		kind = "CA"
	}
	p.add(kind, "%s", c.Subject())
	p.add("  issuer", "%s", c.Issuer())
	p.add("  serial", "%X", c.Serial)
	p.add("  valid", "%s to %s", c.NotBefore.UTC().Format(timeForm), c.NotAfter.UTC().Format(timeForm))
	p.add("  key", "%s, signed with %s", c.KeyText(), c.SignatureAlgorithm())
	for _, n := range c.Names {
		p.add("  "+string(n.Kind), "%s", n.Value)
	}
	p.add("  SID", "%s", c.SID)
	var usages []string
	for _, oid := range c.EKU {
		usages = append(usages, oid.String())
	}
	p.add("  EKU", "%s", strings.Join(usages, ", "))
	p.add("  key usage", "%s", keyUsages(c))
	p.add("  CRL", "%s", strings.Join(c.CDPs, ", "))
	p.add("  SKI", "%X", c.SubjectKeyID)
	p.add("  AKI", "%X", c.AuthorityKeyID)
	p.add("  thumbprint", "%s (SHA-1)", c.Thumbprint())
	if !c.IsCA {
		for _, id := range entra.CertificateUserIDs(c) {
			p.add("  certificateUserId", "%s", id.Value)
		}
	}
	if c.Refused != nil {
		p.add("  note", "outside the standard: %v", c.Refused)
	}
	if c.Lab {
		p.add("  note", "from easkit's lab: not for production")
	}
}

func showDocument(file string, doc *profiles.Document, u certs.Unlock) *page {
	p := &page{File: file, Kind: doc.Format}
	if doc.Signed {
		p.Kind += ", signed"
	}
	p.add("identifier", "%s", doc.Identifier)
	p.add("UUID", "%s", doc.UUID)
	p.add("title", "%s", doc.Title)
	if doc.HasAccount {
		showAccount(p, doc.Account)
	}
	if doc.Dangling {
		p.add("identity", "the account refers to one that is not in the file")
	}
	showEmbedded(p, doc, u)
	for _, ca := range doc.Certificates {
		showCertificate(p, ca)
	}
	for _, note := range doc.Notes {
		p.add("note", "%s", note)
	}
	return p
}

func showAccount(p *page, a profiles.Account) {
	p.add("account", "%s", a.Name)
	p.add("  e-mail", "%s", a.Email)
	p.add("  user name", "%s", a.User)
	p.add("  host", "%s", a.Endpoint)
	p.add("  sign-in", "%s", a.Auth)
	p.add("  organization", "%s", a.Organization)
	window := profiles.Days(a.SyncDays)
	p.add("  sync", "%s", window)
	for _, s := range a.Services.List() {
		if !s.On || s.Locked {
			p.add("  "+s.Name, "on %v, locked %v", s.On, s.Locked)
		}
	}
	for _, set := range a.IOS.Set() {
		p.add("  setting", "%s", set)
	}
}

// showEmbedded opens the embedded identity with the password that is embedded
// too, or with the one of the call; a profile without either shows that much.
func showEmbedded(p *page, doc *profiles.Document, u certs.Unlock) {
	if len(doc.PKCS12) == 0 {
		return
	}
	p.add("identity", "PKCS#12, %d bytes", len(doc.PKCS12))
	if doc.Password != "" {
		u = certs.Unlock{Password: doc.Password}
		p.add("  password", "embedded")
	} else {
		u.Prompt = nil
		p.add("  password", "not embedded: the phone asks for it")
	}
	b, err := certs.Read(doc.PKCS12, u)
	if err != nil {
		p.add("  contents", "%v", err)
		return
	}
	if b.PKCS12 == nil {
		p.add("  contents", "it is no PKCS#12 file, but %s", b.Format)
		return
	}
	showPKCS12(p, b.PKCS12)
	for _, c := range b.Certificates {
		showCertificate(p, c)
	}
}
