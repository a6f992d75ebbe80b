package portal

import (
	"net/http"
	"net/url"
)

// wayBack is where the help desk goes on after something did not work.
type wayBack struct {
	Path string
	Key  string // of the link's text
}

var toTickets = wayBack{deskRoot, "desk.totickets"}

func toUser(name string) wayBack { return wayBack{deskUserPath(name), "desk.touser"} }

func deskUserPath(name string) string { return deskUser + "?" + url.Values{"name": {name}}.Encode() }

// deskFailure is what the help desk's error page says: the texts desk.KEY-title and
// desk.KEY-text.
type deskFailure struct {
	Key  string
	Back wayBack
}

// failDesk says what went wrong at the desk, and leads back to the list.
func (p *Portal) failDesk(w http.ResponseWriter, r *http.Request, status int, key string) {
	p.failDeskTo(w, r, status, key, toTickets)
}

// failDeskTo is failDesk with another way back. The switch of languages goes there too, as
// the page may be the answer to a form.
func (p *Portal) failDeskTo(w http.ResponseWriter, r *http.Request, status int, key string, back wayBack) {
	failed := deskFailure{key, back}
	who := p.desk.who(r)
	if who == nil {
		p.show(w, r, status, p.view(r, deskFailPage, deskData{Page: failed}))
		return
	}
	v := p.deskView(r, deskFailPage, who, nil, failed)
	u, err := url.Parse(back.Path)
	if err != nil {
		p.failInside(w, r, "reading the way back", err)
		return
	}
	for i, c := range v.Codes {
		q := u.Query()
		q.Set(langParameter, c.Code)
		v.Codes[i].Query = u.Path + "?" + q.Encode()
	}
	p.show(w, r, status, v)
}

// failDeskInside answers the help desk where the portal itself, or what it reads, is at
// fault, and says to the log what.
func (p *Portal) failDeskInside(w http.ResponseWriter, r *http.Request, doing string, err error) {
	if r.Context().Err() != nil { // who asked has gone
		return
	}
	p.Log.ErrorContext(r.Context(), doing, "err", err)
	p.failDesk(w, r, http.StatusInternalServerError, "inside")
}
