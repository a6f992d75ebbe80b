package portal

import (
	"context"
	"html/template"
	"log/slog"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/easkit/easkit/profiles/portal/ticket"
)

// Cookies of sessions. The ticket's ID is in the name, so that one browser can use two
// links, and the token is not in the path, so that the cookie's name and place say nothing
// of it. __Secure- makes browsers want the attribute Secure (RFC 6265bis, 4.1.3.1).
const (
	cookiePrefix       = "ticket-"
	cookiePrefixSecure = "__Secure-" + cookiePrefix
)

func (p *Portal) cookieName(t *ticket.Ticket) string {
	if p.isHTTPS() {
		return cookiePrefixSecure + t.ID
	}
	return cookiePrefix + t.ID
}

// sessionKept is for how long the browser keeps the cookie of a session: long after the
// session may fetch anything, so that who comes back is told that the time is over, and not
// that somebody used the link.
const sessionKept = 24 * time.Hour

func (p *Portal) cookie(t *ticket.Ticket, s ticket.Session) *http.Cookie {
	return &http.Cookie{
		Name: p.cookieName(t), Value: string(s), Path: ticketRoot, MaxAge: int(sessionKept.Seconds()),
		HttpOnly: true, Secure: p.isHTTPS(), SameSite: http.SameSiteStrictMode,
	}
}

// session is what the browser shows of having used a link; empty for nothing.
func (p *Portal) session(r *http.Request, t *ticket.Ticket) ticket.Session {
	c, err := r.Cookie(p.cookieName(t))
	if err != nil {
		return ""
	}
	return ticket.Session(c.Value)
}

// opened is a link that this browser used.
type opened struct {
	*ticket.Link
	in    ticket.Session
	files []ticket.Named
	over  bool // its time is over, and nothing can be fetched any more
}

// enter finds what a session may fetch. Where it may not, enter answers, and is nil.
func (p *Portal) enter(w http.ResponseWriter, r *http.Request) *opened {
	l, err := p.Store.Find(r.Context(), tokenOf(r))
	if err != nil {
		p.failTicket(w, r, nil, err)
		return nil
	}
	o := &opened{Link: l, in: p.session(r, l.Ticket)}
	if o.files, err = l.Files(r.Context(), o.in); err != nil {
		p.failTicket(w, r, l.Ticket, err)
		return nil
	}
	return o
}

// instructions is what the page of the steps is made from.
type instructions struct {
	User                string
	Device              device
	Devices             []device
	Nothing             bool          // the ticket has no file for the device
	FileCode, AliasCode template.HTML // the first file's name, and the certificate's
	Lines               []line
	Ends                time.Time     // files can be fetched
	Left                time.Duration // until then
	Over                bool          // they can't any more
	Minutes             int           // that there were
	Signer, Root        string        // what the phone shows of the profile
	Until               time.Time     // the certificate ends; zero where that is not known
}

// enterLate is enter for what can be read once the time is over as well. A phone that went
// to its settings loads the page anew when the visitor comes back.
func (p *Portal) enterLate(w http.ResponseWriter, r *http.Request) *opened {
	l, err := p.Store.Find(r.Context(), tokenOf(r))
	if err != nil || l.Ticket.State != ticket.Used || l.Ticket.Live(p.Now()) || !l.UsedBy(p.session(r, l.Ticket)) {
		return p.enter(w, r)
	}
	o := &opened{Link: l, over: true}
	for _, kind := range l.Ticket.Kinds {
		if kind != ticket.KindBundle { // what was in it is not known any more
			o.files = append(o.files, ticket.Named{Kind: kind})
		}
	}
	return o
}

// serveSteps shows what to do on the device, with the buttons that fetch the files.
func (p *Portal) serveSteps(w http.ResponseWriter, r *http.Request) {
	o := p.enterLate(w, r)
	if o == nil {
		return
	}
	s, err := p.setup(r, o)
	if err != nil {
		p.failInside(w, r, "reading what waits under a ticket", err)
		return
	}
	data := &instructions{
		User: o.Ticket.User, Device: s.device, Nothing: !s.has(kindFor[s.device]), Lines: s.lines(),
		Ends: o.Ticket.Redeemed.Add(ticket.Window), Over: o.over, Minutes: int(ticket.Window.Minutes()), Until: s.ends(),
	}
	data.Left = data.Ends.Sub(p.Now()).Round(time.Minute)
	if s.shown != nil {
		data.Signer, data.Root = s.shown.Signer, s.shown.Root
	}
	if s.bundle != nil {
		data.AliasCode = codeOf(s.bundle.Alias)
	}
	if names := s.named(kindFor[s.device]); len(names) > 0 && !o.over {
		data.FileCode = codeOf(names[0])
	}
	for _, d := range []device{apple, android} {
		if d != s.device {
			data.Devices = append(data.Devices, d)
		}
	}
	v := p.view(r, "steps", data)
	if o.over {
		data.FileCode = v.T("steps.thefile")
	}
	v.Script = true
	p.show(w, r, http.StatusOK, v)
}

// codeOf is a value in a text, to be read letter by letter.
func codeOf(s string) template.HTML {
	return template.HTML("<code>" + template.HTMLEscapeString(s) + "</code>")
}

// setup reads what the steps are made from. A computer gets the steps of the device that
// the ticket has files for.
func (p *Portal) setup(r *http.Request, o *opened) (*setup, error) {
	s := &setup{files: o.files, device: chosenDevice(r), over: o.over}
	if s.device == "" {
		s.device = browserOf(r).device
	}
	if s.device == computer {
		s.device = apple
		if !s.has(ticket.KindProfile) {
			s.device = android
		}
	}
	if o.over {
		return s, nil
	}
	if s.device == apple {
		return s, p.readProfile(r, o, s)
	}
	names := s.named(ticket.KindBundle)
	if len(names) == 0 {
		return s, nil
	}
	f, err := o.Fetch(r.Context(), o.in, names[0])
	if err != nil {
		return nil, err
	}
	s.bundle, err = readBundle(f.Data)
	return s, err
}

// readProfile reads what the phone shows of the profile.
func (p *Portal) readProfile(r *http.Request, o *opened, s *setup) error {
	var data [2][]byte
	for i, kind := range []ticket.Kind{ticket.KindProfile, ticket.KindPassword} {
		names := s.named(kind)
		if len(names) == 0 {
			continue
		}
		f, err := o.Fetch(r.Context(), o.in, names[0])
		if err != nil {
			return err
		}
		data[i] = f.Data
	}
	if data[0] != nil {
		s.shown = readShown(data[0], firstLine(data[1]), p.Now())
	}
	return nil
}

// password is one that the page shows, with the file that it came in.
type password struct{ Name, Password string }

// servePassword shows the password on a page of its own: it never travels with what it
// opens.
func (p *Portal) servePassword(w http.ResponseWriter, r *http.Request) {
	if p.refuseAhead(w, r) {
		return
	}
	o := p.enter(w, r)
	if o == nil {
		return
	}
	var all []password
	for _, n := range o.files {
		if n.Kind != ticket.KindPassword {
			continue
		}
		f, err := o.Fetch(r.Context(), o.in, n.Name)
		if err != nil {
			p.failTicket(w, r, o.Ticket, err)
			return
		}
		all = append(all, password{n.Name, firstLine(f.Data)})
	}
	if len(all) == 0 {
		p.fail(w, r, http.StatusNotFound)
		return
	}
	v := p.view(r, "password", all)
	v.Script = true
	p.show(w, r, http.StatusOK, v)
	if r.Method != http.MethodHead && p.limits.take(passwordKey(o.Ticket.ID), ofRepeated) == 0 {
		p.tell(r, eventPassword, o.Ticket.ID)
	}
}

// refuseAhead answers a browser that loads what nobody asked for yet: that a password was
// shown, or a file fetched, is noted, and must be so.
func (p *Portal) refuseAhead(w http.ResponseWriter, r *http.Request) bool {
	if !looksAhead(r) {
		return false
	}
	w.WriteHeader(http.StatusServiceUnavailable) // browsers drop the answer, and ask again
	return true
}

// mediaOf are the types of the files that phones fetch; the others are shown on pages, or
// not at all. Safari saves a profile of another type as text.
var mediaOf = map[ticket.Kind]string{
	ticket.KindProfile: "application/x-apple-aspen-config",
	ticket.KindPKCS12:  "application/x-pkcs12",
}

// serveFile sends a file.
func (p *Portal) serveFile(w http.ResponseWriter, r *http.Request) {
	if p.refuseAhead(w, r) {
		return
	}
	o := p.enter(w, r)
	if o == nil {
		return
	}
	name := r.PathValue(fileName)
	at := slices.IndexFunc(o.files, func(n ticket.Named) bool { return n.Name == name })
	if at < 0 || mediaOf[o.files[at].Kind] == "" {
		p.fail(w, r, http.StatusNotFound)
		return
	}
	if !p.downloads.begin(o.Ticket.ID) {
		p.failLater(w, r, writeTimeout)
		return
	}
	defer p.downloads.end(o.Ticket.ID)
	f, err := o.Fetch(r.Context(), o.in, name)
	if err != nil {
		p.failTicket(w, r, o.Ticket, err)
		return
	}
	p.send(w, r, o, f)
}

// send sends a file that was opened.
func (p *Portal) send(w http.ResponseWriter, r *http.Request, o *opened, f *ticket.File) {
	h := w.Header()
	h.Set("Content-Type", mediaOf[f.Kind])
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": f.Name}))
	h.Set("Content-Length", strconv.Itoa(len(f.Data)))
	h.Set("Accept-Ranges", "none")
	if r.Method == http.MethodHead {
		return
	}
	if _, err := w.Write(f.Data); err != nil {
		return
	}
	if http.NewResponseController(w).Flush() == nil {
		p.sent(r, o, f.Name)
	}
}

// sent notes that a file went out whole, even where the visitor closes the connection
// right then. Lists show the first time alone, so that few repetitions are written down.
func (p *Portal) sent(r *http.Request, o *opened, name string) {
	key := fetchedKey(o.Ticket.ID, name)
	if p.limits.take(key, ofRepeated) > 0 {
		return
	}
	p.tell(r, eventFetched, o.Ticket.ID, slog.String("file", name))
	if err := o.Fetched(context.WithoutCancel(r.Context()), name); err != nil {
		p.limits.give(key)
		p.Log.ErrorContext(r.Context(), "noting that a file was fetched", "ticket", o.Ticket.ID, "err", err)
	}
}
