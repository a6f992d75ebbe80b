package preflight

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
)

// maxReport bounds what ReadReport takes, in bytes: some 800,000 findings, which
// is four times a report on 10,000 subjects with 20 checks each.
const maxReport = 256 << 20

// ErrReport says that something is no report in the form of [Schema].
var ErrReport = errors.New("not a report of the form " + Schema)

// ReadReport reads what [Report.WriteJSON] wrote, up to 256 MiB. A report of
// another schema is refused with [ErrReport], and so is one with a status that
// does not exist. Fields that it does not know are passed over, since later
// versions may add some. Text in it is from outside, as it was when it was
// written: the renderers make it harmless, nobody else does.
func ReadReport(r io.Reader) (*Report, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxReport+1))
	if err != nil {
		return nil, fmt.Errorf("reading the report: %w", err)
	}
	if len(data) > maxReport {
		return nil, fmt.Errorf("%w: it is larger than %d MiB", ErrReport, maxReport>>20)
	}
	var report Report
	if err := json.Unmarshal(data, &report); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrReport, err)
	}
	if report.Schema != Schema {
		return nil, fmt.Errorf("%w: its schema is %q", ErrReport, report.Schema)
	}
	if err := report.normalise(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrReport, err)
	}
	return &report, nil
}

// lastYear is the last that RFC 3339 can write.
const lastYear = 9999

// normalise checks what the rest of the package relies on, and gives what JSON
// can say in two ways one form.
func (r *Report) normalise() error {
	r.At = r.At.UTC()
	if year := r.At.Year(); year < 0 || year > lastYear {
		return fmt.Errorf("its time is in the year %d", year)
	}
	if s := r.Summary; min(s.Pass, s.Warn, s.Fail, s.Skip, s.Ignored) < 0 {
		return errors.New("its summary counts below zero")
	}
	if r.Subjects == nil {
		r.Subjects = []Subject{}
	}
	for i := range r.Subjects {
		if err := r.Subjects[i].normalise(); err != nil {
			return fmt.Errorf("subject %q: %w", r.Subjects[i].Name, err)
		}
	}
	return nil
}

func (s *Subject) normalise() error {
	if !slices.Contains(Statuses, s.Verdict) {
		return fmt.Errorf("there is no verdict %q", s.Verdict)
	}
	if s.Findings == nil {
		s.Findings = []Finding{}
	}
	if len(s.Facts) == 0 {
		s.Facts = nil
	}
	for i := range s.Findings {
		f := &s.Findings[i]
		switch {
		case !slices.Contains(Statuses, f.Status):
			return fmt.Errorf("%s: there is no status %q", f.Check, f.Status)
		case f.Line < 0 || f.Column < 0:
			return fmt.Errorf("%s: it stands at line %d, column %d", f.Check, f.Line, f.Column)
		}
		if len(f.Codes) == 0 {
			f.Codes = nil
		}
	}
	return nil
}
