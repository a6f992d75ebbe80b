package certs

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// sanOIDObjectSID is the type of the otherName within the SID extension
// (MS-WCCE 2.2.2.7.7.4, szOID_NTDS_OBJECTSID).
const sanOIDObjectSID = "1.3.6.1.4.1.311.25.2.1"

// sanSIDTag begins the URI that carries a SID where the CA can't add the
// extension (KB5014754). A tag URI is compared as it stands (RFC 4151 2.4).
const sanSIDTag = "tag:microsoft.com,2022-09-14:sid:"

// ParseSID reads the value of extension 1.3.6.1.4.1.311.25.2
// (szOID_NTDS_CA_SECURITY_EXT, MS-WCCE 2.2.2.7.7.4), by which Active Directory
// maps a certificate to an account: a SAN-like list in which an otherName holds
// the account's SID as text. The SID is "" with any error.
func ParseSID(der []byte) (string, error) {
	input := cryptobyte.String(der)
	var list cryptobyte.String
	if !input.ReadASN1(&list, cbasn1.SEQUENCE) || !input.Empty() {
		return "", errors.New("reading the SID extension: its outer SEQUENCE is broken")
	}
	var found string
	for !list.Empty() {
		var entry cryptobyte.String
		var tag cbasn1.Tag
		if !list.ReadAnyASN1(&entry, &tag) {
			return "", errors.New("reading the SID extension: an entry's tag or length is broken")
		}
		if tag != cbasn1.Tag(0).ContextSpecific().Constructed() {
			continue
		}
		sid, ok, err := sanObjectSID(entry)
		switch {
		case err != nil:
			return "", fmt.Errorf("reading the SID extension: %w", err)
		case ok && found != "" && sid != found:
			return "", fmt.Errorf("reading the SID extension: it holds two, %s and %s", found, sid)
		case ok:
			found = sid
		}
	}
	if found == "" {
		return "", fmt.Errorf("reading the SID extension: it holds no otherName %s", sanOIDObjectSID)
	}
	return found, nil
}

// sanObjectSID reads one otherName; ok says whether it is of the SID's type.
func sanObjectSID(entry cryptobyte.String) (sid string, ok bool, err error) {
	var oid, wrapped, text cryptobyte.String
	if !entry.ReadASN1(&oid, cbasn1.OBJECT_IDENTIFIER) {
		return "", false, errors.New("an otherName has no type OID")
	}
	if sanOIDText(oid) != sanOIDObjectSID {
		return "", false, nil
	}
	if !entry.ReadASN1(&wrapped, cbasn1.Tag(0).ContextSpecific().Constructed()) || !entry.Empty() ||
		!wrapped.ReadASN1(&text, cbasn1.OCTET_STRING) || !wrapped.Empty() {
		return "", false, errors.New("its value is no OCTET STRING in an explicit [0]")
	}
	if !sanValidSID(string(text)) {
		return "", false, fmt.Errorf("%q is no SID", text)
	}
	return string(text), true, nil
}

// SIDFromURI gives the SID of a SAN URI tag:microsoft.com,2022-09-14:sid:SID,
// the other strong mapping of KB5014754, which Intune writes. It is false for
// any other URI and for text that is no SID.
func SIDFromURI(uri string) (string, bool) {
	sid, ok := strings.CutPrefix(uri, sanSIDTag)
	if !ok || !sanValidSID(sid) {
		return "", false
	}
	return sid, true
}

// sanValidSID checks the string form of a SID (MS-DTYP 2.4.2.1): revision 1, an
// authority of 48 bits, in hex from 2^32 on, and 1 to 15 sub-authorities of 32.
func sanValidSID(s string) bool {
	const minParts, maxParts = 1 + 1, 1 + 15
	rest, ok := strings.CutPrefix(s, "S-1-")
	parts := strings.Split(rest, "-")
	if !ok || len(parts) < minParts || len(parts) > maxParts {
		return false
	}
	authority, base, bits := parts[0], 10, 32
	if digits, isHex := strings.CutPrefix(authority, "0x"); isHex {
		authority, base, bits = digits, 16, 48
	}
	if _, err := strconv.ParseUint(authority, base, bits); err != nil {
		return false
	}
	for _, part := range parts[1:] {
		if _, err := strconv.ParseUint(part, 10, 32); err != nil {
			return false
		}
	}
	return true
}
