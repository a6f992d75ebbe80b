package main

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"time"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/crl"
)

// readShown reads a file to show: a CRL of any size as it comes, anything else as
// a whole.
func (a *app) readShown(file string) ([]byte, *crl.List, error) {
	in, err := a.open(file, "a file")
	if err != nil {
		return nil, nil, err
	}
	defer in.Close()
	var start bytes.Buffer
	_, err = io.Copy(&start, io.LimitReader(in, certs.MaxFileSize))
	if err != nil {
		return nil, nil, err
	}
	list, err := crl.Read(io.MultiReader(bytes.NewReader(start.Bytes()), in), nil)
	switch {
	case err == nil:
		return nil, list, nil
	case start.Len() == certs.MaxFileSize:
		return nil, nil, err
	case errors.Is(err, crl.ErrMalformed) && bytes.Contains(start.Bytes()[:min(start.Len(), 64)], []byte("X509 CRL")):
		return nil, nil, err
	}
	return start.Bytes(), nil, nil
}

func showCRL(file string, l *crl.List) *page {
	p := &page{File: file, Kind: "CRL"}
	if l.Delta() {
		p.Kind = "delta CRL"
	}
	p.add("issuer", "%s", l.Issuer())
	if l.Number != nil {
		p.add("number", "%d", l.Number)
	}
	if l.Delta() {
		p.add("base number", "%d", l.BaseNumber)
	}
	for _, t := range []struct {
		label string
		at    time.Time
	}{{"this update", l.ThisUpdate}, {"next update", l.NextUpdate}, {"next publish", l.NextPublish}} {
		if !t.at.IsZero() {
			p.add(t.label, "%s", t.at.Format(timeForm))
		}
	}
	p.add("AKI", "%X", l.AuthorityKeyID)
	p.add("signed with", "%s", certs.SignatureName(l.Algorithm))
	p.add("revoked", "%d certificates", l.Entries)
	p.add("size", "%d bytes", l.Size)
	if l.Scope != nil {
		p.add("scope", "%s", strings.Join(l.Scope.URLs, ", "))
	}
	p.add("delta CRL", "%s", strings.Join(l.FreshestCRLs, ", "))
	for _, note := range l.Irregular {
		p.add("note", "%s", note)
	}
	return p
}
