package audit

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/crl"
)

// downloads is how many CRLs are fetched at a time: few, as the time that each
// takes is measured against Entra ID's limit.
const downloads = 4

// source is a CRL that was read, or should have been.
type source struct {
	Source
	url      string               // "" for a file
	asked    crl.Kind             // what certificates say is there; "" for what was given
	pointing []*certs.Certificate // the CAs whose certificates say so
	list     *crl.List
	err      error
	download *crl.Download
	ca       *certs.Certificate // whose it is
}

// IsURL tells an address from a file's name.
func IsURL(name string) bool {
	scheme, _, ok := strings.Cut(name, "://")
	return ok && len(scheme) > 1 && !strings.ContainsAny(scheme, `/\.:`)
}

// read reads the CRLs that were given, then those that certificates point to and
// that no CRL given stands for, then the delta CRLs of all of them.
func (r *run) read(ctx context.Context) {
	var given []*source
	for _, in := range r.in.CRLs {
		src := &source{Source: in}
		if in.Open == nil && IsURL(in.Name) {
			src.url = in.Name
			src.pointing = r.pointing(in.Name)
		}
		given = append(given, src)
	}
	r.readAll(ctx, given)
	r.readAll(ctx, r.addressed())
	r.readAll(ctx, r.announced())
	r.rank()
}

func (r *run) readAll(ctx context.Context, sources []*source) {
	done := r.progress("CRLs", len(sources))
	each(ctx, downloads, len(sources), func(i int) {
		defer done()
		r.readOne(ctx, sources[i])
	})
	for _, src := range sources {
		r.sources = append(r.sources, src)
		r.assign(src)
	}
}

func (r *run) readOne(ctx context.Context, src *source) {
	parse := func(body io.Reader) (err error) {
		src.list, err = r.parse(body, r.serials)
		return err
	}
	switch {
	case src.url != "" && r.o.Fetcher != nil:
		if src.download = r.hosts.gaveUp(src.url); src.download == nil {
			src.download = r.o.Fetcher.Fetch(ctx, src.url, parse)
			r.hosts.note(src.download)
		}
		if src.download.Err != nil {
			src.list = nil // what came before the failure is no list
		}
	case src.url != "":
		src.err = errOffline
	case src.Open == nil:
		src.err = errors.New("it has neither an address nor a file")
	default:
		f, err := src.Open()
		if err != nil {
			src.err = &OpenError{src.Name, err}
			return
		}
		defer f.Close()
		src.err = parse(f)
	}
}

// hosts remembers those that did not answer, so that a thousand addresses there
// don't take a thousand time-outs.
type hosts struct {
	mu     sync.Mutex
	silent map[string]int // failures by host and port
}

// patience is how often a host may fail to answer before it isn't asked again.
const patience = 2

// gaveUp is what to report of an address whose host isn't asked any more, or nil.
func (h *hosts) gaveUp(address string) *crl.Download {
	h.mu.Lock()
	defer h.mu.Unlock()
	host := hostOf(address)
	if h.silent[host] < patience {
		return nil
	}
	return &crl.Download{URL: address, FinalURL: address, Length: -1,
		Err: fmt.Errorf("%w: %s did not answer %d times, and was not asked again", crl.ErrConnect, host, patience)}
}

func (h *hosts) note(d *crl.Download) {
	if !errors.Is(d.Err, crl.ErrTimeout) && !errors.Is(d.Err, crl.ErrConnect) && !errors.Is(d.Err, crl.ErrResolver) {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.silent == nil {
		h.silent = map[string]int{}
	}
	h.silent[hostOf(d.URL)]++
}

func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	return strings.ToLower(u.Host)
}

// assign hands a list to the CAs that it speaks for, or claims to.
func (r *run) assign(src *source) {
	if opening := new(OpenError); errors.As(src.err, &opening) && r.unopened == nil {
		r.unopened = opening
	}
	if src.list == nil {
		r.failed[src.Name] = src.failure()
		return
	}
	if src.asked == crl.BaseCRL && src.list.Delta() {
		r.failed[src.Name] = failure{fmt.Sprintf("at %s, where the CRL of its issuer should be, is a delta CRL", src.Name), false}
	}
	src.ca = crl.FindIssuer(src.list, r.pool)
	r.byName[string(src.list.RawIssuer)] = append(r.byName[string(src.list.RawIssuer)], src.list)
	for _, ca := range r.pool {
		a := r.byRaw[string(ca.Raw)]
		own := src.ca != nil && sameKey(ca, src.ca)
		if src.speaksFor(ca, src.ca) {
			a.lists = append(a.lists, src.list)
		}
		switch { // an address that was given is one that the tenant can be given
		case !own || src.url == "" || src.asked != "" || a.configured:
		case src.list.Delta():
			a.deltas.add(src.url)
		default:
			a.urls.add(src.url)
		}
		if own && !src.list.Delta() && !a.configured {
			a.deltas.add(src.list.FreshestCRLs...)
		}
	}
}

// speaksFor reports whether the list may be that of ca, where owner is whose it is, or
// nil where that is none of those known.
func (src *source) speaksFor(ca, owner *certs.Certificate) bool {
	if owner == nil && bytes.Equal(ca.RawSubject, src.list.RawIssuer) {
		return true
	}
	return owner != nil && sameKey(ca, owner) || slices.Contains(src.pointing, ca)
}

// failure is why there is no list: because nothing was reached from here, or,
// broken, because what is there is none for anybody.
type failure struct {
	why    string
	broken bool
}

// concerned are the CAs below which a CRL matters: those whose it is said to be, or
// where nobody says, the one whose it is. To whom it is rightly said to belong, that
// others say so, too, does no harm.
func (src *source) concerned() []*certs.Certificate {
	if len(src.pointing) == 0 {
		return []*certs.Certificate{src.ca}
	}
	var wrong []*certs.Certificate
	for _, ca := range src.pointing {
		if src.ca == nil || !sameKey(ca, src.ca) {
			wrong = append(wrong, ca)
		}
	}
	if len(wrong) > 0 && len(wrong) < len(src.pointing) {
		return wrong
	}
	return src.pointing
}

func (src *source) failure() failure {
	f := failure{why: fmt.Sprintf("the CRL of its issuer could not be read from %s", src.Name)}
	if d := src.download; d != nil && (errors.Is(d.Err, crl.ErrStatus) || d.Err == nil && d.ReadErr != nil) {
		f = failure{fmt.Sprintf("at %s, where the CRL of its issuer should be, is none: %v", src.Name, cmp.Or(d.Err, d.ReadErr)), true}
	}
	return f
}

// addressed are the CRLs to fetch: where certificates say that they are, for each
// CA of which no base CRL was given. Where only CRLs are judged, none are.
func (r *run) addressed() []*source {
	if r.o.Fetcher == nil || len(r.in.Certificates) == 0 && len(r.in.CAs) == 0 {
		return nil
	}
	var urls urlSet
	for _, ca := range r.pool {
		if a := r.byRaw[string(ca.Raw)]; !a.hasBase() {
			urls.add(a.fetch.list...)
		}
	}
	urls.add(r.orphans.list...)
	return r.unread(urls.list, crl.BaseCRL, r.pointing)
}

// unread makes sources of the addresses that were not asked for yet.
func (r *run) unread(urls []string, asked crl.Kind, pointing func(string) []*certs.Certificate) []*source {
	known := map[string]bool{}
	for _, src := range r.sources {
		known[src.url] = true
	}
	var sources []*source
	for _, u := range urls {
		if !known[u] {
			sources = append(sources, &source{Source: Source{Name: u}, url: u, asked: asked, pointing: pointing(u)})
		}
	}
	return sources
}

// pointing are the CAs whose certificates say that their CRL is at address.
func (r *run) pointing(address string) []*certs.Certificate {
	var cas []*certs.Certificate
	for _, ca := range r.pool {
		if a := r.byRaw[string(ca.Raw)]; a.urls.has[address] || a.deltas.has[address] {
			cas = append(cas, ca)
		}
	}
	return cas
}

// hasBase reports whether a base CRL that the CA made is there.
func (a *authority) hasBase() bool {
	return slices.ContainsFunc(a.lists, func(l *crl.List) bool { return !l.Delta() && l.SignedBy(a.cert) == nil })
}

// announced are the delta CRLs to fetch: those that base CRLs, or certificates of
// their CAs, name, where none was given.
func (r *run) announced() []*source {
	if r.o.Fetcher == nil {
		return nil
	}
	owners := map[string][]*certs.Certificate{}
	var urls urlSet
	for _, src := range r.sources {
		if src.list == nil || src.list.Delta() || src.ca == nil {
			continue
		}
		a := r.byRaw[string(src.ca.Raw)]
		if slices.ContainsFunc(a.lists, (*crl.List).Delta) {
			continue
		}
		u := first(src.list.FreshestCRLs)
		if a.configured {
			u = first(a.deltas.list)
		}
		for _, ca := range r.pool {
			if u == "" && sameKey(ca, src.ca) {
				u = first(r.byRaw[string(ca.Raw)].deltas.list)
			}
		}
		if !strings.HasPrefix(strings.ToLower(u), "http") {
			continue // ca.delta-url says what is wrong with it
		}
		urls.add(u)
		owners[u] = append(owners[u], src.ca)
	}
	return r.unread(urls.list, crl.DeltaCRL, func(u string) []*certs.Certificate { return owners[u] })
}

// rank orders the lists of each CA once, for all certificates that will ask them.
func (r *run) rank() {
	for _, a := range r.byRaw {
		a.lists = crl.Rank(r.s, a.cert, a.lists)
	}
	for name, lists := range r.byName {
		r.byName[name] = crl.Rank(r.s, nil, lists)
	}
}
