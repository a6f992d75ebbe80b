package rollout

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/certs/table"
)

// The columns that are read, as [TableOptions.Map] calls them.
const (
	ColumnUser       = "user"       // UPN
	ColumnEmail      = "email"      // mail address
	ColumnName       = "name"       // display name
	ColumnIdentity   = "identity"   // path of the user's file
	ColumnThumbprint = "thumbprint" // of the certificate that the user is to get
	ColumnWave       = "wave"       // which wave the user is part of
)

// columnNames are what the columns are called in exports and by people, in the form of
// [table.Name], the one to prefer first. Entra's admin center exports userPrincipalName,
// mail and displayName, Exchange PrimarySmtpAddress and DisplayName.
var columnNames = map[string][]string{
	ColumnUser: {"userprincipalname", "upn", "user", "username", "login", "signinname"},
	ColumnEmail: {"mail", "email", "primarysmtpaddress", "emailaddress", "mailaddress", "smtpaddress",
		"windowsemailaddress"},
	ColumnName: {"displayname", "name", "fullname"},
	ColumnIdentity: {"identity", "identityfile", "p12", "pfx", "pkcs12", "p12file", "pfxfile", "certificatefile",
		"file", "filename", "path"},
	ColumnThumbprint: {"thumbprint", "certificatethumbprint", "fingerprint", "sha1", "sha256"},
	ColumnWave:       {"wave", "ring"},
}

// Columns are the names that [TableOptions.Map] takes.
func Columns() []string { return slices.Sorted(maps.Keys(columnNames)) }

// places are where the columns stand in a table; -1 for those that it lacks.
type places map[string]int

// findColumns finds the columns by name: by those of ours, or as named says.
func findColumns(t *table.Table, named map[string]string) (places, error) {
	for _, ours := range slices.Sorted(maps.Keys(named)) {
		if _, known := columnNames[ours]; !known {
			return nil, fmt.Errorf("%s is no column that is read: they are %s", quoted(ours), strings.Join(Columns(), ", "))
		}
	}
	at := places{}
	for _, ours := range Columns() {
		header, mapped := named[ours]
		var err error
		switch {
		case mapped && header == "":
			at[ours] = -1
		case mapped:
			at[ours], err = theColumn(t, header)
		default:
			at[ours], err = t.Only(columnNames[ours]...)
		}
		if err != nil {
			return nil, err
		}
	}
	if at[ColumnUser] < 0 && at[ColumnEmail] < 0 {
		return nil, fmt.Errorf("line %d: there is no column of UPNs or mail addresses (userPrincipalName, mail), but %s: say which it is (--map %s=COLUMN)",
			t.Line(), t.Columns(), ColumnUser)
	}
	return at, nil
}

// theColumn finds a column that was asked for by its name.
func theColumn(t *table.Table, header string) (int, error) {
	i, err := t.Only(table.Name(header))
	if err == nil && i < 0 {
		err = fmt.Errorf("there is no column %s, but %s", quoted(header), t.Columns())
	}
	return i, err
}

// errNoUsers says that a table ends after the names of its columns.
var errNoUsers = errors.New("there is no user in it, only the names of columns")

// quoted is text from a table or a call in a message: short, and on one printable line.
func quoted(text string) string {
	const longest = 80 // characters: a line of a terminal
	return fmt.Sprintf("%q", preflight.Clip(preflight.Printable(text), longest))
}
