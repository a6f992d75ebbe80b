package rollout

import (
	"encoding/csv"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/easkit/easkit/certs/preflight"
)

var csvHeader = []string{"User", "Line", "Platform", "Status", "Check", "Message", "File", "SHA-256", "Certificate ends"}

// WriteCSV writes a row for each user and platform, for a spreadsheet
// ([preflight.Cell]): of findings the first that failed, else the first that warned. Of
// several files, names and hashes stand in one cell, with spaces in between. Up to 10,000
// rows are in the order of the table, more in that of the manifest.
func (a *Account) WriteCSV(w io.Writer) error {
	out := csv.NewWriter(w)
	if err := out.Write(csvHeader); err != nil {
		return err
	}
	for e, err := range a.inOrder(a.kept) {
		if err != nil {
			return err
		}
		if err := out.Write(csvRow(e)); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

func csvRow(e *Entry) []string {
	check, message, ends := "", "", ""
	if f := e.worst(); f != nil {
		check, message = f.Check, f.Message
	}
	var names, sums []string
	for _, f := range e.Files {
		names, sums = append(names, f.Name), append(sums, f.SHA256)
	}
	if e.Identity != nil && !e.Identity.NotAfter.IsZero() {
		ends = e.Identity.NotAfter.UTC().Format(time.RFC3339)
	}
	row := []string{
		e.User, strconv.Itoa(e.Line), string(e.Platform), string(e.Status), check, message,
		strings.TrimSpace(strings.Join(names, " ")), strings.Join(sums, " "), ends,
	}
	for i := range row {
		row[i] = preflight.Cell(preflight.Printable(row[i]))
	}
	return row
}

// worst is the finding to tell of an entry; nil where all is well.
func (e *Entry) worst() *preflight.Finding {
	if f := firstFailed(e.Findings); f != nil {
		return f
	}
	return firstOf(e.Findings, preflight.StatusWarn)
}
