package portal

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"time"

	bundles "github.com/easkit/easkit/android"
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/profiles"
	"github.com/easkit/easkit/profiles/portal/ticket"
)

// setup is what the steps are made from: the files that wait, and what is in them.
type setup struct {
	files  []ticket.Named
	device device
	bundle *account // nil where there is none
	shown  *shown   // nil where there is no profile, or nothing waits any more
	over   bool     // nothing waits any more: the steps are there to be read
}

// account is what a bundle says of an account, for people who type it.
type account struct {
	Alias string // of the certificate in the phone's key store
	Until time.Time
	app   string
	way   way
	from  profiles.Account
}

// defaultPort is that of HTTPS, which Exchange ActiveSync speaks.
const defaultPort = 443

// readBundle reads the bundle.json of Android.
func readBundle(data []byte) (*account, error) {
	doc, err := bundles.Parse(data)
	if err != nil {
		return nil, fmt.Errorf("reading the bundle: %w", err)
	}
	file, err := bundles.Open(data)
	if err != nil {
		return nil, fmt.Errorf("reading the bundle: %w", err)
	}
	a := &account{Alias: file.Top.Get("alias").Str(), app: doc.Account.Android.App, way: wayOf(doc.Account), from: doc.Account}
	if a.app != gmail && a.app != outlook {
		a.app = otherApp
	}
	if a.Until, err = time.Parse(time.RFC3339, file.Top.Get("identity").Get("notAfter").Str()); err != nil {
		return nil, fmt.Errorf("reading the bundle: until when the certificate is valid: %w", err)
	}
	return a, nil
}

func wayOf(a profiles.Account) way {
	switch {
	case a.Auth == preflight.Direct:
		return wayDirect
	case a.Issuer == preflight.ADFS:
		return wayADFS
	}
	return wayEntra
}

// value is one line of what to type: the text values.KEY, and what it is.
type value struct{ Key, Value string }

// values are what a person types into the mail app, or compares. Outlook finds its server
// itself.
func (a *account) values() []value {
	all := []value{{"address", a.from.Email}, {"user", a.from.User}}
	if a.app != outlook {
		all = append(all, value{"server", a.from.Endpoint.Host},
			value{"port", strconv.Itoa(cmp.Or(a.from.Endpoint.Port, defaultPort))}, value{"security", "SSL/TLS"})
	}
	all = append(all, value{"alias", a.Alias})
	return slices.DeleteFunc(all, func(v value) bool { return v.Value == "" })
}

// line is one step as the page shows it.
type line struct {
	Text   string // key
	Then   below
	Files  []download
	Values []value
}

// download is a file that the page offers: the text steps.download-KIND, and the name below.
type download struct {
	Name, Path string
	Kind       ticket.Kind
}

// lines picks the steps that are for this device, ticket and account.
func (s *setup) lines() []line {
	var lines []line
	for _, step := range steps[s.device] {
		if !s.fits(step) {
			continue
		}
		l := line{Text: string(s.device) + "." + step.text, Then: step.then}
		switch step.then {
		case thenDownload:
			l.Files = s.downloads()
		case thenAlias:
			l.Values = []value{{"alias", s.bundle.Alias}}
		case thenValues:
			if s.bundle != nil {
				l.Values = s.bundle.values()
			}
		}
		lines = append(lines, l)
	}
	return lines
}

func (s *setup) fits(step step) bool {
	app, how := otherApp, way("")
	if s.bundle != nil {
		app, how = s.bundle.app, s.bundle.way
	}
	signed, root := signedUnknown, false
	if s.shown != nil {
		signed, root = s.shown.signed, s.shown.Root != ""
	}
	if step.signed != "" && step.signed != signed || step.root && !root {
		return false
	}
	return (step.with == "" || s.has(step.with)) && (step.without == "" || !s.has(step.without)) &&
		(step.app == "" || step.app == app) && (step.way == "" || step.way == how)
}

func (s *setup) has(kind ticket.Kind) bool { return len(s.named(kind)) > 0 }

// ends is when the certificate does; zero where that is not known.
func (s *setup) ends() time.Time {
	switch {
	case s.bundle != nil:
		return s.bundle.Until
	case s.shown != nil:
		return s.shown.Until
	}
	return time.Time{}
}

// named are the files of a kind.
func (s *setup) named(kind ticket.Kind) []string {
	var names []string
	for _, f := range s.files {
		if f.Kind == kind {
			names = append(names, f.Name)
		}
	}
	return names
}

// downloads are the device's files, with their paths from the page of the steps.
func (s *setup) downloads() []download {
	var all []download
	if s.over {
		return nil
	}
	for _, name := range s.named(kindFor[s.device]) {
		all = append(all, download{name, "file/" + url.PathEscape(name), kindFor[s.device]})
	}
	return all
}
