package inventory

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/easkit/easkit/certs/preflight"
)

var csvHeader = []string{
	"UPN", "Name", "User state", "Change", "Wave", "App", "System", "System version", "Model", "Device ID", "EAS version", "EAS below 16.1",
	"Access", "Not synced for 30 days", "Device state", "Why", "Certificate", "EAS, unknown method", "Password", "OAuth", "Failed",
	"First", "Last", "Error code", "Error", "Evidence",
}

// WriteCSV writes a row for each user and phone, for a spreadsheet ([preflight.Cell]).
func (i *Inventory) WriteCSV(w io.Writer) error {
	out := csv.NewWriter(w)
	if err := out.Write(csvHeader); err != nil {
		return err
	}
	for k := range i.Users {
		u := &i.Users[k]
		for n := range u.Devices {
			if err := out.Write(csvRow(u, &u.Devices[n])); err != nil {
				return err
			}
		}
	}
	out.Flush()
	return out.Error()
}

func csvRow(u *User, d *Device) []string {
	code, reason := "", ""
	if d.Failure != nil {
		code, reason = d.Failure.Code, d.Failure.Reason
	}
	row := []string{
		u.UPN, u.Name, string(u.State), string(u.Change), u.Wave, d.App, d.OS, d.OSVersion, d.Model, d.ID, d.EASVersion, yes(d.OldEAS),
		d.Access, yes(d.Stale), string(d.State), d.Why, strconv.Itoa(d.Counts.Certificate), strconv.Itoa(d.Counts.Unknown),
		strconv.Itoa(d.Counts.Password), strconv.Itoa(d.Counts.OAuth), strconv.Itoa(d.Counts.Failed),
		stamp(d.First), stamp(d.Last), code, reason, evidence(d.Evidence),
	}
	for k := range row {
		row[k] = preflight.Cell(row[k])
	}
	return row
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return ""
}

// stamp is a time for people and spreadsheets alike.
func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.RFC3339)
}

// evidence names the rows: "signins.csv lines 2 to 90 (12)".
func evidence(all []Evidence) string {
	var b strings.Builder
	for k, e := range all {
		if k > 0 {
			b.WriteString("; ")
		}
		switch {
		case e.Rows == 1:
			fmt.Fprintf(&b, "%s %s %d", e.File, e.Unit, e.First)
		default:
			fmt.Fprintf(&b, "%s %ss %d to %d (%d of them)", e.File, e.Unit, e.First, e.Last, e.Rows)
		}
	}
	return b.String()
}
