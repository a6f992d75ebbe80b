package portal

import (
	"maps"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// route is what the portal serves at one path.
type route struct {
	pattern string   // as http.ServeMux has it, without a method
	methods []string // HEAD comes with GET
	serve   http.HandlerFunc
}

// add puts routes into the table.
func (p *Portal) add(routes []route) {
	for _, r := range routes {
		p.mux.HandleFunc(r.pattern, func(w http.ResponseWriter, req *http.Request) {
			if p.admit(w, req, r.methods) {
				r.serve(w, req)
			}
		})
	}
}

// ServeHTTP answers one request. Every answer has the portal's headers.
func (p *Portal) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.setHeaders(w.Header())
	if r.URL.Path == healthPath {
		p.serveHealth(w, r)
		return
	}
	if r.Host != p.origin.Host {
		p.fail(w, r, http.StatusMisdirectedRequest)
		return
	}
	p.mux.ServeHTTP(w, r)
}

// Content-Security-Policy: nothing but our own style, pictures and, where a page says so,
// script. https://www.w3.org/TR/CSP3/
const (
	policy       = "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
	policyScript = policy + "; script-src 'self'"
)

// fixedHeaders are those of every response. Nothing is kept by browsers or proxies, shown
// in a frame, or told to other sites.
var fixedHeaders = []struct{ name, value string }{
	{"Content-Security-Policy", policy},
	{"Cache-Control", "no-store"},
	{"Cross-Origin-Opener-Policy", "same-origin"},
	{"Cross-Origin-Resource-Policy", "same-origin"},
	{"Referrer-Policy", "no-referrer"},
	{"X-Content-Type-Options", "nosniff"},
	{"X-Frame-Options", "DENY"},
}

// transportSecurity keeps browsers on HTTPS for a year (RFC 6797).
const transportSecurity = "max-age=31536000"

func (p *Portal) setHeaders(h http.Header) {
	maps.Copy(h, p.headers)
}

// headersOf are the headers of every response of an origin. They are made once: the slices
// in them are shared, and a handler that wants another value sets another slice.
func headersOf(origin *url.URL) http.Header {
	h := http.Header{}
	for _, f := range fixedHeaders {
		h.Set(f.name, f.value)
	}
	if origin.Scheme == "https" {
		h.Set("Strict-Transport-Security", transportSecurity)
	}
	return h
}

func (p *Portal) isHTTPS() bool { return p.origin.Scheme == "https" }

// maxBody is more than any form of the portal has.
const maxBody = 16 << 10

// formType is what browsers send forms as.
const formType = "application/x-www-form-urlencoded"

// admit lets a request through that has one of the methods and, where it may change
// something, is a small form from a page of ours. Otherwise it answers.
func (p *Portal) admit(w http.ResponseWriter, r *http.Request, methods []string) bool {
	if !slices.Contains(methods, r.Method) && !(r.Method == http.MethodHead && slices.Contains(methods, http.MethodGet)) {
		w.Header().Set("Allow", strings.Join(methods, ", "))
		p.fail(w, r, http.StatusMethodNotAllowed)
		return false
	}
	if r.Method != http.MethodPost {
		return true
	}
	if r.ContentLength > maxBody {
		p.fail(w, r, http.StatusRequestEntityTooLarge)
		return false
	}
	if media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || media != formType {
		p.fail(w, r, http.StatusUnsupportedMediaType)
		return false
	}
	if p.fromElsewhere(r) {
		p.fail(w, r, http.StatusForbidden)
		return false
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	if err := r.ParseForm(); err != nil {
		p.failForm(w, r, err)
		return false
	}
	return true
}

// originUnsaid is the Origin of a form on a page whose policy is no-referrer, as all of
// ours are (https://fetch.spec.whatwg.org/#origin-header, "append a request Origin header").
const originUnsaid = "null"

// fromElsewhere reports whether a form is not from a page of the portal. Browsers since
// 2023 say so in Sec-Fetch-Site, which no page can set. Older ones (Safari before 16.4)
// have only Origin, and may say "null" there: that is let through here, so whoever serves
// the form must want something in it, or in its path, that no other site knows. A visitor's
// path has the token.
func (p *Portal) fromElsewhere(r *http.Request) bool {
	if site := r.Header.Get("Sec-Fetch-Site"); site != "" {
		return site != "same-origin"
	}
	origin := r.Header.Get("Origin")
	return origin != p.origin.String() && origin != originUnsaid
}
