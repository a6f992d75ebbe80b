package android

import (
	"errors"
	"strings"

	"github.com/easkit/easkit/android/tree"
	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/preflight"
)

// checkIdentity judges the identity of a bundle: that phones import it, and under the
// name that the configuration has for it. Any other form has none in it.
func checkIdentity(j *judged) []preflight.Outcome {
	if j.bundle == nil {
		return j.each(func(a *mailAccount) []preflight.Outcome {
			if alias := a.str(gmailAlias); alias != "" && !isToken(alias) {
				return preflight.Unchecked("Gmail takes the key %q from the phone's key store, which nothing here can look into", quoted(alias))
			}
			return preflight.Skip("a managed configuration holds no key")
		})
	}
	b := j.bundle
	where := j.File.Top.At
	if n := b.Get("data"); n != nil {
		where = n.At
	}
	var all []preflight.Outcome
	for _, o := range append(b.imports(j.asked.WithDefaults().Android), j.names()...) {
		if o.Line == 0 {
			o = at(where, o)
		}
		all = append(all, o)
	}
	if len(all) == 0 {
		return preflight.Pass("%s, under the name %q", b.identity.Leaf, quoted(j.File.Top.Get("alias").Str()))
	}
	return all
}

// imports judges the PKCS#12 file itself.
func (b *opened) imports(version int) []preflight.Outcome {
	var all []preflight.Outcome
	found := func(problems []certs.Problem) {
		for _, p := range problems {
			o := outcome(preflight.StatusFail, p.Word, "phones call the password wrong, and the cause is another: %s", p.Text)
			o.Basis = p.Basis
			all = append(all, o)
		}
	}
	switch {
	case b.pkcs12 == nil:
		o := outcome(preflight.StatusFail, "not-pkcs12", "the bundle holds no PKCS#12 file that can be read: %s", preflight.Printable(b.err.Error()))
		o.Basis = preflight.Documented
		return append(all, o)
	case b.pkcs12.Locked:
		found(b.pkcs12.LockedProblemsAndroid(version))
		return append(all, b.unopened())
	}
	found(b.pkcs12.ProblemsAndroid(version))
	if b.err != nil {
		all = append(all, outcome(preflight.StatusFail, "identities", "the identity is not understood: %s", preflight.Printable(b.err.Error())))
	}
	return all
}

// unopened says why the identity could not be looked into.
func (b *opened) unopened() preflight.Outcome {
	if errors.Is(b.err, certs.ErrPassword) {
		o := outcome(preflight.StatusFail, "password-wrong", "the password given does not open the identity")
		o.Basis, o.Fix = preflight.Documented, "give the password of this file with --password-file"
		return o
	}
	if errors.Is(b.err, certs.ErrNoPassword) {
		o := outcome(preflight.StatusSkip, "not-opened", "its password was not given: the identity was not looked into")
		o.Unchecked = true
		return o
	}
	o := outcome(preflight.StatusWarn, "not-opened", "the identity was not looked into: %s", preflight.Printable(b.err.Error()))
	o.Basis = preflight.Inferred
	return o
}

// names compares the names that the key goes by, and the certificate with what the
// bundle says of it.
func (j *judged) names() []preflight.Outcome {
	top, b := j.File.Top, j.bundle
	alias := top.Get("alias")
	var all []preflight.Outcome
	add := func(n *tree.Node, word, format string, args ...any) {
		o := outcome(preflight.StatusFail, word, format, args...)
		if o.Fix = "build the bundle anew, with easkit android"; n != nil {
			o = at(n.At, o)
		}
		all = append(all, o)
	}
	if b.broken != nil {
		add(b.broken, "chain", "the chain holds something that is no certificate")
	}
	for _, a := range j.accounts {
		if read := a.Values.Get(gmailAlias); read.Str() != "" && read.Text != alias.Str() {
			add(read, "alias", "the configuration asks for the key %q, and the bundle calls it %q", quoted(read.Text), quoted(alias.Str()))
		}
	}
	if b.pkcs12 != nil && len(b.pkcs12.Keys) > 0 {
		if problem := b.pkcs12.ProblemAlias(); problem != "" {
			add(alias, "alias", "%s", preflight.Printable(problem))
		} else if name := b.pkcs12.Keys[0].FriendlyName; name != alias.Str() {
			add(alias, "alias", "phones offer the key as %q, and the bundle calls it %q", quoted(name), quoted(alias.Str()))
		}
	}
	if said := b.Get("sha256"); b.identity != nil && said.Str() != "" && !strings.EqualFold(said.Text, fingerprint(b.identity.Leaf)) {
		add(said, "other-certificate", "sha256 is not that of the certificate in it")
	}
	return all
}
