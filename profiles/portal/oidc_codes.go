package portal

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strings"
	"time"
)

// Limits of codes that the issuer refuses. It alone can say whether a code is right, so
// that wrong ones are not looked at first, as other misses are: each is asked for over
// the network. They are counted against as few people as can be:
//
//   - visitors: against their link, which nobody else has;
//   - the help desk: against the browser, if it has signed in there before; else against
//     the address, so that whoever comes for the first time waits where others from there
//     send wrong codes meanwhile.

// knownLife is for how long a browser is known. The key that seals it ends with the
// process.
const knownLife = 30 * 24 * time.Hour

// known is a browser that signed in to the help desk.
type known struct {
	ID    string    `json:"id"`
	Until time.Time `json:"until"`
}

// knownDesk is what a known browser keeps is sealed for, and part of its cookie's name.
const knownDesk audience = "known-desk"

// codeKey is whom a wrong code is counted against, and by which rule.
func (p *Portal) codeKey(r *http.Request, a attempt) (string, rule) {
	if a.For == forVisitor {
		path, _, _ := strings.Cut(a.Back, "?")
		sum := sha256.Sum256([]byte(path))
		return "codes for link " + hex.EncodeToString(sum[:]), ofTicket
	}
	if id := p.knownBrowser(r); id != "" {
		return "codes of browser " + id, ofTicket
	}
	return "codes from " + addressKey(r), ofAddress
}

// knownBrowser is the ID of a browser that signed in to the help desk; empty for another.
func (p *Portal) knownBrowser(r *http.Request) string {
	c, err := r.Cookie(p.attemptName(knownDesk))
	if err != nil {
		return ""
	}
	var k known
	if p.sealer.open(c.Value, knownDesk, &k) != nil || !p.Now().Before(k.Until) {
		return ""
	}
	return k.ID
}

// know makes the browser known that signed in to the help desk just now.
func (p *Portal) know(w http.ResponseWriter) error {
	kept, err := p.sealer.seal(known{rand.Text(), p.Now().Add(knownLife)}, knownDesk)
	if err != nil {
		return err
	}
	p.setAttempt(w, knownDesk, kept, int(knownLife.Seconds()))
	return nil
}
