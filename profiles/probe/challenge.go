package probe

import (
	"cmp"
	"net/http"
	"strings"
)

// challenge is one of those by which a server says how to sign in (RFC 9110 11.6.1).
type challenge struct {
	scheme string
	params map[string]string // names in lower case
}

// readChallenge is what a server says of tokens: the first value that it gives for each,
// where it says something more than once.
func readChallenge(h http.Header) Challenge {
	var c Challenge
	for _, one := range parseChallenges(h.Values("WWW-Authenticate")) {
		if !strings.EqualFold(one.scheme, "Bearer") {
			continue
		}
		c.Bearer = true
		c.Authority = cmp.Or(c.Authority, one.params["authorization_uri"])
		c.TrustedIssuers = cmp.Or(c.TrustedIssuers, one.params["trusted_issuers"])
		c.ClientID = cmp.Or(c.ClientID, one.params["client_id"])
		c.Claims = cmp.Or(c.Claims, one.params["claims"])
		c.Error = cmp.Or(c.Error, one.params["error"])
	}
	return c
}

// maxChallenges bounds what is read of them: real servers send up to four.
const maxChallenges = 16

// parseChallenges reads headers with one or more challenges in each. What is not
// understood is passed over.
func parseChallenges(values []string) []challenge {
	var all []challenge
	for _, v := range values {
		p := &challengeParser{rest: v}
		for p.rest != "" && len(all) < maxChallenges {
			all = p.next(all)
		}
	}
	return all
}

// challengeParser goes through a header. Each step takes at least one byte.
type challengeParser struct{ rest string }

// next takes up a scheme, or a parameter of the last scheme.
func (p *challengeParser) next(all []challenge) []challenge {
	p.rest = strings.TrimLeft(p.rest, " \t,")
	word := p.token()
	if word == "" {
		if p.rest != "" {
			p.rest = p.rest[1:]
		}
		return all
	}
	after := strings.TrimLeft(p.rest, " \t")
	if !strings.HasPrefix(after, "=") {
		p.skipToken68()
		return append(all, challenge{word, map[string]string{}})
	}
	p.rest = strings.TrimLeft(after[1:], " \t")
	value := p.value()
	if len(all) > 0 {
		params, key := all[len(all)-1].params, strings.ToLower(word)
		if _, there := params[key]; !there {
			params[key] = value
		}
	}
	return all
}

// token takes a token (RFC 9110 5.6.2).
func (p *challengeParser) token() string {
	i := 0
	for i < len(p.rest) && isTokenByte(p.rest[i]) {
		i++
	}
	word := p.rest[:i]
	p.rest = p.rest[i:]
	return word
}

func isTokenByte(b byte) bool {
	return b > ' ' && b < 0x7f && !strings.ContainsRune(`"(),/:;<=>?@[\]{}`, rune(b))
}

// value takes a token or a quoted string.
func (p *challengeParser) value() string {
	if !strings.HasPrefix(p.rest, `"`) {
		// URLs without quotes are no tokens, and come all the same.
		i := strings.IndexAny(p.rest, ", \t")
		if i < 0 {
			i = len(p.rest)
		}
		v := p.rest[:i]
		p.rest = p.rest[i:]
		return v
	}
	var b strings.Builder
	for i := 1; i < len(p.rest); i++ {
		switch c := p.rest[i]; {
		case c == '"':
			p.rest = p.rest[i+1:]
			return b.String()
		case c == '\\' && i+1 < len(p.rest):
			i++
			b.WriteByte(p.rest[i])
		default:
			b.WriteByte(c)
		}
	}
	p.rest = ""
	return b.String()
}

// skipToken68 passes over the data that some schemes have in place of parameters
// (Negotiate, NTLM).
func (p *challengeParser) skipToken68() {
	rest := strings.TrimLeft(p.rest, " \t")
	end := strings.IndexAny(rest, ", \t")
	if end < 0 {
		end = len(rest)
	}
	data := rest[:end]
	if data != "" && !strings.ContainsAny(strings.TrimRight(data, "="), `="`) && (strings.HasSuffix(data, "=") || strings.ContainsAny(data, "/+")) {
		p.rest = rest[end:]
	}
}
