package tenant

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/easkit/easkit/certs/entra"
	"github.com/easkit/easkit/certs/table"
)

// Mailbox is what Exchange says of ActiveSync for one mailbox.
type Mailbox struct {
	Name    string // the address, or what else names it
	Enabled bool   // ActiveSyncEnabled
	Policy  string // ActiveSyncMailboxPolicy; "" where the export does not tell
	Blocked int    // how many devices ActiveSyncBlockedDeviceIDs lists
}

// Mailboxes are the mailboxes of a Get-CASMailbox export.
type Mailboxes struct {
	all []Mailbox
	by  map[string]int32 // by name in small letters
}

// maxMailboxes bounds the export, in bytes: a million mailboxes with all columns
// have about 1 kB each.
const maxMailboxes = 1 << 30

// namesOfMailbox are the columns that name a mailbox, the surest first. Exchange
// itself has no userPrincipalName there; scripts add it.
var namesOfMailbox = []string{"userprincipalname", "primarysmtpaddress", "windowsemailaddress", "externaldirectoryobjectid", "emailaddresses", "identity", "name", "alias", "samaccountname"}

// ParseMailboxes reads an export of Get-CASMailbox in CSV, as Export-Csv writes
// it, whatever the separator and encoding. Columns are found by name:
// ActiveSyncEnabled must be there and PrimarySmtpAddress, UserPrincipalName or
// another that names the mailbox; ActiveSyncMailboxPolicy and
// ActiveSyncBlockedDeviceIDs may be. The error is one line that says where and
// what to do.
func ParseMailboxes(r io.Reader) (*Mailboxes, error) {
	m := &Mailboxes{by: map[string]int32{}}
	text, err := table.OpenText(r, maxMailboxes)
	if err == nil {
		var t *table.Table
		if t, err = table.Open(text); err == nil {
			err = m.read(t)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("reading the mailboxes: %w", err)
	}
	return m, nil
}

func (m *Mailboxes) read(t *table.Table) error {
	enabled, policy, blocked := t.Column("activesyncenabled"), t.Column("activesyncmailboxpolicy"), t.Column("activesyncblockeddeviceids")
	var names []int
	for _, n := range namesOfMailbox {
		if at := t.Column(n); at >= 0 {
			names = append(names, at)
		}
	}
	switch {
	case enabled < 0:
		return fmt.Errorf("there is no column ActiveSyncEnabled, only %s: export with Get-CASMailbox -ResultSize Unlimited | Export-Csv", t.Columns())
	case len(names) == 0:
		return fmt.Errorf("there is no column PrimarySmtpAddress, only %s: export with Get-CASMailbox -ResultSize Unlimited | Export-Csv", t.Columns())
	}
	for {
		switch err := t.Next(); {
		case err == io.EOF && len(m.all) == 0:
			return errors.New("there is no mailbox in it, only the names of columns")
		case err == io.EOF:
			return nil
		case err != nil:
			return err
		}
		if err := m.add(t, enabled, policy, blocked, names); err != nil {
			return err
		}
	}
}

// add reads a row. What is kept is cloned, or it would keep its whole row alive.
func (m *Mailboxes) add(t *table.Table, enabled, policy, blocked int, names []int) error {
	var box Mailbox
	text, err := t.Cell(enabled)
	if err != nil {
		return err
	}
	switch strings.ToLower(text) {
	case "true":
		box.Enabled = true
	case "false":
	default:
		return t.Wrong(enabled, errors.New("it is neither True nor False"))
	}
	if text, err = t.Cell(policy); err != nil {
		return err
	}
	box.Policy = strings.Clone(text)
	if text, err = t.Cell(blocked); err != nil {
		return err
	}
	box.Blocked = len(strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(" ,;{}", r) }))
	for _, column := range names {
		if text, err = t.Cell(column); err != nil {
			return err
		}
		m.name(&box, text)
	}
	if box.Name == "" {
		return t.Wrong(names[0], errors.New("nothing names the mailbox"))
	}
	m.all = append(m.all, box)
	return nil
}

// name makes the mailbox at the end of the list known by each of the names in a
// cell; EmailAddresses has several. The first of two mailboxes keeps a name.
func (m *Mailboxes) name(box *Mailbox, cell string) {
	for _, text := range strings.FieldsFunc(cell, func(r rune) bool { return strings.ContainsRune(",;{}", r) }) {
		text = strings.TrimSpace(text)
		if prefix, address, ok := strings.Cut(text, ":"); ok && strings.EqualFold(prefix, "smtp") {
			text = address
		}
		if text == "" {
			continue
		}
		key := strings.ToLower(text)
		if _, taken := m.by[key]; !taken {
			m.by[strings.Clone(key)] = int32(len(m.all))
		}
		if box.Name == "" {
			box.Name = strings.Clone(text)
		}
	}
}

// Len is how many mailboxes there are.
func (m *Mailboxes) Len() int { return len(m.all) }

// Find is the mailbox of a user, by UPN, mail address, proxy addresses or object
// id; nil where the export has none.
func (m *Mailboxes) Find(u *entra.User) *Mailbox {
	for _, name := range append([]string{u.UPN, u.Mail, u.ID}, u.ProxyAddresses...) {
		if at, ok := m.by[strings.ToLower(name)]; ok && name != "" {
			return &m.all[at]
		}
	}
	return nil
}
