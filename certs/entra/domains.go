package entra

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/table"
)

// Domains are the domains of a tenant, and which of them are verified.
type Domains struct {
	verified map[string]bool // by name in lower case and A-labels
}

// NewDomains are the domains of a tenant by name, and which of them are verified. A
// name that is none is left out.
func NewDomains(verified map[string]bool) *Domains {
	d := &Domains{verified: map[string]bool{}}
	for name, is := range verified {
		if ascii, err := asciiDomain(name); err == nil {
			d.verified[ascii] = is
		}
	}
	return d
}

// ParseDomains reads the domains of a tenant: JSON of Microsoft Graph (GET
// /domains: id, isVerified), CSV with a column "Domain name", "Name" or "id" and
// perhaps "isVerified" or "Status", or plain text with one domain a line, all of
// them verified, and comments after #. The error is one line that says where
// and what to do.
func ParseDomains(r io.Reader) (*Domains, error) {
	d := &Domains{verified: map[string]bool{}}
	b, err := table.OpenText(r, MaxSize)
	if err == nil {
		switch {
		case isJSON(b):
			err = eachJSON(b, d.addGraph)
		case hasDomainColumn(b):
			err = d.readCSV(b)
		default:
			err = d.readLines(b)
		}
	}
	if err == nil && len(d.verified) == 0 {
		err = errors.New("there is no domain in it")
	}
	if err != nil {
		return nil, fmt.Errorf("reading the domains: %w", err)
	}
	return d, nil
}

// Verified reports whether the tenant has verified a domain, and whether it
// lists it at all. A subdomain counts for itself: Microsoft 365 lists it apart.
func (d *Domains) Verified(domain string) (verified, listed bool) {
	ascii, err := asciiDomain(domain)
	if err != nil {
		return false, false
	}
	verified, listed = d.verified[ascii]
	return verified, listed
}

func (d *Domains) add(domain string, verified bool) error {
	ascii, err := asciiDomain(domain)
	if err != nil {
		return fmt.Errorf("%q is no domain: %w", clip(domain), err)
	}
	d.verified[ascii] = verified
	return nil
}

func asciiDomain(domain string) (string, error) {
	a, err := certs.ParseAddress("x@" + strings.TrimPrefix(domain, "@"))
	return a.ASCIIDomain, err
}

type graphDomain struct {
	ID         string
	IsVerified *bool
}

func (d *Domains) addGraph(g graphDomain) error {
	switch {
	case g.ID == "":
		return errors.New("a domain without id: give the output of GET /domains")
	case g.IsVerified == nil:
		return fmt.Errorf("the domain %s without isVerified: give the output of GET /domains", printable(clip(g.ID)))
	}
	return d.add(g.ID, *g.IsVerified)
}

// domainColumns are what the column of names is called in exports.
var domainColumns = []string{"domainname", "domain", "name", "id"}

// hasDomainColumn reports whether the first line names columns. None of the
// names could be a domain: those have a dot.
func hasDomainColumn(b *bufio.Reader) bool {
	return slices.ContainsFunc(table.Sniff(b), func(name string) bool { return slices.Contains(domainColumns, name) })
}

// statuses are the words of the admin centers for a domain's state. A domain
// whose mail or name servers need work is verified all the same.
var statuses = map[string]bool{
	"true": true, "verified": true, "healthy": true, "available": true, "possible service issues": true, "no services selected": true,
	"false": false, "unverified": false, "not verified": false, "pending": false, "incomplete setup": false, "setup in progress": false,
}

func (d *Domains) readCSV(b *bufio.Reader) error {
	t, err := table.Open(b)
	if err != nil {
		return err
	}
	name, status := t.Column(domainColumns...), t.Column("isverified", "status")
	for {
		if err := t.Next(); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		domain, err := t.Cell(name)
		if err != nil {
			return err
		}
		word, err := t.Cell(status)
		if err != nil {
			return err
		}
		verified, known := statuses[strings.ToLower(word)]
		if status >= 0 && !known {
			return t.Wrong(status, fmt.Errorf("whether %q means verified is not known: write true or false in a column isVerified", clip(word)))
		}
		if err := d.add(strings.TrimSuffix(domain, " (Default)"), verified || status < 0); err != nil {
			return t.Wrong(name, err)
		}
	}
}

func (d *Domains) readLines(b *bufio.Reader) error {
	lines := bufio.NewScanner(b)
	for n := 1; lines.Scan(); n++ {
		text, _, _ := strings.Cut(lines.Text(), "#")
		if text = strings.TrimSpace(text); text == "" {
			continue
		}
		if err := d.add(text, true); err != nil {
			return fmt.Errorf("line %d: %w (one domain a line)", n, err)
		}
	}
	if errors.Is(lines.Err(), bufio.ErrTooLong) {
		return errors.New("a line is longer than any domain: give one domain a line, CSV or JSON")
	}
	return lines.Err()
}
