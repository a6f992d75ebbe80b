package crl

import (
	"bytes"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"math/big"
	"testing"
	"time"

	"github.com/easkit/easkit/certs"
)

// What crypto/x509 reads of the fixtures, it reads as we do.
func TestReadAgainstX509(t *testing.T) {
	agreed := 0
	for _, file := range readerFiles(t) {
		der := readerBytes(t, file)
		rl, err := x509.ParseRevocationList(der)
		if err != nil {
			continue
		}
		agreed++
		l, err := Read(bytes.NewReader(der), NewSerials(oracleSerials(rl)))
		if err != nil {
			t.Errorf("%s: %v, which crypto/x509 reads", file, err)
			continue
		}
		for _, ca := range readerSigners {
			if problem := oracleCompare(der, l, readerCert(t, ca)); problem != "" {
				t.Errorf("%s: %s", file, problem)
			}
		}
	}
	if least := 39; agreed < least {
		t.Errorf("crypto/x509 reads %d of the fixtures, fewer than %d", agreed, least)
	}
}

func oracleSerials(rl *x509.RevocationList) (all []*big.Int) {
	for _, e := range rl.RevokedCertificateEntries {
		all = append(all, e.SerialNumber)
	}
	return all
}

// oracleCompare says how a list, read with all its serial numbers asked for,
// differs from what crypto/x509 reads, which must be able to.
func oracleCompare(der []byte, l *List, ca *certs.Certificate) string {
	rl, err := x509.ParseRevocationList(der)
	if err != nil {
		return "crypto/x509: " + err.Error()
	}
	switch {
	case l.Version != 2:
		return fmt.Sprintf("version %d", l.Version)
	case !bytes.Equal(l.RawIssuer, rl.RawIssuer):
		return fmt.Sprintf("issuer %x, want %x", l.RawIssuer, rl.RawIssuer)
	case !l.ThisUpdate.Equal(rl.ThisUpdate) || !l.NextUpdate.Equal(rl.NextUpdate):
		return fmt.Sprintf("from %v to %v, want %v to %v", l.ThisUpdate, l.NextUpdate, rl.ThisUpdate, rl.NextUpdate)
	case (l.Number == nil) != (rl.Number == nil) || l.Number != nil && l.Number.Cmp(rl.Number) != 0:
		return fmt.Sprintf("number %v, want %v", l.Number, rl.Number)
	case !bytes.Equal(l.AuthorityKeyID, rl.AuthorityKeyId):
		return fmt.Sprintf("AKI %x, want %x", l.AuthorityKeyID, rl.AuthorityKeyId)
	case l.Entries != len(rl.RevokedCertificateEntries):
		return fmt.Sprintf("%d entries, want %d", l.Entries, len(rl.RevokedCertificateEntries))
	}
	if problem := oracleEntries(l, rl); problem != "" {
		return problem
	}
	return oracleSignature(l, rl, ca)
}

// oracleEntries compares every entry. Of several for one serial number the first
// that revokes counts, and without one the last.
func oracleEntries(l *List, rl *x509.RevocationList) string {
	want := map[string]x509.RevocationListEntry{}
	var latest time.Time
	foreign, others := false, 0
	for _, e := range rl.RevokedCertificateEntries {
		if e.RevocationTime.After(latest) {
			latest = e.RevocationTime
		}
		if foreign = oracleForeign(foreign, l, e.Extensions); foreign {
			others++
			continue
		}
		if have, ok := want[e.SerialNumber.String()]; !ok || have.ReasonCode == int(RemoveFromCRL) {
			want[e.SerialNumber.String()] = e
		}
	}
	if others != l.Indirect || !latest.Equal(l.LatestEntry) {
		return fmt.Sprintf("%d entries of other CAs, the latest from %v, want %d and %v", l.Indirect, l.LatestEntry, others, latest)
	}
	for _, serial := range oracleSerials(rl) {
		e, listed := want[serial.String()]
		got, ok := l.Entry(serial)
		if ok != listed || ok && (!got.Revoked.Equal(e.RevocationTime) || int(got.Reason) != e.ReasonCode) {
			return fmt.Sprintf("serial number %v: %v %v, want %v %v", serial, got, ok, e, listed)
		}
	}
	return ""
}

// oracleForeign follows certificateIssuer from entry to entry.
func oracleForeign(before bool, l *List, extensions []pkix.Extension) bool {
	for _, e := range extensions {
		var names []asn1.RawValue
		if !e.Id.Equal(oidEntryIssuer) {
			continue
		}
		if _, err := asn1.Unmarshal(e.Value, &names); err != nil {
			return before // which Read refuses
		}
		before = true
		for _, n := range names {
			if n.Class == asn1.ClassContextSpecific && n.Tag == 4 && n.IsCompound && certs.NameString(n.Bytes) == l.Issuer() {
				before = false
			}
		}
	}
	return before
}

// oracleSignature compares what both say of the signature. crypto/x509 refuses
// SHA-1, and knows no SHA-224.
func oracleSignature(l *List, rl *x509.RevocationList, ca *certs.Certificate) string {
	ours, theirs := l.SignedBy(ca), rl.CheckSignatureFrom(ca.X509)
	var insecure x509.InsecureAlgorithmError
	if errors.As(theirs, &insecure) || errors.Is(theirs, x509.ErrUnsupportedAlgorithm) || errors.Is(ours, certs.ErrUnsupported) {
		return ""
	}
	if (ours == nil) != (theirs == nil) {
		return fmt.Sprintf("signature: %v, want %v", ours, theirs)
	}
	return ""
}
