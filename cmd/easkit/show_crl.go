package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
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
	if !l.LatestEntry.IsZero() {
		p.add("  latest", "%s", l.LatestEntry.Format(timeForm))
	}
	p.add("size", "%d bytes", l.Size)
	p.add("scope", "%s", scopeText(l))
	p.add("delta CRL", "%s", strings.Join(l.FreshestCRLs, ", "))
	for _, note := range crlNotes(l) {
		p.add("note", "%s", note)
	}
	return p
}

// scopeText says which certificates a list speaks for, where those are not all.
func scopeText(l *crl.List) string {
	if l.Scope == nil {
		return ""
	}
	parts := slices.Clone(l.Scope.URLs)
	for _, flag := range []struct {
		on   bool
		name string
	}{
		{l.Scope.OnlyUsers, "onlyContainsUserCerts"}, {l.Scope.OnlyCAs, "onlyContainsCACerts"}, {l.Scope.OnlyReasons, "onlySomeReasons"},
		{l.Scope.OnlyAttribute, "onlyContainsAttributeCerts"}, {l.Scope.Indirect, "indirectCRL"},
	} {
		if flag.on {
			parts = append(parts, flag.name)
		}
	}
	return strings.Join(parts, ", ")
}

// crlNotes are what is uncommon about a list.
func crlNotes(l *crl.List) []string {
	notes := slices.Clone(l.Irregular)
	if l.PEM {
		notes = append(notes, "it is PEM text")
	}
	if l.Trailing > 0 {
		notes = append(notes, fmt.Sprintf("%d bytes follow behind its end", l.Trailing))
	}
	if l.Indirect > 0 {
		notes = append(notes, fmt.Sprintf("%d entries belong to other CAs", l.Indirect))
	}
	for _, oid := range l.UnknownAsks {
		notes = append(notes, "a critical extension that is not known here: "+oid)
	}
	return notes
}
