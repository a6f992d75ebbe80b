package userids

import (
	"fmt"
	"slices"
	"strings"

	"github.com/easkit/easkit/certs/entra"
	"github.com/easkit/easkit/certs/preflight"
)

// Proposal is what certificateUserIds users should have.
type Proposal struct {
	Schema string   `json:"schema"`
	Rows   []*Row   `json:"rows"`
	Notes  []string `json:"notes,omitempty"` // what holds for all rows, or all values of a field
}

// Schema names the form of a proposal in JSON. Properties may be added under it, never
// removed.
const Schema = "easkit/user-ids/v1"

// Row is one user with all certificates that are his, or a certificate of which it is
// not plain whose it is.
type Row struct {
	ID           string   `json:"id,omitempty"`                // of the user's object, where known
	UPN          string   `json:"userPrincipalName,omitempty"` // "" where no user was found
	Certificates []string `json:"certificates"`                // their names
	Values       []Value  `json:"values"`
	// Present is what the user has now; nil where the users do not tell.
	Present []string `json:"present"`
	// OnPremises are the values to set in Active Directory, as altSecurityIdentities,
	// for a user who is synchronised from there.
	OnPremises []string `json:"altSecurityIdentities,omitempty"`
	Notes      []string `json:"notes,omitempty"`
	// Problems say why nothing is added for the user; mostly empty.
	Problems []string `json:"problems,omitempty"`
}

// Value is one value that a user should have.
type Value struct {
	Field       entra.Field `json:"field"`
	Value       string      `json:"value"`
	Certificate string      `json:"certificate"` // the name of the first that gives it
	Present     bool        `json:"present"`     // the user has it
	// Note is what is not certain about its form, and not about that of all values of
	// the field, of which [Proposal.Notes] tell.
	Note string `json:"note,omitempty"`
}

// Add are the values to add; none where there is a problem.
func (r *Row) Add() []string {
	if len(r.Problems) > 0 {
		return nil
	}
	return r.missing()
}

func (r *Row) missing() []string {
	var values []string
	for _, v := range r.Values {
		if !v.Present {
			values = append(values, v.Value)
		}
	}
	return values
}

func (r *Row) problem(format string, args ...any) { r.Problems = appendNew(r.Problems, format, args) }
func (r *Row) note(format string, args ...any)    { r.Notes = appendNew(r.Notes, format, args) }

func (p *Proposal) note(format string, args ...any) { p.Notes = appendNew(p.Notes, format, args) }

// appendNew appends a sentence, unless it is there.
func appendNew(all []string, format string, args []any) []string {
	s := fmt.Sprintf(format, args...)
	if slices.Contains(all, s) {
		return all
	}
	return append(all, s)
}

// defaultField is used where none is asked for: of the fields of high affinity, it is
// the one about which Microsoft's pages and its own module agree, letter case aside.
const defaultField = entra.SubjectKeyIdentifier

const defaultNote = "SubjectKeyIdentifier was taken because no field was named: of SHA1PublicKey and IssuerAndSerialNumber, the others of high affinity, Microsoft documents two forms each; it counts once the tenant binds SubjectKeyIdentifier to certificateUserIds"

// Propose says for each certificate which user it is for, and which values he should
// have for the fields; with no fields, for SubjectKeyIdentifier. Certificates of one
// user share a row; rows are in the order of the certificates.
//
// What is not plain becomes a problem of the row: nobody is guessed.
func Propose(certificates []Source, users *entra.Users, fields []entra.Field) *Proposal {
	p := &proposer{finder: newFinder(users), rows: map[*entra.User]*Row{}, wanted: map[string][]*Row{}, fields: fields}
	if len(fields) == 0 {
		p.fields = []entra.Field{defaultField}
	}
	proposal := &Proposal{Schema: Schema, Rows: []*Row{}}
	for _, s := range certificates {
		row, isNew := p.row(s)
		if isNew {
			proposal.Rows = append(proposal.Rows, row)
		}
		p.addValues(row, s)
	}
	for u, row := range p.rows {
		p.judge(row, u)
	}
	if len(fields) == 0 && len(p.rows) > 0 {
		proposal.note(defaultNote)
	}
	if !users.KnowsIDs() && len(p.rows) > 0 {
		proposal.note("the users do not all tell their certificateUserIds: what there is now, and whether a value is another's, is looked up when the values are added")
	}
	for _, f := range p.fields {
		proposal.gather(f)
	}
	return proposal
}

// gather makes a note that all values of a field have one of the proposal.
func (p *Proposal) gather(f entra.Field) {
	var values []*Value
	for _, r := range p.Rows {
		for i := range r.Values {
			if r.Values[i].Field == f {
				values = append(values, &r.Values[i])
			}
		}
	}
	if len(values) == 0 || values[0].Note == "" {
		return
	}
	note := values[0].Note
	if slices.ContainsFunc(values, func(v *Value) bool { return v.Note != note }) {
		return
	}
	p.note("%s: %s", f, note)
	for _, v := range values {
		v.Note = ""
	}
}

type proposer struct {
	*finder
	rows   map[*entra.User]*Row
	wanted map[string][]*Row // by value, letter case aside; the first of them
	fields []entra.Field
}

// collision is how many rows that want one value are kept, so that each finds another.
const collision = 2

// row is the row of the user whom a certificate is for, or one for the certificate
// alone.
func (p *proposer) row(s Source) (row *Row, isNew bool) {
	u, err := p.user(s)
	if err != nil {
		row = &Row{Certificates: []string{s.Name}, Values: []Value{}}
		row.problem("%v", err)
		return row, true
	}
	if row = p.rows[u]; row != nil {
		if !slices.Contains(row.Certificates, s.Name) {
			row.Certificates = append(row.Certificates, s.Name)
		}
		return row, false
	}
	row = &Row{ID: u.ID, UPN: u.UPN, Certificates: []string{s.Name}, Values: []Value{}, Present: slices.Clone(u.CertificateUserIDs)}
	p.rows[u] = row
	return row, true
}

// addValues puts the values of a certificate into a row. They are shown for one that
// is nobody's, too, but wanted for nobody.
func (p *proposer) addValues(row *Row, s Source) {
	if s.Certificate.IsCA { // it is for no user at all
		return
	}
	var has []entra.Field
	for _, id := range entra.CertificateUserIDs(s.Certificate) {
		if !slices.Contains(p.fields, id.Field) {
			continue
		}
		has = append(has, id.Field)
		if slices.ContainsFunc(row.Values, func(v Value) bool { return v.Value == id.Value }) {
			continue
		}
		row.Values = append(row.Values, Value{Field: id.Field, Value: id.Value, Certificate: s.Name, Note: id.Note, Present: slices.Contains(row.Present, id.Value)})
		if why := badValue(id.Value); why != "" {
			row.problem("%s", why)
		}
		if key := strings.ToLower(id.Value); row.UPN != "" && len(p.wanted[key]) < collision && !slices.Contains(p.wanted[key], row) {
			p.wanted[key] = append(p.wanted[key], row)
		}
	}
	for _, f := range p.fields {
		switch {
		case slices.Contains(has, f):
		case len(has) == 0:
			row.problem("%s has no %s", preflight.Printable(s.Name), f)
		default:
			row.note("%s has no %s", preflight.Printable(s.Name), f)
		}
	}
}

// judge says what stands in the way of a user's values.
func (p *proposer) judge(row *Row, u *entra.User) {
	for _, v := range row.Values {
		p.judgeUnique(row, u, v)
	}
	total := len(row.Present) + len(row.missing())
	if why := tooMany(total); why != "" {
		row.problem("%s", why)
	} else if total > maxSynced {
		row.note("there would be %d values: one page of Microsoft's allows %d, another %d", total, maxValues, maxSynced)
	}
	if u.Disabled {
		row.note("the account is disabled")
	}
	if u.Guest {
		row.problem("a guest signs in at the tenant that he is from")
	}
	if u.Synced {
		row.onPremises()
	}
}

// judgeUnique looks for others who have a value or are to have it. Whether Entra ID
// compares letter case is not documented, so it is left aside.
func (p *proposer) judgeUnique(row *Row, u *entra.User, v Value) {
	key := strings.ToLower(v.Value)
	for _, other := range p.holders[key] {
		if other != u {
			row.problem("%s is among the certificateUserIds of %s, and may be so of one user only", preflight.Printable(v.Value), other)
			break
		}
	}
	for _, other := range p.wanted[key] {
		if other != row {
			row.problem("%s would be of %s, too, and may be of one user only: take another field, or another certificate", preflight.Printable(v.Value), preflight.Printable(other.UPN))
			break
		}
	}
	if !v.Present && slices.ContainsFunc(row.Present, func(has string) bool { return strings.EqualFold(has, v.Value) }) {
		row.note("%s is there in other letter case", preflight.Printable(v.Value))
	}
}

// onPremises leads what is to be added to where it can be set. Source: [source].
func (r *Row) onPremises() {
	missing := r.missing()
	if len(missing) == 0 {
		return
	}
	for _, value := range missing {
		if strings.HasPrefix(value, principalName) {
			r.note(`Active Directory has no altSecurityIdentities like %s: a rule of Entra Connect makes them of an attribute ("X509:<PN>"&[userPrincipalName])`, preflight.Printable(value))
			continue
		}
		r.OnPremises = append(r.OnPremises, value)
	}
	r.problem("the user is synchronised from Active Directory, where the values have to be set: as altSecurityIdentities, which a rule of Entra Connect brings to certificateUserIds, at most %d of them (%s)", maxSynced, source)
}
