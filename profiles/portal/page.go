package portal

import (
	"bytes"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/easkit/easkit/templates"
)

// pages is what the portal shows, in every language.
type pages struct {
	languages map[string]*language
	templates map[string]*template.Template // by page
	assets    map[string][]byte             // style and scripts, by file
}

// The templates: each page is a file that defines "title" and "body" for the layout.
const (
	pageFolder = "portal/"
	layout     = "layout.html"
	deskBar    = "desk_bar.html" // the head of the help desk's pages
)

// pageNames are the pages, by the name of their file.
var pageNames = []string{"ticket", "computer", "steps", "password", "ended", "error"}

// assets are the files that pages load, with their types.
var assets = []struct{ name, media string }{
	{"portal.css", "text/css; charset=utf-8"},
	{"copy.js", "text/javascript; charset=utf-8"},
	{deskStyle, "text/css; charset=utf-8"},
}

func loadPages() (*pages, error) {
	p := &pages{languages: map[string]*language{}, templates: map[string]*template.Template{}, assets: map[string][]byte{}}
	for _, code := range Languages {
		l, err := loadLanguage(code)
		if err != nil {
			return nil, err
		}
		p.languages[code] = l
	}
	for _, name := range slices.Concat(pageNames, deskPages) {
		t, err := template.ParseFS(templates.Files, pageFolder+layout, pageFolder+deskBar, pageFolder+name+".html")
		if err != nil {
			return nil, fmt.Errorf("reading the page %q: %w", name, err)
		}
		p.templates[name] = t
	}
	for _, a := range assets {
		data, err := templates.Files.ReadFile(pageFolder + a.name)
		if err != nil {
			return nil, fmt.Errorf("reading %s: %w", a.name, err)
		}
		p.assets[a.name] = data
	}
	return p, nil
}

// assetFolder is where browsers find the assets.
const assetFolder = "/assets/"

func (p *Portal) assetRoutes() []route {
	var routes []route
	for _, a := range assets {
		data := p.pages.assets[a.name]
		routes = append(routes, route{assetFolder + a.name, []string{http.MethodGet}, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", a.media)
			w.Header().Set("Content-Length", strconv.Itoa(len(data)))
			w.Write(data)
		}})
	}
	return routes
}

// view is what a template is given.
type view struct {
	*language
	Page   string // its name
	Script bool   // the page has buttons that copy
	Codes  []languageLink
	Data   any
	query  url.Values // what the visitor chose by hand, which links keep
}

// languageLink is one language of the switch.
type languageLink struct {
	Code, Name string
	Current    bool
	Query      string
}

// Query is the address of this page with a parameter changed.
func (v *view) Query(name, value string) string {
	q := url.Values{}
	for k, old := range v.query {
		q[k] = old
	}
	q.Set(name, value)
	return "?" + q.Encode()
}

// Kept is what links to other pages take along: a question mark and what was chosen by
// hand, or nothing.
func (v *view) Kept() string {
	if len(v.query) == 0 {
		return ""
	}
	return "?" + v.query.Encode()
}

// choices are the parameters that links keep.
func choices(r *http.Request) url.Values {
	q := url.Values{}
	if code := chosen(r); code != "" {
		q.Set(langParameter, code)
	}
	if d := chosenDevice(r); d != "" {
		q.Set(deviceParameter, string(d))
	}
	return q
}

// view starts a page in the visitor's language.
func (p *Portal) view(r *http.Request, page string, data any) *view {
	code := languageOf(r)
	v := &view{language: p.pages.languages[code], Page: page, Data: data, query: choices(r)}
	for _, other := range Languages {
		v.Codes = append(v.Codes, languageLink{other, string(p.pages.languages[other].T("language.name")), other == code, v.Query(langParameter, other)})
	}
	return v
}

// show writes a page.
func (p *Portal) show(w http.ResponseWriter, r *http.Request, status int, v *view) {
	if page := p.write(w, r, v); page != nil {
		p.answer(w, status, v.Script, page)
	}
}

// write makes a page. Where it cannot, it answers, and is nil.
func (p *Portal) write(w http.ResponseWriter, r *http.Request, v *view) []byte {
	var b bytes.Buffer
	if err := p.pages.templates[v.Page].ExecuteTemplate(&b, layout, v); err != nil {
		p.Log.ErrorContext(r.Context(), "writing a page", "page", v.Page, "err", err)
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		return nil
	}
	return b.Bytes()
}

// answer sends a page that was written.
func (p *Portal) answer(w http.ResponseWriter, status int, script bool, page []byte) {
	h := w.Header()
	if script {
		h.Set("Content-Security-Policy", policyScript)
	}
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Length", strconv.Itoa(len(page)))
	w.WriteHeader(status)
	w.Write(page)
}

// failure is what an error page says: the texts error.KEY-title and error.KEY-text.
type failure struct {
	Status int
	Key    string
	Wait   time.Duration // until the next try
	Back   string        // path of the page to try it on; empty for none
}

// fail writes the error page of a status.
func (p *Portal) fail(w http.ResponseWriter, r *http.Request, status int) {
	p.failAs(w, r, status, strconv.Itoa(status))
}

// failAs writes an error page with texts of its own.
func (p *Portal) failAs(w http.ResponseWriter, r *http.Request, status int, key string) {
	p.show(w, r, status, p.view(r, "error", failure{Status: status, Key: key}))
}

// failForm answers a form that cannot be read.
func (p *Portal) failForm(w http.ResponseWriter, r *http.Request, err error) {
	status := http.StatusBadRequest
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		status = http.StatusRequestEntityTooLarge
	}
	p.fail(w, r, status)
}

// failLater answers somebody who missed too often.
func (p *Portal) failLater(w http.ResponseWriter, r *http.Request, wait time.Duration) {
	w.Header().Set("Retry-After", strconv.Itoa(ceil(wait, time.Second)))
	const status = http.StatusTooManyRequests
	p.show(w, r, status, p.view(r, "error", failure{status, strconv.Itoa(status), wait, p.back(r)}))
}

// back is the page on which somebody tries again; empty where there is none.
func (p *Portal) back(r *http.Request) string {
	switch {
	case tokenOf(r) != "":
		return ticketPath(tokenOf(r)) + p.kept(r)
	case strings.HasPrefix(r.URL.Path, deskRoot):
		return deskRoot
	}
	return ""
}

// Wait is how long to wait at the least, in seconds up to a minute.
func (l *language) Wait(d time.Duration) template.HTML {
	if d < time.Minute {
		return l.T("time.wait-seconds", "n", ceil(d, time.Second))
	}
	return l.T("time.wait-minutes", "n", ceil(d, time.Minute))
}

// ceil is how many units last at least as long as d.
func ceil(d, unit time.Duration) int { return int((d + unit - 1) / unit) }

// failInside answers where the portal itself is at fault, and says to the log what.
func (p *Portal) failInside(w http.ResponseWriter, r *http.Request, doing string, err error) {
	if r.Context().Err() != nil { // the visitor has gone
		return
	}
	p.Log.ErrorContext(r.Context(), doing, "err", err)
	p.fail(w, r, http.StatusInternalServerError)
}
