package portal

import (
	"net/http"
	"sync"
	"time"

	"github.com/easkit/easkit/profiles/portal/ticket"
)

// offerKey is all that the plain page of a link depends on. Such a page has nothing in it
// of the ticket but when it ends, so that many links have the same.
type offerKey struct {
	code    string
	device  device
	nothing bool
	here    bool
	signIn  ticket.SignIn
	ends    int64
	left    time.Duration

	chosenLanguage string // by hand
	chosenDevice   device
}

// maxOffers bounds the memory: a page has some 4 KiB.
const maxOffers = 500

// offers keeps plain pages as they were last written: writing one takes longer than all
// else that a request for it needs.
type offers struct {
	mu    sync.Mutex
	pages map[offerKey][]byte
}

func (o *offers) get(k offerKey) []byte {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.pages[k]
}

// put keeps a page. Where there are too many, all begin anew.
func (o *offers) put(k offerKey, page []byte) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.pages == nil || len(o.pages) >= maxOffers {
		o.pages = map[offerKey][]byte{}
	}
	o.pages[k] = page
}

// isPlain reports whether the page has no link, sign-in or error in it.
func (o *offer) isPlain() bool {
	return o.Link == "" && o.SignInPath == "" && o.User == "" && !o.Wrong
}

// plainKey is the key of a page that is plain.
func plainKey(r *http.Request, o *offer) offerKey {
	k := offerKey{code: languageOf(r), device: o.Device, nothing: o.Nothing, here: o.Here, signIn: o.SignIn, ends: o.Ends.Unix(), left: o.Left}
	if r.URL.RawQuery != "" {
		k.chosenLanguage, k.chosenDevice = chosen(r), chosenDevice(r)
	}
	return k
}
