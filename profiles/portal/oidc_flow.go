package portal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"golang.org/x/oauth2"
)

// attempt is a sign-in that has begun. The browser keeps it, sealed: so there is no
// number of them that fills the memory.
type attempt struct {
	For      audience  `json:"for"`
	State    string    `json:"state"`
	Nonce    string    `json:"nonce"`
	Verifier string    `json:"verifier"` // of PKCE
	Back     string    `json:"back"`     // path to go on at
	Until    time.Time `json:"until"`
}

// audience is whom a sign-in is for.
type audience string

const (
	forVisitor audience = "visitor"
	forDesk    audience = "desk"
)

// signInLife is how long somebody may take to sign in.
const signInLife = 10 * time.Minute

// Paths of the sign-in. The app registration names the second as its redirect URI.
const (
	signInRoot   = "/signin/"
	signInReturn = signInRoot + "callback"
)

const attemptCookie = "attempt-"

// sealer seals what a browser keeps, under a key that ends with the process.
type sealer struct{ cipher.AEAD }

func newSealer() (*sealer, error) {
	const keySize = 32 // AES-256
	key := make([]byte, keySize)
	rand.Read(key)
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("making a key for sign-ins: %w", err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, fmt.Errorf("making a key for sign-ins: %w", err)
	}
	return &sealer{aead}, nil
}

// seal seals a value for a purpose, and open opens it for the same one alone.
func (s *sealer) seal(value any, of audience) (string, error) {
	data, err := json.Marshal(value)
	if err != nil {
		return "", fmt.Errorf("sealing what the browser keeps: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(s.Seal(nil, nil, data, []byte(of))), nil
}

func (s *sealer) open(text string, of audience, value any) error {
	data, err := base64.RawURLEncoding.DecodeString(text)
	if err == nil {
		data, err = s.Open(nil, nil, data, []byte(of))
	}
	if err == nil {
		err = json.Unmarshal(data, value)
	}
	if err != nil {
		return errors.New("what the browser kept of the sign-in is not readable")
	}
	return nil
}

// attemptName is the cookie's name. There is one for each audience: a second attempt takes
// the place of the first.
func (p *Portal) attemptName(who audience) string {
	name := attemptCookie + string(who)
	if p.isHTTPS() {
		return hostPrefix + name
	}
	return name
}

func (p *Portal) setAttempt(w http.ResponseWriter, who audience, value string, age int) {
	http.SetCookie(w, &http.Cookie{Name: p.attemptName(who), Value: value, Path: "/", MaxAge: age, HttpOnly: true, Secure: p.isHTTPS(), SameSite: http.SameSiteLaxMode})
}

// beginSignIn sends the browser to the issuer. again asks for another account than the
// one that is signed in there.
func (p *Portal) beginSignIn(w http.ResponseWriter, r *http.Request, who audience, back string, again bool) {
	a := attempt{who, stateOf(who), rand.Text(), oauth2.GenerateVerifier(), back, p.Now().Add(signInLife)}
	kept, err := p.sealer.seal(a, who)
	if err != nil {
		p.failInside(w, r, "beginning a sign-in", err)
		return
	}
	p.setAttempt(w, who, kept, int(signInLife.Seconds()))
	http.Redirect(w, r, p.OIDC.address(p.origin.String()+signInReturn, a, again), http.StatusSeeOther)
}

// stateOf is a state that tells for whom it is, as both come back to one address.
func stateOf(who audience) string { return string(who) + "-" + rand.Text() }

// returned is the attempt that a browser comes back from.
func (p *Portal) returned(r *http.Request) (attempt, error) {
	state := r.URL.Query().Get("state")
	who := forVisitor
	if strings.HasPrefix(state, string(forDesk)+"-") {
		who = forDesk
	}
	c, err := r.Cookie(p.attemptName(who))
	if err != nil {
		return attempt{For: who}, errors.New("the browser kept nothing of the sign-in")
	}
	var a attempt
	err = p.sealer.open(c.Value, who, &a)
	switch {
	case err != nil:
		return attempt{For: who}, err
	case subtle.ConstantTimeCompare([]byte(a.State), []byte(state)) != 1:
		return attempt{For: who}, errors.New("the answer belongs to another sign-in: its state differs")
	case !p.Now().Before(a.Until):
		return a, errors.New("the sign-in took too long")
	}
	return a, nil
}

// serveSignInReturn is where the issuer sends browsers back to.
func (p *Portal) serveSignInReturn(w http.ResponseWriter, r *http.Request) {
	a, err := p.returned(r)
	p.setAttempt(w, a.For, "", -1)
	if err != nil {
		p.refuseSignIn(w, r, a, "again", "", err)
		return
	}
	q := r.URL.Query()
	if code := q.Get("error"); code != "" {
		p.refuseSignIn(w, r, a, "again", "", fmt.Errorf("the issuer says %.40q: %.300q", code, q.Get("error_description")))
		return
	}
	// RFC 9207: an answer of another issuer, if there should be one.
	if from := q.Get("iss"); from != "" && from != p.OIDC.options.Issuer {
		p.refuseSignIn(w, r, a, "again", "", errors.New("the answer is of another issuer"))
		return
	}
	key, of := p.codeKey(r, a)
	if p.limited(w, r, key, of, "") {
		return
	}
	if !p.OIDC.used.first(a.State, p.Now()) {
		p.refuseSignIn(w, r, a, "again", "", errors.New("the sign-in came back before: its state was used"))
		return
	}
	c, err := p.OIDC.signedInAs(r.Context(), p.origin.String()+signInReturn, q.Get("code"), a)
	if errors.Is(err, errBusy) {
		p.limits.give(key)
	}
	if err != nil {
		p.refuseSignIn(w, r, a, "again", "", err)
		return
	}
	p.limits.give(key)
	p.enterAs(w, r, a, c)
}

// enterAs lets somebody in whom the issuer has named, if they are one who may.
func (p *Portal) enterAs(w http.ResponseWriter, r *http.Request, a attempt, c *claims) {
	name, why, in, event := p.OIDC.visitor, "nobody", p.visitors, eventUserSignedIn
	if a.For == forDesk {
		name, why, in, event = p.OIDC.desk, "role", p.desk, eventSignedIn
	}
	user, err := name(c)
	if err != nil {
		p.refuseSignIn(w, r, a, why, c.text("sub"), err)
		return
	}
	if a.For == forDesk {
		if err := p.know(w); err != nil {
			p.failInside(w, r, "signing in", err)
			return
		}
	}
	who := identity{user, c.text("sub"), c.text("oid")}
	in.admit(w, r, who)
	p.note(r, event, who)
	http.Redirect(w, r, a.Back, http.StatusSeeOther)
}

// refuseSignIn answers somebody who is not let in, with a link to try again. The log
// says why.
func (p *Portal) refuseSignIn(w http.ResponseWriter, r *http.Request, a attempt, why, subject string, err error) {
	event := eventUserRefused
	if a.For == forDesk {
		event = eventSignInRefused
	}
	if p.limited(w, r, addressKey(r), ofAddress, "") {
		return
	}
	if p.mayTell(toldOfSignIns) {
		p.note(r, event, identity{subject: subject}, slog.Any("err", err))
	}
	p.show(w, r, http.StatusForbidden, p.view(r, "desk_refused", refused{"desk.refused-" + why, a.Back}))
}

// refused is what the page says to somebody who is not let in: the texts KEY-title and
// KEY-text.
type refused struct{ Key, Back string }

// visitorSignIn is the sign-in as the visitors' pages use it.
type visitorSignIn struct{ *Portal }

// begin sends a visitor to sign in. Whoever is signed in already is not the one that the
// ticket is for, and gets to choose.
func (v visitorSignIn) begin(w http.ResponseWriter, r *http.Request, back string) {
	v.beginSignIn(w, r, forVisitor, back, v.user(r) != "")
}

// user is who is signed in.
func (v visitorSignIn) user(r *http.Request) string {
	if in := v.visitors.who(r); in != nil {
		return in.name
	}
	return ""
}
