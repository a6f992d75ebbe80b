package entra

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"time"
	"unicode"

	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/certs/table"
)

// MaxSize bounds a file of users or domains, in bytes. A million users with all
// their addresses have about 500 MB.
const MaxSize = 512 << 20

// ParseUsers reads the users of a tenant: the CSV that Entra's admin center
// exports, or JSON of Microsoft Graph (GET /users with $select, any number of
// pages, or PowerShell's ConvertTo-Json), in UTF-8, or UTF-16 with a byte order
// mark, of at most [MaxSize] bytes.
//
// Columns and properties are found by name, letter case aside:
// userPrincipalName, which must be there, mail, proxyAddresses,
// onPremisesUserPrincipalName, authorizationInfo.certificateUserIds (in CSV
// certificateUserIds), id, accountEnabled, onPremisesSyncEnabled, userType,
// signInSessionsValidFromDateTime, and our own mailbox, which is exchange-online, exchange-server or empty. A list that
// is missing or null counts as not known, one that is empty as empty.
//
// The error is one line that says where and what to do.
func ParseUsers(r io.Reader) (*Users, error) {
	b, err := table.OpenText(r, MaxSize)
	if err == nil {
		c := &collector{seen: map[string]int32{}}
		if isJSON(b) {
			err = eachJSON(b, c.addGraph)
		} else {
			err = c.readCSV(b)
		}
		if err == nil {
			return NewUsers(c.users), nil
		}
	}
	return nil, fmt.Errorf("reading the users: %w", err)
}

// collector gathers users, each once.
type collector struct {
	users []User
	seen  map[string]int32 // by folded UPN
}

// add keeps a user. Pages that overlap repeat users, which is no harm; two
// different users of one UPN are.
func (c *collector) add(u User) error {
	key := fold(u.UPN)
	if i, ok := c.seen[key]; ok {
		if !reflect.DeepEqual(c.users[i], u) {
			return fmt.Errorf("the user %s is there twice, and not the same: export the users anew", &u)
		}
		return nil
	}
	c.seen[key] = int32(len(c.users))
	c.users = append(c.users, u)
	return nil
}

var errNoUPN = errors.New("a user without userPrincipalName: ask for it in the export ($select=userPrincipalName,mail,proxyAddresses)")

// guest is the userType of users of other tenants.
const guest = "Guest"

// graphUser is a user as Microsoft Graph writes one.
type graphUser struct {
	ID                              string
	UserPrincipalName               string
	Mail                            string
	ProxyAddresses                  []string
	OnPremisesUserPrincipalName     string
	AuthorizationInfo               struct{ CertificateUserIds []string }
	AccountEnabled                  *bool
	OnPremisesSyncEnabled           bool
	UserType                        string
	SignInSessionsValidFromDateTime string
	Mailbox                         string
}

func (c *collector) addGraph(g graphUser) error {
	u := User{
		ID: g.ID, UPN: strings.TrimSpace(g.UserPrincipalName), Mail: strings.TrimSpace(g.Mail),
		OnPremisesUPN:      strings.TrimSpace(g.OnPremisesUserPrincipalName),
		CertificateUserIDs: g.AuthorizationInfo.CertificateUserIds,
		Disabled:           g.AccountEnabled != nil && !*g.AccountEnabled,
		Synced:             g.OnPremisesSyncEnabled, Guest: strings.EqualFold(g.UserType, guest),
	}
	if u.UPN == "" {
		return errNoUPN
	}
	if g.ProxyAddresses != nil {
		u.ProxyAddresses = []string{}
		for _, p := range g.ProxyAddresses {
			u.ProxyAddresses = appendProxy(u.ProxyAddresses, p)
		}
	}
	for _, text := range append([]string{u.ID, u.UPN, u.Mail, u.OnPremisesUPN}, u.ProxyAddresses...) {
		if strings.ContainsFunc(text, unicode.IsControl) {
			return fmt.Errorf("%q holds a control character", clip(text))
		}
	}
	var err error
	if u.SessionsValidFrom, err = parseTime(g.SignInSessionsValidFromDateTime); err != nil {
		return fmt.Errorf("signInSessionsValidFromDateTime of %s: %w", &u, err)
	}
	if u.Mailbox, err = parseMailbox(g.Mailbox); err != nil {
		return fmt.Errorf("mailbox of %s: %w", &u, err)
	}
	return c.add(u)
}

// userColumns are the places of the columns that are read; -1 where there is
// none.
type userColumns struct {
	id, upn, mail, onPremises, proxies, ids, enabled, synced, kind, sessions, mailbox int
}

func (c *collector) readCSV(b *bufio.Reader) error {
	t, err := table.Open(b)
	if err != nil {
		return err
	}
	at := userColumns{
		upn: t.Column("userprincipalname", "upn"), mail: t.Column("mail", "primarysmtpaddress"),
		onPremises: t.Column("onpremisesuserprincipalname"), proxies: t.Column("proxyaddresses"),
		ids:     t.Column("certificateuserids", "authorizationinfo.certificateuserids", "authorizationinfo"),
		id:      t.Column("id", "objectid"),
		enabled: t.Column("accountenabled"),
		synced:  t.Column("onpremisessyncenabled", "directorysynced", "dirsyncenabled"), kind: t.Column("usertype"),
		sessions: t.Column("signinsessionsvalidfromdatetime"), mailbox: t.Column("mailbox"),
	}
	if at.upn < 0 {
		return fmt.Errorf("line %d: there is no column userPrincipalName, only %s: export the users from Entra's admin center, or name the column so",
			t.Line(), t.Columns())
	}
	for {
		switch err := t.Next(); {
		case err == io.EOF && len(c.users) == 0:
			return errors.New("there is no user in it, only the names of columns")
		case err == io.EOF:
			return nil
		case err != nil:
			return err
		}
		u, err := at.user(t)
		if err != nil {
			return err
		}
		if err := c.add(u); err != nil {
			return fmt.Errorf("line %d: %w", t.Line(), err)
		}
	}
}

// user reads the user of a row. The strings are copied, or each would keep its
// whole row alive.
func (at userColumns) user(t *table.Table) (User, error) {
	var u User
	for _, p := range []struct {
		column int
		into   *string
	}{{at.id, &u.ID}, {at.upn, &u.UPN}, {at.mail, &u.Mail}, {at.onPremises, &u.OnPremisesUPN}} {
		text, err := t.Cell(p.column)
		if err != nil {
			return u, err
		}
		*p.into = strings.Clone(text)
	}
	if u.UPN == "" {
		return u, t.Wrong(at.upn, errors.New("it is empty: every user has a userPrincipalName"))
	}
	if err := at.lists(t, &u); err != nil {
		return u, err
	}
	return u, at.words(t, &u)
}

func (at userColumns) lists(t *table.Table, u *User) error {
	if at.proxies >= 0 {
		text, err := t.Text(at.proxies)
		if err != nil {
			return err
		}
		u.ProxyAddresses = []string{}
		for _, p := range splitProxies(text) {
			u.ProxyAddresses = appendProxy(u.ProxyAddresses, strings.Clone(p))
		}
	}
	if at.ids >= 0 {
		text, err := t.Text(at.ids)
		if err != nil {
			return err
		}
		u.CertificateUserIDs = splitIDs(strings.Clone(text))
	}
	return nil
}

func (at userColumns) words(t *table.Table, u *User) error {
	enabled, err := truth(t, at.enabled, true)
	if err != nil {
		return err
	}
	u.Disabled = !enabled
	if u.Synced, err = truth(t, at.synced, false); err != nil {
		return err
	}
	kind, err := t.Cell(at.kind)
	if err != nil {
		return err
	}
	u.Guest = strings.EqualFold(kind, guest)
	text, err := t.Cell(at.sessions)
	if err != nil {
		return err
	}
	if u.SessionsValidFrom, err = parseTime(text); err != nil {
		return t.Wrong(at.sessions, err)
	}
	if text, err = t.Cell(at.mailbox); err != nil {
		return err
	}
	if u.Mailbox, err = parseMailbox(text); err != nil {
		return t.Wrong(at.mailbox, err)
	}
	return nil
}

// truth is what a cell says; an empty one says otherwise.
func truth(t *table.Table, column int, otherwise bool) (bool, error) {
	text, err := t.Cell(column)
	switch strings.ToLower(text) {
	case "":
		return otherwise, err
	case "true", "yes", "1":
		return true, err
	case "false", "no", "0":
		return false, err
	}
	return false, t.Wrong(column, fmt.Errorf("%q is neither true nor false", clip(text)))
}

func parseMailbox(text string) (preflight.Mailbox, error) {
	text = strings.ToLower(strings.TrimSpace(text))
	if text == "" {
		return "", nil
	}
	known := []preflight.Mailbox{preflight.ExchangeOnline, preflight.ExchangeServer}
	return preflight.Word("the place", clip(text), known)
}

// parseTime reads a time as Graph writes it (RFC 3339).
func parseTime(text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return time.Time{}, fmt.Errorf("%q is no time like 2026-11-21T12:00:00Z", clip(text))
	}
	return t, nil
}
