package crl

import (
	"bytes"
	"encoding/asn1"
	"fmt"
	"math/big"
	"slices"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"github.com/easkit/easkit/certs"
)

// extensions reads a SEQUENCE OF Extension. understand reads a value, and says
// whether it knows the extension and whether the value could be read.
func (p *parser) extensions(der []byte, understand func(oid asn1.ObjectIdentifier, value cryptobyte.String) (known, ok bool)) error {
	input := cryptobyte.String(der)
	var list cryptobyte.String
	if !input.ReadASN1(&list, cbasn1.SEQUENCE) || !input.Empty() {
		return fmt.Errorf("%w: its extensions can't be read", ErrMalformed)
	}
	if p.list.Version == 1 {
		p.irregular("it has extensions, which version 1 has not")
	}
	for !list.Empty() {
		var ext, value cryptobyte.String
		var oid asn1.ObjectIdentifier
		critical := false
		if !list.ReadASN1(&ext, cbasn1.SEQUENCE) || !ext.ReadASN1ObjectIdentifier(&oid) ||
			!p.readCritical(&ext, &critical) || !ext.ReadASN1(&value, cbasn1.OCTET_STRING) || !ext.Empty() {
			return fmt.Errorf("%w: an extension can't be read", ErrMalformed)
		}
		known, ok := understand(oid, value)
		switch {
		case !ok:
			return fmt.Errorf("%w: the value of the extension %v can't be read", ErrMalformed, oid)
		case critical && !known:
			p.unknownAsk(oid.String())
		}
	}
	return nil
}

func (p *parser) unknownAsk(oid string) {
	if l := p.list; len(l.UnknownAsks) < maxIrregular && !slices.Contains(l.UnknownAsks, oid) {
		l.UnknownAsks = append(l.UnknownAsks, oid)
	}
}

func (p *parser) readCritical(s *cryptobyte.String, out *bool) bool {
	var value cryptobyte.String
	var present bool
	if !s.ReadOptionalASN1(&value, &present, cbasn1.BOOLEAN) || present && len(value) != 1 {
		return false
	}
	*out = present && value[0] != 0
	if present && value[0] != 0xff {
		p.irregular("a flag is written as %02x, where DER wants ff for true and nothing for false", value[0])
	}
	return true
}

// readExtensions reads crlExtensions.
func (p *parser) readExtensions() error {
	b, h, err := p.next(0xa0)
	if err != nil {
		return err
	}
	if b == nil {
		return fmt.Errorf("%w: an element %#x stands where the extensions should", ErrMalformed, h.tag)
	}
	seen := map[string]bool{}
	return p.extensions(b[h.size:], func(oid asn1.ObjectIdentifier, value cryptobyte.String) (known, ok bool) {
		if seen[oid.String()] {
			p.irregular("the extension %v is there more than once", oid)
		}
		seen[oid.String()] = true
		return p.extension(oid, value)
	})
}

func (p *parser) extension(oid asn1.ObjectIdentifier, value cryptobyte.String) (known, ok bool) {
	l := p.list
	switch {
	case oid.Equal(oidAuthorityKeyID):
		var aki, id cryptobyte.String
		var present bool
		ok = value.ReadASN1(&aki, cbasn1.SEQUENCE) && aki.ReadOptionalASN1(&id, &present, cbasn1.Tag(0).ContextSpecific())
		l.AuthorityKeyID = nil
		if present {
			l.AuthorityKeyID = bytes.Clone(id)
		}
	case oid.Equal(oidCRLNumber):
		l.Number = new(big.Int)
		ok = value.ReadASN1Integer(l.Number)
	case oid.Equal(oidDelta):
		l.BaseNumber = new(big.Int)
		ok = value.ReadASN1Integer(l.BaseNumber)
	case oid.Equal(oidScope):
		l.Scope, ok = parseScope(value)
	case oid.Equal(oidFreshest):
		l.FreshestCRLs, ok = certs.ParseDistributionPoints(value), true
	case oid.Equal(oidNextPublish):
		l.NextPublish, ok = parseTime(value)
	default:
		return false, true
	}
	return true, ok
}

// parseScope reads IssuingDistributionPoint (RFC 5280 5.2.5).
func parseScope(value cryptobyte.String) (*Scope, bool) {
	s := &Scope{}
	var fields, name, reasons cryptobyte.String
	tag := func(n uint8) cbasn1.Tag { return cbasn1.Tag(n).ContextSpecific() }
	flag := func(n uint8, to *bool) bool {
		var value cryptobyte.String
		var present bool
		ok := fields.ReadOptionalASN1(&value, &present, tag(n)) && (!present || len(value) == 1)
		*to = ok && present && value[0] != 0
		return ok
	}
	ok := value.ReadASN1(&fields, cbasn1.SEQUENCE) && value.Empty() &&
		fields.ReadOptionalASN1(&name, &s.Named, tag(0).Constructed()) &&
		flag(1, &s.OnlyUsers) && flag(2, &s.OnlyCAs) &&
		fields.ReadOptionalASN1(&reasons, &s.OnlyReasons, tag(3)) &&
		flag(4, &s.Indirect) && flag(5, &s.OnlyAttribute) && fields.Empty()
	if s.Named {
		s.URLs = certs.ParseDistributionPointName(name)
	}
	return s, ok
}
