package audit

import (
	"context"
	"crypto/x509"
	"fmt"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/preflight"
)

// world is the PKI that all combinations are made in.
type world struct{ root, issuing, renewed, other, alice, expired *ca }

func newWorld(t testing.TB) *world {
	w := &world{root: issue(t, "Contoso Test Root", nil, asCA())}
	w.issuing = issue(t, "Contoso Test Issuing CA", w.root, asCA(rootURL))
	w.renewed = issue(t, "Contoso Test Issuing CA", w.root, asCA(rootURL))
	w.other = issue(t, "Contoso Other CA", w.root, asCA(rootURL))
	w.alice = issue(t, "Alice Example", w.issuing, asUser)
	w.expired = issue(t, "Expired Example", w.issuing, func(c *x509.Certificate) {
		asUser(c)
		c.NotAfter = testClock.AddDate(0, 0, -1)
	})
	return w
}

// listed says what the issuing CA's lists have on the user: in the base, and in a
// delta where there is one.
var listed = []struct {
	name  string
	lists func(t testing.TB, w *world, user *ca, change func(*x509.RevocationList)) [][]byte
}{
	{"nothing", func(t testing.TB, w *world, user *ca, change func(*x509.RevocationList)) [][]byte {
		return [][]byte{w.issuing.crlOf(t, 7, change)}
	}},
	{"revoked", func(t testing.TB, w *world, user *ca, change func(*x509.RevocationList)) [][]byte {
		return [][]byte{w.issuing.crlOf(t, 7, change, revoked(w.expired, 0), revoked(user, 1))}
	}},
	{"on hold", func(t testing.TB, w *world, user *ca, change func(*x509.RevocationList)) [][]byte {
		return [][]byte{w.issuing.crlOf(t, 7, change, revoked(user, 6))}
	}},
	{"revoked in the delta", func(t testing.TB, w *world, user *ca, change func(*x509.RevocationList)) [][]byte {
		return [][]byte{w.issuing.crlOf(t, 7, both(change, announces(t))), w.issuing.crlOf(t, 8, both(change, continues(t, 7)), revoked(user, 4))}
	}},
	{"taken off in the delta", func(t testing.TB, w *world, user *ca, change func(*x509.RevocationList)) [][]byte {
		return [][]byte{w.issuing.crlOf(t, 7, both(change, announces(t)), revoked(user, 6)), w.issuing.crlOf(t, 8, both(change, continues(t, 7)), revoked(user, 8))}
	}},
	{"revoked in a delta of a later base", func(t testing.TB, w *world, user *ca, change func(*x509.RevocationList)) [][]byte {
		return [][]byte{w.issuing.crlOf(t, 7, both(change, announces(t))), w.issuing.crlOf(t, 9, both(change, continues(t, 8)), revoked(user, 4))}
	}},
	{"a delta that is no newer", func(t testing.TB, w *world, user *ca, change func(*x509.RevocationList)) [][]byte {
		return [][]byte{w.issuing.crlOf(t, 7, both(change, announces(t))), w.issuing.crlOf(t, 7, both(change, continues(t, 7)))}
	}},
	{"revoked in an old delta", func(t testing.TB, w *world, user *ca, change func(*x509.RevocationList)) [][]byte {
		return [][]byte{w.issuing.crlOf(t, 7, both(change, announces(t))), w.issuing.crlOf(t, 6, both(change, continues(t, 5)), revoked(user, 4))}
	}},
	{"no list at all", func(testing.TB, *world, *ca, func(*x509.RevocationList)) [][]byte { return nil }},
	{"a list of the renewed CA", func(t testing.TB, w *world, user *ca, change func(*x509.RevocationList)) [][]byte {
		return [][]byte{w.renewed.crlOf(t, 7, change)}
	}},
	{"a list of another CA", func(t testing.TB, w *world, user *ca, change func(*x509.RevocationList)) [][]byte {
		return [][]byte{w.other.crlOf(t, 7, change)}
	}},
	{"a list with the CA's names by another key", func(t testing.TB, w *world, user *ca, change func(*x509.RevocationList)) [][]byte {
		return [][]byte{(&ca{w.issuing.cert, w.other.key}).forge(t, w, change)}
	}},
}

// forge makes a list that says it is by a's certificate, with a's key, which is
// not the certificate's.
func (a *ca) forge(t testing.TB, w *world, change func(*x509.RevocationList)) []byte {
	t.Helper()
	parent := *a.cert.X509
	parent.PublicKey = a.key.Public()
	return (&ca{&certs.Certificate{X509: &parent}, a.key}).crlOf(t, 7, change)
}

func both(a, b func(*x509.RevocationList)) func(*x509.RevocationList) {
	return func(l *x509.RevocationList) { a(l); b(l) }
}

// announces adds the address of the delta, without which openssl looks for none.
func announces(t testing.TB) func(*x509.RevocationList) {
	point := sequence(t, sequence(t, tagged(t, []byte(deltaURL), 0, 0, 6)))
	return func(l *x509.RevocationList) {
		l.ExtraExtensions = append(l.ExtraExtensions, extension(false, point, 2, 5, 29, 46))
	}
}

func continues(t testing.TB, base int) func(*x509.RevocationList) {
	return func(l *x509.RevocationList) {
		l.ExtraExtensions = append(l.ExtraExtensions, extension(true, der(t, base), 2, 5, 29, 27))
	}
}

// states are what else can be special about the issuing CA's lists.
var states = []struct {
	name   string
	change func(t testing.TB) func(*x509.RevocationList)
}{
	{"current", func(testing.TB) func(*x509.RevocationList) { return func(*x509.RevocationList) {} }},
	{"expired", func(testing.TB) func(*x509.RevocationList) {
		return func(l *x509.RevocationList) {
			l.ThisUpdate, l.NextUpdate = testClock.AddDate(0, 0, -9), testClock.AddDate(0, 0, -2)
		}
	}},
	{"not yet valid", func(testing.TB) func(*x509.RevocationList) {
		return func(l *x509.RevocationList) { l.ThisUpdate = testClock.AddDate(0, 0, 1) }
	}},
	{"its part", func(t testing.TB) func(*x509.RevocationList) {
		return scoped(tagged(t, []byte(issuingURL), 0, 0, 6), t)
	}},
	{"another part", func(t testing.TB) func(*x509.RevocationList) {
		return scoped(tagged(t, []byte("http://crl.contoso.com/part-7.crl"), 0, 0, 6), t)
	}},
	{"users only", func(t testing.TB) func(*x509.RevocationList) { return scoped(tagged(t, []byte{0xff}, 1), t) }},
	{"CAs only", func(t testing.TB) func(*x509.RevocationList) { return scoped(tagged(t, []byte{0xff}, 2), t) }},
	{"with an unknown critical extension", func(t testing.TB) func(*x509.RevocationList) {
		return func(l *x509.RevocationList) {
			l.ExtraExtensions = append(l.ExtraExtensions, extension(true, der(t, 1), 1, 3, 6, 1, 4, 1, 99999, 1))
		}
	}},
}

// scoped adds an issuing distribution point.
func scoped(content []byte, t testing.TB) func(*x509.RevocationList) {
	return func(l *x509.RevocationList) {
		l.ExtraExtensions = append(l.ExtraExtensions, extension(true, sequence(t, content), 2, 5, 29, 28))
	}
}

// rootLists are what the root's list says of the issuing CA.
var rootLists = []struct {
	name string
	list func(t testing.TB, w *world) [][]byte
}{
	{"a good list of the root", func(t testing.TB, w *world) [][]byte { return [][]byte{w.root.crlOf(t, 3, nil)} }},
	{"the CA revoked", func(t testing.TB, w *world) [][]byte {
		return [][]byte{w.root.crlOf(t, 3, nil, revoked(w.issuing, 2))}
	}},
	{"no list of the root", func(testing.TB, *world) [][]byte { return nil }},
}

// causes are what openssl says of a chain that is not good, for those that this
// package names as well. openssl looks at a list's times before its signature.
var causes = map[string][]string{
	"certificate revoked": {"revoked"},
	"CRL has expired":     {"expired-crl", "wrong-issuer"},
}

// Over all combinations of what lists can say, this package and openssl agree on
// which certificates are good, and on the cause where both can name it.
func TestAgreesWithOpenSSL(t *testing.T) {
	if _, err := exec.LookPath("openssl"); err != nil {
		t.Skip("openssl is not on PATH")
	}
	w := newWorld(t)
	dir := t.TempDir()
	root := writePEM(t, dir, "root.pem", "CERTIFICATE", w.root.cert.Raw)
	issuing := writePEM(t, dir, "issuing.pem", "CERTIFICATE", w.issuing.cert.Raw)
	var all []*combination
	for _, user := range []*ca{w.alice, w.expired} {
		for _, r := range rootLists {
			for _, l := range listed {
				for _, s := range states {
					c := &combination{name: fmt.Sprintf("%s/%s/%s/%s", user.cert, r.name, l.name, s.name), user: user}
					c.lists = append(l.lists(t, w, user, s.change(t)), r.list(t, w)...)
					c.user1 = writePEM(t, dir, fmt.Sprintf("user-%d.pem", len(all)), "CERTIFICATE", user.cert.Raw)
					c.crls = writePEM(t, dir, fmt.Sprintf("crls-%d.pem", len(all)), "X509 CRL", c.lists...)
					all = append(all, c)
				}
			}
		}
	}
	Each(t.Context(), len(all), func(i int) {
		all[i].ours = w.judge(t, all[i])
		all[i].openssl = opensslVerify(root, issuing, all[i])
	})
	good := 0
	for _, c := range all {
		if c.ours == "good" {
			good++
		}
		// openssl passes over a delta that does not fit; here that is not good enough.
		// Nor is it that only a delta takes a certificate off the list.
		stricter := c.openssl == "good" && (strings.Contains(c.ours, "the delta CRL that goes with it") || strings.Contains(c.ours, "only the delta CRL takes that back"))
		if (c.ours == "good") != (c.openssl == "good") && !stricter {
			t.Errorf("%s: %s, and openssl says %s", c.name, c.ours, c.openssl)
			continue
		}
		words := causes[c.openssl]
		if len(words) > 0 && !slices.ContainsFunc(words, func(w string) bool { return strings.Contains(c.ours, w) }) {
			t.Errorf("%s: %s, and openssl says %s", c.name, c.ours, c.openssl)
		}
	}
	if len(all) < 200 || good < 9 || good > len(all)/2 {
		t.Errorf("%d combinations, %d of them good: that proves little", len(all), good)
	}
	t.Logf("%d combinations, %d good", len(all), good)
}

// combination is one state of the world.
type combination struct {
	name          string
	user          *ca
	lists         [][]byte
	user1, crls   string
	ours, openssl string
}

// judge is this package's view: good, or what was found.
func (w *world) judge(t testing.TB, c *combination) string {
	in := Input{
		Certificates: []Certificate{{Name: "user", Subject: &certs.Subject{Certificate: c.user.cert}}},
		CAs:          []Authority{{Name: "root", Certificate: w.root.cert}, {Name: "issuing", Certificate: w.issuing.cert}},
	}
	for i, l := range c.lists {
		in.CRLs = append(in.CRLs, file(fmt.Sprint(i), l))
	}
	report, err := Run(context.Background(), preflight.Scenario{At: testClock}, in, Options{})
	if err != nil {
		t.Error(err)
		return ""
	}
	var found []string
	for _, s := range report.Subjects {
		for _, f := range s.Findings {
			switch f.Check {
			case "cert.revoked", "cert.chain", "cert.validity", "ca.validity", "ca.revoked":
				if f.Status != preflight.StatusPass && (s.Name != "root" || f.Check != "ca.revoked") {
					found = append(found, f.Check+": "+f.Value+" "+f.Message)
				}
			}
		}
	}
	if len(found) == 0 {
		return "good"
	}
	return strings.Join(found, "; ")
}

// opensslVerify is openssl's view.
func opensslVerify(root, issuing string, c *combination) string {
	args := []string{"verify", "-crl_check_all", "-use_deltas", "-attime", strconv.FormatInt(testClock.Unix(), 10), "-CAfile", root, "-untrusted", issuing}
	if len(c.lists) > 0 {
		args = append(args, "-CRLfile", c.crls)
	}
	out, err := exec.Command("openssl", append(args, c.user1)...).CombinedOutput()
	if err == nil {
		return "good"
	}
	for _, line := range strings.Split(string(out), "\n") {
		if _, cause, ok := strings.Cut(line, "lookup: "); ok {
			return cause
		}
	}
	return strings.TrimSpace(string(out))
}
