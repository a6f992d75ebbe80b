package lab

import (
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"time"

	"github.com/easkit/easkit/certs"
)

// The files of a lab in a folder. What is revoked stands in the CRLs and nowhere
// else.
const (
	RootFile    = "root.pem"
	IssuingFile = "issuing.pem"
	CRLFolder   = "crl"
	CAFolder    = "cas" // the certificates of the CAs again, without a key beside them

	rootKeyFile    = "root.key.pem"
	issuingKeyFile = "issuing.key.pem"
	rootCRL        = "root.crl"
	issuingCRL     = "issuing.crl"
)

// ErrOver says that the life of a lab has ended.
var ErrOver = errors.New("the lab is over")

// File is a file of a lab: its name has slashes, its data may be a key.
type File struct {
	Name string
	Data []byte
}

// Files are all files of the lab, with its keys: [Open] reads them again. Whoever
// writes them keeps them to their owner.
func (l *Lab) Files() ([]File, error) {
	root := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: l.Root.Certificate.Raw})
	issuing := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: l.Issuing.Certificate.Raw})
	files := []File{
		{RootFile, root}, {path.Join(CAFolder, RootFile), root},
		{IssuingFile, issuing}, {path.Join(CAFolder, IssuingFile), issuing},
	}
	for _, key := range []struct {
		name string
		of   *Authority
	}{{rootKeyFile, l.Root}, {issuingKeyFile, l.Issuing}} {
		der, err := x509.MarshalPKCS8PrivateKey(key.of.Key)
		if err != nil {
			return nil, fmt.Errorf("writing the key of %q: %w", key.of.Certificate, err)
		}
		files = append(files, File{key.name, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})})
	}
	return append(files, l.CRLs()...), nil
}

// CRLs are those of [Lab.Files] that [Lab.Publish] changes.
func (l *Lab) CRLs() []File {
	return []File{
		{path.Join(CRLFolder, rootCRL), l.Root.CRL},
		{path.Join(CRLFolder, issuingCRL), l.Issuing.CRL},
	}
}

// CRLBase is the URL that the CRL distribution points start with, as [New] got it.
func (l *Lab) CRLBase() string { return strings.TrimSuffix(l.Root.CRLURL, "/"+rootCRL) }

// Open reads a lab from the folder that its files were written to. It takes labs
// only: a CA without the marker is none of its business, and is refused. From now
// on the lab's time is now; the error wraps ErrOver where its life has ended by then.
func Open(files fs.FS, now time.Time) (*Lab, error) {
	l := &Lab{now: now.UTC().Truncate(time.Second)}
	var err error
	if l.Root, err = openAuthority(files, RootFile, rootKeyFile, rootCRL); err != nil {
		return nil, err
	}
	if l.Issuing, err = openAuthority(files, IssuingFile, issuingKeyFile, issuingCRL); err != nil {
		return nil, err
	}
	issuing := l.Issuing.Certificate.X509
	if err := issuing.CheckSignatureFrom(l.Root.Certificate.X509); err != nil {
		return nil, fmt.Errorf("%s is not signed by the key of %s: %w", IssuingFile, RootFile, err)
	}
	if len(issuing.CRLDistributionPoints) != 1 || !strings.HasSuffix(issuing.CRLDistributionPoints[0], "/"+rootCRL) {
		return nil, fmt.Errorf("%s does not say where the CRLs of the lab are", IssuingFile)
	}
	l.Root.CRLURL = issuing.CRLDistributionPoints[0]
	l.Issuing.CRLURL = l.CRLBase() + "/" + issuingCRL
	l.begins, l.ends = issuing.NotBefore, issuing.NotAfter
	switch {
	case l.now.Before(l.begins):
		return nil, fmt.Errorf("the lab begins on %s: now it is %s", l.begins.Format(time.RFC3339), l.now.Format(time.RFC3339))
	case !l.now.Before(l.ends):
		return nil, fmt.Errorf("%w: it ended on %s", ErrOver, l.ends.Format(time.RFC3339))
	}
	return l, nil
}

// openAuthority reads a CA with its key and CRL, and wants them to belong together.
func openAuthority(files fs.FS, certificate, key, crl string) (*Authority, error) {
	b, err := read(files, certificate)
	if err != nil {
		return nil, err
	}
	if len(b.Certificates) != 1 || b.Certificates[0].X509 == nil || !b.Certificates[0].IsCA {
		return nil, fmt.Errorf("%s does not hold the certificate of a CA", certificate)
	}
	a := &Authority{Certificate: b.Certificates[0]}
	if !a.Certificate.Lab {
		return nil, fmt.Errorf("%s is no CA of a lab: it does not carry the marker, and only labs are worked on", certificate)
	}
	if b, err = read(files, key); err != nil {
		return nil, err
	}
	if len(b.Keys) != 1 || !sameKey(b.Keys[0].Public(), a.Certificate.X509.PublicKey) {
		return nil, fmt.Errorf("%s does not hold the key of %s", key, certificate)
	}
	a.Key = b.Keys[0]
	if a.CRL, err = readFile(files, path.Join(CRLFolder, crl)); err != nil {
		return nil, err
	}
	_, err = a.parse()
	return a, err
}

func sameKey(a, b crypto.PublicKey) bool {
	key, ok := a.(interface{ Equal(crypto.PublicKey) bool })
	return ok && key.Equal(b)
}

func read(files fs.FS, name string) (*certs.Bundle, error) {
	data, err := readFile(files, name)
	if err != nil {
		return nil, err
	}
	b, err := certs.Read(data, certs.Unlock{})
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", name, err)
	}
	return b, nil
}

func readFile(files fs.FS, name string) ([]byte, error) {
	f, err := files.Open(name)
	if err != nil {
		return nil, fmt.Errorf("opening a lab: %w", err)
	}
	defer f.Close()
	data, err := certs.ReadLimited(f)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", name, err)
	}
	return data, nil
}
