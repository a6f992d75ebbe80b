package preflight

import "time"

// Schema names the form of the JSON report. Fields may be added under it,
// never removed.
const Schema = "easkit/report/v1"

// Finding is one verdict on one subject.
type Finding struct {
	Check   string   `json:"check"`
	Status  Status   `json:"status"`
	Message string   `json:"message"`
	Fix     string   `json:"fix,omitempty"`
	Basis   Basis    `json:"basis"`
	Source  string   `json:"source,omitempty"`
	Codes   []string `json:"codes,omitempty"`
	Value   string   `json:"value,omitempty"`
	Line    int      `json:"line,omitempty"`
	Column  int      `json:"column,omitempty"`
	Ignored string   `json:"ignored,omitempty"` // the reason given with --ignore
	// Unchecked is a skip of what should have been looked at, had it been given.
	Unchecked bool `json:"unchecked,omitempty"`
}

// Subject is one thing that was judged. Auth and Mailbox are set where it was
// judged for others than the report's: see [Report.AddFor]. File is set where the
// name is not that of the file alone that the lines of the findings are in.
type Subject struct {
	Kind     string    `json:"kind"` // certificate, profile, configuration …
	Name     string    `json:"name"`
	File     string    `json:"file,omitempty"`
	Auth     Auth      `json:"auth,omitempty"`
	Mailbox  Mailbox   `json:"mailbox,omitempty"`
	Verdict  Status    `json:"verdict"`
	Files    []string  `json:"files,omitempty"` // written for it
	Findings []Finding `json:"findings"`
	Facts    []Fact    `json:"facts,omitempty"`
}

// Fact is something that was seen of a subject and decides nothing, such as a setting of
// a server's policy.
type Fact struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Summary counts findings. An ignored one counts in Ignored only.
type Summary struct {
	Pass    int `json:"pass"`
	Warn    int `json:"warn"`
	Fail    int `json:"fail"`
	Skip    int `json:"skip"`
	Ignored int `json:"ignored"`
}

// Report is the outcome of one run.
type Report struct {
	Schema   string    `json:"schema"`
	At       time.Time `json:"at"`
	Auth     Auth      `json:"auth"`
	Issuer   Issuer    `json:"issuer,omitempty"`
	Mailbox  Mailbox   `json:"mailbox"`
	Cloud    Cloud     `json:"cloud"`
	Summary  Summary   `json:"summary"`
	Subjects []Subject `json:"subjects"`
}

// NewReport starts a report for a scenario whose defaults are filled in.
func NewReport(s Scenario) *Report {
	r := &Report{Schema: Schema, At: s.At.UTC().Truncate(time.Second), Auth: s.Auth, Mailbox: s.Mailbox, Cloud: s.Cloud, Subjects: []Subject{}}
	if s.Auth == OAuth {
		r.Issuer = s.Issuer
	}
	return r
}

// Add gathers the findings on one subject. A warning or failure whose check
// stands in ignore, or that carries a reason already, keeps its status, carries the
// reason, and counts for nothing else. What it gives is the subject in the report, to be
// completed before another is added.
func (r *Report) Add(kind, name string, findings []Finding, ignore map[string]string) *Subject {
	kept := make([]Finding, len(findings))
	for i, f := range findings {
		if f.Status.Worse(StatusSkip) && f.Ignored == "" {
			f.Ignored = ignore[f.Check]
		}
		kept[i] = f
		r.Summary.count(f)
	}
	r.Subjects = append(r.Subjects, Subject{Kind: kind, Name: name, Verdict: Verdict(kept), Findings: kept})
	return &r.Subjects[len(r.Subjects)-1]
}

// AddFor is Add for a subject that was judged for a scenario of its own, whose
// defaults are filled in: the subject says where auth and mailbox are not the
// report's.
func (r *Report) AddFor(s Scenario, kind, name string, findings []Finding, ignore map[string]string) *Subject {
	added := r.Add(kind, name, findings, ignore)
	if s.Auth != r.Auth {
		added.Auth = s.Auth
	}
	if s.Mailbox != r.Mailbox {
		added.Mailbox = s.Mailbox
	}
	return added
}

// Append adds the subjects of another report of the same run.
func (r *Report) Append(other *Report) {
	r.Subjects = append(r.Subjects, other.Subjects...)
	r.Summary.Pass += other.Summary.Pass
	r.Summary.Warn += other.Summary.Warn
	r.Summary.Fail += other.Summary.Fail
	r.Summary.Skip += other.Summary.Skip
	r.Summary.Ignored += other.Summary.Ignored
}

func (s *Summary) count(f Finding) {
	switch {
	case f.Ignored != "":
		s.Ignored++
	case f.Status == StatusPass:
		s.Pass++
	case f.Status == StatusSkip:
		s.Skip++
	case f.Status == StatusWarn:
		s.Warn++
	default:
		s.Fail++
	}
}

// Verdict is the worst status that remains among findings: ignored ones leave
// it alone, and so do skips, which were for want of input.
func Verdict(findings []Finding) Status {
	worst := StatusPass
	for _, f := range findings {
		if f.Ignored == "" && f.Status != StatusSkip && f.Status.Worse(worst) {
			worst = f.Status
		}
	}
	return worst
}

// Worst is the worst verdict of all subjects.
func (r *Report) Worst() Status {
	worst := StatusPass
	for _, s := range r.Subjects {
		if s.Verdict.Worse(worst) {
			worst = s.Verdict
		}
	}
	return worst
}
