package inventory

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// layouts are the forms of a time that can be read in one way only: RFC 3339, as
// the portal and Graph write it, and what is near to it.
var layouts = []string{time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02 15:04:05Z07:00", "2006-01-02, 15:04:05", time.DateOnly}

// dayOrder is in which order a file writes numbers of days and months.
type dayOrder uint8

const (
	orderUnknown dayOrder = iota
	dayFirst
	monthFirst
)

// parseWhen reads a time in UTC. Export-Csv writes dates as the admin's country
// does: 05/01/2026 is in January or in May. Such a date is read by the order
// that the rest of the file shows; ok is false where nothing does.
func parseWhen(text string, order dayOrder) (at time.Time, ok bool, err error) {
	if text == "" || strings.EqualFold(text, "null") {
		return time.Time{}, true, nil
	}
	for _, layout := range layouts {
		if at, err := time.Parse(layout, text); err == nil {
			return inRange(text, at.UTC())
		}
	}
	if ms, found := strings.CutPrefix(text, "/Date("); found { // Windows PowerShell's ConvertTo-Json
		n, err := strconv.ParseInt(strings.TrimSuffix(ms, ")/"), 10, 64)
		if err == nil {
			return inRange(text, time.UnixMilli(n).UTC())
		}
	}
	d, err := splitDate(text)
	if err != nil {
		return time.Time{}, false, err
	}
	if o := d.order(); o != orderUnknown {
		order = o
	}
	if order == orderUnknown {
		return time.Time{}, false, nil
	}
	at, err = d.time(order)
	if err != nil {
		return time.Time{}, false, err
	}
	return inRange(text, at)
}

// inRange keeps times to those that a log can have: before EAS was there, and in
// the far future, is no time.
func inRange(text string, at time.Time) (time.Time, bool, error) {
	if at.Year() < 2000 || at.Year() > 2100 {
		return time.Time{}, false, notTime(text)
	}
	return at, true, nil
}

func notTime(text string) error {
	return fmt.Errorf("%q is no time like 2026-11-21T12:00:00Z", clip(text))
}

// localDate is a date in figures, as a country writes it.
type localDate struct {
	text       string
	a, b, year int // the first two are the day and the month
	dots       bool
	clock      string
}

// splitDate takes "21.11.2026 14:05:06" and "11/21/2026 2:05:06 PM" apart.
func splitDate(text string) (localDate, error) {
	date, clock, _ := strings.Cut(text, " ")
	d := localDate{text: text, clock: strings.TrimSpace(clock), dots: strings.Contains(date, ".")}
	parts := strings.FieldsFunc(date, func(r rune) bool { return r == '.' || r == '/' || r == '-' })
	if len(parts) != 3 {
		return d, notTime(text)
	}
	var err error
	for i, to := range []*int{&d.a, &d.b, &d.year} {
		if *to, err = strconv.Atoi(strings.TrimSuffix(parts[i], ",")); err != nil {
			return d, notTime(text)
		}
	}
	return d, nil
}

// order is what the date itself shows. Dots stand between day and month only
// where the day is first.
func (d localDate) order() dayOrder {
	switch {
	case d.dots || d.a > 12:
		return dayFirst
	case d.b > 12:
		return monthFirst
	}
	return orderUnknown
}

func (d localDate) time(order dayOrder) (time.Time, error) {
	day, month := d.a, d.b
	if order == monthFirst {
		day, month = month, day
	}
	text := fmt.Sprintf("%04d-%02d-%02d %s", d.year, month, day, d.clock)
	for _, layout := range []string{"2006-01-02 15:04:05", "2006-01-02 15:04", "2006-01-02 3:04:05 PM", "2006-01-02 3:04 PM", "2006-01-02 "} {
		if at, err := time.Parse(layout, text); err == nil {
			return at, nil
		}
	}
	return time.Time{}, notTime(d.text)
}
