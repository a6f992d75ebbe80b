package trust

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/preflight"
)

// setAddresses finds where the CRL of each CA is.
func (r *folderReader) setAddresses() error {
	given, err := r.readYAML()
	switch {
	case err != nil && len(r.folder.Refused) > 0:
		r.refuse(r.yaml, preflight.Printable(err.Error()), "mend it, once what else was refused is out of the folder")
		r.folder.Wanted = nil // their addresses are not known
		return nil
	case err != nil:
		return fmt.Errorf("%s: %w", shown(r.yaml), err)
	}
	pointers := r.pointers()
	for i := range r.folder.Wanted {
		w := &r.folder.Wanted[i]
		legacy := r.addresses[string(w.Certificate.Raw)]
		set := given[i]
		switch {
		case set != nil && set.hasCRL:
			w.use(addresses{set.crl, set.delta, fmt.Sprintf("%s line %d", r.yaml, set.line)})
		case legacy.crl != "":
			w.use(legacy)
		default:
			r.derive(w, pointers)
		}
		if set != nil {
			w.HintSet, w.Entry.IssuerHint = set.hasHint, set.hint
			if w.DeltaSet = set.hasDelta; w.DeltaSet {
				w.Entry.Delta = set.delta
			}
		}
	}
	return nil
}

func (w *Wanted) use(a addresses) {
	w.Entry.CRL, w.Entry.Delta, w.CRLFrom = a.crl, a.delta, a.from
}

// pointer is a certificate that names its issuer's CRL.
type pointer struct {
	from        string
	certificate *certs.Certificate
	issuer      *certs.Certificate
}

// pointers are the certificates that CAs of the folder issued.
func (r *folderReader) pointers() []pointer {
	var pool []*certs.Certificate
	for _, w := range r.folder.Wanted {
		pool = append(pool, w.Certificate)
	}
	var found []pointer
	add := func(from string, c *certs.Certificate) {
		if c == nil || c.IsRoot() { // what a root names is its own, and nobody reads it
			return
		}
		if issuer := certs.IssuerOf(c, pool); issuer != nil {
			found = append(found, pointer{from, c, issuer})
		}
	}
	for _, w := range r.folder.Wanted {
		add(w.File, w.Certificate)
	}
	for _, c := range r.options.Issued {
		if c != nil {
			add(fmt.Sprintf("the certificate %q", c), c)
		}
	}
	return found
}

// maxPoints bounds the addresses that are looked at in one certificate: real ones
// have two or three, and a crafted one a hundred thousand.
const maxPoints = 64

// derive takes the addresses that certificates of a CA name. All certificates for
// one name and key have the same CRL.
func (r *folderReader) derive(w *Wanted, pointers []pointer) {
	var chosen, delta addresses
	named := map[string]bool{}
	for _, p := range pointers {
		if !bytes.Equal(p.issuer.RawKey, w.Certificate.RawKey) || !bytes.Equal(p.issuer.RawSubject, w.Certificate.RawSubject) {
			continue
		}
		switch u := first(p.certificate.CDPs); {
		case u == "":
		case chosen.crl == "" || !isHTTP(chosen.crl) && isHTTP(u):
			chosen = addresses{crl: u, from: p.from}
		case isHTTP(u) && u != chosen.crl && !named[u]:
			named[u] = true
			r.note("the certificates of %q name different CRL addresses: %s (%s), which is taken, and %s (%s); crl.yaml can say which",
				w.Certificate, shown(chosen.crl), shown(chosen.from), shown(u), shown(p.from))
		}
		if u := first(p.certificate.FreshestCRLs); delta.crl == "" || !isHTTP(delta.crl) && isHTTP(u) {
			delta.crl = u
		}
	}
	if chosen.crl != "" { // Entra ID refuses a delta CRL without a base
		chosen.delta = delta.crl
	}
	w.use(chosen)
}

func isHTTP(address string) bool { return strings.HasPrefix(strings.ToLower(address), "http:") }

// first is the address that Entra ID takes out of several: the first by http. With
// none of those it is the first by https, or of all, whose finding says what is
// wrong with it.
func first(urls []string) string {
	urls = urls[:min(len(urls), maxPoints)]
	for _, scheme := range []string{"http:", "https:", ""} {
		for _, u := range urls {
			if strings.HasPrefix(strings.ToLower(u), scheme) {
				return u
			}
		}
	}
	return ""
}
