package probe

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"regexp"
	"sync"
	"time"

	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/profiles"
)

// collectOAuth sees what can be seen of the sign-in by token. It asks as an iPhone does
// that has just got the account: for the OPTIONS, with a Bearer header that is empty and
// the user's address. The answer says who gives tokens, whose host for certificates is
// then shaken hands with. Where there is a way to sign in, the token that comes of it is
// tried at once, and kept for the commands that follow.
func collectOAuth(ctx context.Context, s *session, e *Evidence) {
	e.OAuth = &OAuth{}
	o := e.OAuth
	address := cmp.Or(s.target.Account.Email, s.target.Account.User)
	all := s.follow(ctx, request{
		Method: http.MethodOptions, URL: s.url(easPath),
		Header: http.Header{"Authorization": {"Bearer"}, "X-User-Identity": {address}},
	})
	o.Before, o.Exchange = all[:len(all)-1], all[len(all)-1]
	o.Challenge = readChallenge(o.Exchange.Header)
	o.Challenge.Host = hostKey(o.Exchange.host())
	o.CertAuth = s.shakeCertAuth(ctx, o.Challenge)
	if s.opt.SignIn == nil || !o.Challenge.Bearer || ctx.Err() != nil {
		return
	}
	s.online = profiles.MailboxAt(o.Challenge.Host) == preflight.ExchangeOnline
	var secret token
	if secret, o.SignInErr = s.signIn(ctx, o.Challenge); o.SignInErr != nil {
		return
	}
	o.SignedIn = true
	r := request{
		Method: http.MethodOptions, URL: o.Exchange.URL, Bearer: secret,
		Header: http.Header{"X-User-Identity": {address}},
	}
	o.Options = s.follow(ctx, r)
	s.accept(e, r, o.Options[len(o.Options)-1])
}

// bearerToken is the form of every token that is sent as one (RFC 6750 2.1). Anything
// else could add headers to a request.
var bearerToken = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z0-9._~+/-]+=*$`) })

// errNoToken is a sign-in whose token is none.
var errNoToken = errors.New("the sign-in gave something that is no token")

// signIn gets a token. The time that a person takes is not the run's.
func (s *session) signIn(ctx context.Context, c Challenge) (token, error) {
	began := time.Now()
	defer func() { s.until = s.until.Add(time.Since(began)) }()
	secret, err := s.opt.SignIn(ctx, c)
	if err == nil && !bearerToken().MatchString(secret) {
		err = errNoToken
	}
	return token(secret), err
}
