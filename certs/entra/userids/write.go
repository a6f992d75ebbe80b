package userids

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf16"

	"github.com/easkit/easkit/certs/preflight"
)

var csvHeader = []string{"User", "User ID", "Certificate", "Field", "Value", "Action", "Problem", "Note"}

// The actions of a row of CSV; one with a problem has none.
const (
	actionAdd        = "add"
	actionPresent    = "present"
	actionOnPremises = "set altSecurityIdentities"
)

// WriteCSV writes a row for each value, for a spreadsheet ([preflight.Cell]), without
// the notes that hold for all rows.
func (p *Proposal) WriteCSV(w io.Writer) error {
	out := csv.NewWriter(w)
	if err := out.Write(csvHeader); err != nil {
		return err
	}
	for _, r := range p.Rows {
		for _, cells := range r.cells() {
			for i := range cells {
				cells[i] = preflight.Cell(cells[i])
			}
			if err := out.Write(cells); err != nil {
				return err
			}
		}
	}
	out.Flush()
	return out.Error()
}

func (r *Row) cells() [][]string {
	problem := strings.Join(r.Problems, "; ")
	if len(r.Values) == 0 {
		return [][]string{{r.UPN, r.ID, strings.Join(r.Certificates, "; "), "", "", "", problem, strings.Join(r.Notes, "; ")}}
	}
	rows := make([][]string, len(r.Values))
	for i, v := range r.Values {
		notes := r.Notes
		if v.Note != "" {
			notes = append([]string{v.Note}, notes...)
		}
		rows[i] = []string{r.UPN, r.ID, v.Certificate, string(v.Field), v.Value, r.action(v), problem, strings.Join(notes, "; ")}
	}
	return rows
}

func (r *Row) action(v Value) string {
	switch {
	case v.Present:
		return actionPresent
	case len(r.Problems) == 0:
		return actionAdd
	}
	for _, value := range r.OnPremises {
		if value == v.Value && len(r.Problems) == 1 { // that the user is synchronised
			return actionOnPremises
		}
	}
	return ""
}

// WriteJSON writes the proposal, with the values to add in each row.
func (p *Proposal) WriteJSON(w io.Writer) error {
	type row struct {
		*Row
		Add []string `json:"add"`
	}
	rows := make([]row, len(p.Rows))
	for i, r := range p.Rows {
		rows[i] = row{r, append([]string{}, r.Add()...)}
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(struct {
		Schema string   `json:"schema"`
		Rows   []row    `json:"rows"`
		Notes  []string `json:"notes,omitempty"`
	}{p.Schema, rows, p.Notes})
}

// dataLine is the line of the script that the users take the place of.
const dataLine = "#DATA#"

// WriteScript writes the PowerShell script that adds the values, which is a template
// with one line "#DATA#", and puts the users in there. The script is ASCII: Windows
// PowerShell reads one without a byte order mark in the code page of the machine.
func (p *Proposal) WriteScript(w io.Writer, template string) error {
	lines := strings.SplitAfter(template, "\n")
	at := -1
	for i, line := range lines {
		if strings.TrimRight(line, "\r\n") != dataLine {
			continue
		}
		if at >= 0 {
			return fmt.Errorf("the script has the line %s twice", dataLine)
		}
		at = i
	}
	if at < 0 {
		return fmt.Errorf("the script has no line %s", dataLine)
	}
	data, err := p.scriptData()
	if err != nil {
		return err
	}
	lines[at] = "$plan = @'\n" + data + "\n'@ | ConvertFrom-Json\n"
	_, err = io.WriteString(w, strings.Join(lines, ""))
	return err
}

// scriptData is the users and their values as a JSON array, each user on a line of
// his own: none begins with the quotation mark that would end the text.
func (p *Proposal) scriptData() (string, error) {
	type user struct {
		UPN    string   `json:"userPrincipalName"`
		Values []string `json:"certificateUserIds"`
	}
	var lines []string
	for _, r := range p.Rows {
		values := r.Add()
		if len(values) == 0 {
			continue
		}
		var b bytes.Buffer
		enc := json.NewEncoder(&b)
		enc.SetEscapeHTML(false)
		if err := enc.Encode(user{r.UPN, values}); err != nil {
			return "", fmt.Errorf("writing the values of %q: %w", r.UPN, err)
		}
		lines = append(lines, ascii(strings.TrimSuffix(b.String(), "\n")))
	}
	if len(lines) == 0 {
		return "", errors.New("no user has a value to add: there is nothing for a script to do")
	}
	return "[\n" + strings.Join(lines, ",\n") + "\n]", nil
}

// ascii writes what is not ASCII in a JSON text by its escapes.
func ascii(text string) string {
	var b strings.Builder
	for _, r := range text {
		if r < 0x80 {
			b.WriteRune(r)
			continue
		}
		for _, unit := range utf16.Encode([]rune{r}) {
			fmt.Fprintf(&b, `\u%04x`, unit)
		}
	}
	return b.String()
}
