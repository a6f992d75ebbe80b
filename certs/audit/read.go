package audit

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/crl"
)

// downloads is how many CRLs are fetched at a time: few, as the time that each
// takes is measured against Entra ID's limit.
const downloads = 4

// source is a CRL that was read, or should have been.
type source struct {
	Source
	url      string // "" for a file
	pointing []*certs.Certificate
	list     *crl.List
	err      error
	download *crl.Download
	ca       *certs.Certificate // whose it is
}

// isURL tells an address from a file's name.
func isURL(name string) bool {
	scheme, _, ok := strings.Cut(name, "://")
	return ok && len(scheme) > 1 && !strings.ContainsAny(scheme, `/\.`)
}

// read reads the CRLs that were given, then those that certificates point to and
// that no CRL given stands for, then the delta CRLs of the latter.
func (r *run) read(ctx context.Context) {
	var given []*source
	for _, in := range r.in.CRLs {
		src := &source{Source: in}
		if isURL(in.Name) && in.Open == nil {
			src.url = in.Name
			src.pointing = r.pointing(in.Name)
		}
		given = append(given, src)
	}
	r.readAll(ctx, given)
	r.readAll(ctx, r.addressed())
	r.readAll(ctx, r.deltas())
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
		src.list, err = crl.Read(body, r.serials)
		return err
	}
	switch {
	case src.url != "" && r.o.Fetcher != nil:
		src.download = r.o.Fetcher.Fetch(ctx, src.url, parse)
		if src.download.Err != nil {
			src.list = nil // what came before the failure is no list
		}
	case src.url != "":
		src.err = errOffline
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

// assign hands a list to the CAs that it speaks for, or claims to.
func (r *run) assign(src *source) {
	if err, ok := src.err.(*OpenError); ok && r.unopened == nil {
		r.unopened = err
	}
	if src.list == nil {
		for _, ca := range src.pointing {
			r.byRaw[string(ca.Raw)].failed = fmt.Sprintf("the CRL of %q could not be read from %s", ca, src.Name)
		}
		return
	}
	src.ca = crl.FindIssuer(src.list, r.pool)
	for _, ca := range r.pool {
		a := r.byRaw[string(ca.Raw)]
		own := src.ca != nil && bytes.Equal(ca.RawKey, src.ca.RawKey)
		claimed := src.ca == nil && bytes.Equal(ca.RawSubject, src.list.RawIssuer)
		if own || claimed || slices.Contains(src.pointing, ca) {
			a.lists = append(a.lists, src.list)
		}
		switch { // an address that was given is one that the tenant can be given
		case own && src.list.Delta():
			a.deltas = add(a.deltas, src.url)
		case own:
			a.urls = add(a.urls, src.url)
		}
	}
}

// addressed are the CRLs to fetch: where certificates say that they are, for each
// CA of which no base CRL was given.
func (r *run) addressed() []*source {
	if r.o.Fetcher == nil {
		return nil
	}
	var urls []string
	for _, ca := range r.pool {
		if a := r.byRaw[string(ca.Raw)]; !a.hasBase() {
			urls = add(urls, a.fetch...)
		}
	}
	return r.fetch(add(urls, r.orphans...), r.pointing)
}

// fetch makes sources of the URLs that were not asked for yet.
func (r *run) fetch(urls []string, pointing func(string) []*certs.Certificate) []*source {
	var sources []*source
	for _, u := range urls {
		if !slices.ContainsFunc(r.sources, func(src *source) bool { return src.url == u }) {
			sources = append(sources, &source{Source: Source{Name: u}, url: u, pointing: pointing(u)})
		}
	}
	return sources
}

// pointing are the CAs whose certificates say that their CRL is at url.
func (r *run) pointing(url string) []*certs.Certificate {
	var cas []*certs.Certificate
	for _, ca := range r.pool {
		if a := r.byRaw[string(ca.Raw)]; slices.Contains(a.urls, url) || slices.Contains(a.deltas, url) {
			cas = append(cas, ca)
		}
	}
	return cas
}

func (a *authority) hasBase() bool {
	return slices.ContainsFunc(a.lists, func(l *crl.List) bool { return !l.Delta() })
}

// deltas are the delta CRLs to fetch: those of CAs whose base CRL was fetched.
func (r *run) deltas() []*source {
	if r.o.Fetcher == nil {
		return nil
	}
	owners := map[string][]*certs.Certificate{}
	var urls []string
	for _, src := range r.sources {
		if src.url == "" || src.list == nil || src.list.Delta() || src.ca == nil {
			continue
		}
		a := r.byRaw[string(src.ca.Raw)]
		a.deltas = add(a.deltas, src.list.FreshestCRLs...)
		if u := first(a.deltas); u != "" {
			urls = add(urls, u)
			owners[u] = append(owners[u], src.ca)
		}
	}
	return r.fetch(urls, func(u string) []*certs.Certificate { return owners[u] })
}
