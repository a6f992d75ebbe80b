package preflight

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Code explains one code by which a service or a phone reports a failure.
type Code struct {
	ID     string   `json:"id"`              // stable: AADSTS50034, ios-9000, eas-126, http-403.16
	Names  []string `json:"names,omitempty"` // as others write it: MCCertificateErrorDomain 9000
	Title  string   `json:"title"`           // the cause in a few words
	Seen   string   `json:"seen"`            // who reports it, and where it is read
	Means  string   `json:"means"`           // what happened, and what is not known of it
	Check  []string `json:"check"`           // where to look, first thing first; what starts with easkit is a command
	Fix    string   `json:"fix"`             // what to do about it
	Basis  Basis    `json:"basis"`           // what the explanation rests on: its weakest part
	Source string   `json:"source"`          // URL or document
}

// FindCodes returns the codes of all that a query names, in the order of all.
// The query is an id or another name in any spelling ("AADSTS50034:",
// "aadsts 50034", "MCCertificateErrorDomain Code=9000"), a line of a log that
// holds one, or a bare number, which stands for every code with exactly that
// number; hexadecimal numbers start with 0x. Where the query is an id or a name
// as it stands, nothing else is returned.
func FindCodes(all []Code, query string) []Code {
	if exact := matching(all, fold(query)); len(exact) > 0 {
		return exact
	}
	numbers := spell(query)
	return filter(all, func(c Code) bool {
		return slices.ContainsFunc(numbers, func(n spelled) bool {
			return n.word == "" && n.number == c.Number() || slices.Contains(c.spellings(), n.word+n.number)
		})
	})
}

// NearCodes returns up to n codes to offer where [FindCodes] finds nothing: those
// of other kinds with the very number of the query, then those of its kind whose
// number is a slip of the finger away, nearest first.
func NearCodes(all []Code, query string, n int) []Code {
	type near struct {
		Code
		apart int
	}
	var found []near
	for _, q := range spell(query) {
		for _, c := range all {
			sameKind := q.word == "" || c.isCalled(q.word)
			if q.number == c.Number() || sameKind && isSlip(q.number, c.Number()) {
				found = append(found, near{c, apart(q.number, c.Number())})
			}
		}
	}
	slices.SortStableFunc(found, func(a, b near) int { return cmp.Compare(a.apart, b.apart) })
	var codes []Code
	for _, c := range found {
		if len(codes) < n && !slices.ContainsFunc(codes, func(d Code) bool { return d.ID == c.ID }) {
			codes = append(codes, c.Code)
		}
	}
	return codes
}

// CompareCodes orders codes by kind and then by number: AADSTS, eas, http, ios.
func CompareCodes(a, b Code) int {
	kindA, kindB := strings.TrimSuffix(a.ID, a.Number()), strings.TrimSuffix(b.ID, b.Number())
	mainA, subA := parts(a.Number())
	mainB, subB := parts(b.Number())
	return cmp.Or(strings.Compare(kindA, kindB), cmp.Compare(mainA, mainB), cmp.Compare(subA, subB))
}

// Number is the number that the id ends in: "50034", "403.16".
func (c Code) Number() string { return idNumber.FindString(c.ID) }

var idNumber = regexp.MustCompile(`\d+(\.\d+)?$`)

// parts splits a number at its point; numbers of ids are small.
func parts(number string) (main, sub int) {
	before, after, _ := strings.Cut(number, ".")
	main, _ = strconv.Atoi(before)
	sub, _ = strconv.Atoi(after)
	return main, sub
}

func filter(all []Code, keep func(Code) bool) []Code {
	var found []Code
	for _, c := range all {
		if keep(c) {
			found = append(found, c)
		}
	}
	return found
}

func matching(all []Code, folded string) []Code {
	return filter(all, func(c Code) bool { return slices.Contains(c.spellings(), folded) })
}

// spellings are the id and the names, folded.
func (c Code) spellings() []string {
	spellings := []string{fold(c.ID)}
	for _, name := range c.Names {
		spellings = append(spellings, fold(name))
	}
	return spellings
}

// fold leaves letters in lower case, and numbers.
func fold(s string) string {
	return strings.Join(codeTokens.FindAllString(strings.ToLower(s), -1), "")
}

// codeTokens are the words and numbers of a query.
var codeTokens = regexp.MustCompile(`0[xX][0-9a-fA-F]+|\d+(?:\.\d+)?|[A-Za-z]+`)

// fillers are words between the name of a kind and its number, or in its place,
// that say nothing: "EAS status 126", "Domain: MCEASErrorDomain Code: 21007".
var fillers = []string{"code", "error", "status", "domain", "nserror", "number", "iis", "osstatus", "the"}

// A spelled is a number in a query, in the form of ids, and the word that says
// what it is a number of; "" where none does.
type spelled struct{ word, number string }

// spell reads a query as words and numbers: to each number belongs the last word
// before it that is no filler.
func spell(query string) []spelled {
	var all []spelled
	word := ""
	for _, token := range codeTokens.FindAllString(query, -1) {
		if number, ok := decimal(token); ok {
			all = append(all, spelled{word, number})
		} else if lower := strings.ToLower(token); !slices.Contains(fillers, lower) {
			word = lower
		}
	}
	return all
}

// isCalled reports whether a code's id or one of its names is a word and the
// code's number.
func (c Code) isCalled(word string) bool {
	return slices.Contains(c.spellings(), word+fold(c.Number()))
}

// decimal returns a token that is a number in the form of ids.
func decimal(token string) (number string, ok bool) {
	if hex, found := strings.CutPrefix(strings.ToLower(token), "0x"); found {
		n, err := strconv.ParseUint(hex, 16, 64)
		return strconv.FormatUint(n, 10), err == nil
	}
	return token, token[0] >= '0' && token[0] <= '9'
}

// apart is how far two numbers are from each other, as integers.
func apart(a, b string) int {
	mainA, _ := parts(a)
	mainB, _ := parts(b)
	return max(mainA-mainB, mainB-mainA)
}

// isSlip reports whether two numbers differ by a slip: one digit more, less or
// other, or two neighbours exchanged. In short numbers each slip makes another
// number of sense.
func isSlip(a, b string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	same := 0
	for same < len(a) && a[same] == b[same] {
		same++
	}
	restA, restB := a[same:], b[same:]
	switch {
	case len(a) < 3 || a == b:
		return false
	case len(a) < len(b):
		return restA == restB[1:]
	case restA[1:] == restB[1:]:
		return true
	}
	return len(restA) > 1 && restA[0] == restB[1] && restA[1] == restB[0] && restA[2:] == restB[2:]
}
