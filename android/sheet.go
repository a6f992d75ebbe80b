package android

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"html/template"
	"strconv"
	"strings"
	"time"

	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/templates"
)

// Sheet is what a setup sheet says beyond the configuration.
type Sheet struct {
	File    string // name of the .p12 file that the user gets; empty is the alias with .p12
	Contact string // whom to ask for help, as a sentence's end: "the help desk, 555 0100"; may be empty
}

// sheetPage is where the page lies in templates.Files.
const sheetPage = "pages/setup.html"

// sheetData is what the page is made from.
type sheetData struct {
	Sheet
	App, Email, Organization string
	Alias                    string
	Direct, ADFS             bool
	Values                   []sheetRow
	Codes                    []qrPicture
	Certificate              []sheetRow
	Expires, ExpiresDay      string // for people, and as the time element of HTML has it
}

// sheetRow is a line of a table.
type sheetRow struct {
	Label, Value string
	Aloud        string // the value as it is read out over the telephone
	Code         bool   // the value is for comparing character by character
	Copied       bool   // there is a QR code of the value, to copy it from
}

// SetupSheet is one page of HTML for a person who sets the account up by hand:
// to be printed, or read on another screen. It needs nothing from outside and
// has no script. It never holds the password of the identity, which must reach
// the user in another way.
func (c *Config) SetupSheet(s Sheet) ([]byte, error) {
	if c.Leaf == nil {
		return nil, errors.New("a setup sheet needs the user's certificate")
	}
	page, err := template.ParseFS(templates.Files, sheetPage)
	if err != nil {
		return nil, fmt.Errorf("reading the page of the setup sheet: %w", err)
	}
	a := c.Account
	s.File = cmp.Or(s.File, c.Alias+".p12")
	values := c.sheetValues()
	codes, err := sheetCodes(values)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = page.Execute(&b, sheetData{
		Sheet: s, App: c.App.Title, Email: a.Email, Organization: a.Organization, Alias: c.Alias,
		Direct: a.Auth == preflight.Direct, ADFS: a.Issuer == preflight.ADFS,
		Values: values, Codes: codes, Certificate: c.sheetCertificate(), Expires: c.Leaf.NotAfter.UTC().Format("2 January 2006"), ExpiresDay: c.Leaf.NotAfter.UTC().Format(time.DateOnly),
	})
	if err != nil {
		return nil, fmt.Errorf("writing the setup sheet: %w", err)
	}
	return b.Bytes(), nil
}

// defaultPort is that of HTTPS, which Exchange ActiveSync speaks.
const defaultPort = 443

// sheetValues is what the user types or compares while adding the account.
func (c *Config) sheetValues() []sheetRow {
	a := c.Account
	rows := []sheetRow{
		{Label: "E-mail address", Value: a.Email, Copied: true},
		{Label: "User name", Value: a.User, Copied: a.User != a.Email},
	}
	if c.App.Name == gmail.Name {
		rows = append(rows,
			sheetRow{Label: "Server", Value: a.Endpoint.Host, Copied: true},
			sheetRow{Label: "Port", Value: strconv.Itoa(cmp.Or(a.Endpoint.Port, defaultPort))},
			sheetRow{Label: "Security type", Value: "SSL/TLS"})
	}
	rows = append(rows, sheetRow{Label: "Certificate", Value: c.Alias, Copied: true})
	for i := range rows {
		rows[i].Aloud = aloud(rows[i].Value)
	}
	return rows
}

// sheetCodes draws the values that a phone may copy.
func sheetCodes(rows []sheetRow) ([]qrPicture, error) {
	var codes []qrPicture
	for _, row := range rows {
		if !row.Copied {
			continue
		}
		code, err := drawQR(row.Label, row.Value)
		if err != nil {
			return nil, err
		}
		codes = append(codes, code)
	}
	return codes, nil
}

func (c *Config) sheetCertificate() []sheetRow {
	l := c.Leaf
	return []sheetRow{
		{Label: "Issued to", Value: l.Subject()},
		{Label: "Issued by", Value: l.Issuer()},
		{Label: "Serial number", Value: fmt.Sprintf("%X", l.Serial), Code: true},
		{Label: "Valid until", Value: l.NotAfter.UTC().Format("2 January 2006, 15:04 MST")},
		{Label: "SHA-256 fingerprint", Value: groups(fingerprint(l)), Code: true},
		{Label: "SHA-1 thumbprint", Value: groups(l.Thumbprint()), Code: true},
	}
}

// groups puts a space after every fourth character.
func groups(s string) string {
	var b strings.Builder
	for i, r := range s {
		if i > 0 && i%4 == 0 {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
	}
	return b.String()
}

var spoken = strings.NewReplacer("@", " at ", ".", " dot ", "-", " hyphen ", "_", " underscore ",
	":", " colon ", "+", " plus ", `\`, " backslash ", "/", " slash ", "'", " apostrophe ")

// aloud spells a value for the telephone.
func aloud(s string) string { return strings.Join(strings.Fields(spoken.Replace(s)), " ") }
