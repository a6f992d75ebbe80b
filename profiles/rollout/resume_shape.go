package rollout

import (
	"math"
	"strings"
)

// shapes keeps the names of files without the users' own part: for all users they are
// the same few.
type shapes struct {
	numbers map[string]int16
	lists   []string
}

func newShapes() shapes { return shapes{numbers: map[string]int16{}} }

// noShape is the number of names that don't follow from the user's: such an artefact is
// made again.
const noShape = -1

// unresolved is the number of those that the entry has which made them, while that was
// not read.
const unresolved = -2

// What stands in a shape for the user's own part, and between names. Neither prints, so
// that no name has them.
const (
	ownPart    = "\x00"
	nextShaped = "\x01"
)

// number gives the shape of an entry's files.
func (s *shapes) number(e *Entry) int16 {
	own := artefactName(e.User)
	var list []string
	for _, f := range e.Files {
		if !strings.Contains(f.Name, own) || strings.ContainsAny(f.Name, ownPart+nextShaped) {
			return noShape
		}
		list = append(list, strings.ReplaceAll(f.Name, own, ownPart))
	}
	shape := strings.Join(list, nextShaped)
	number, known := s.numbers[shape]
	if !known {
		if len(s.lists) == math.MaxInt16 {
			return noShape
		}
		number = int16(len(s.lists))
		s.numbers[shape] = number
		s.lists = append(s.lists, shape)
	}
	return number
}

// names gives the names of a shape for a user.
func (s *shapes) names(number int16, own string) []string {
	if number < 0 || s.lists[number] == "" {
		return nil
	}
	return strings.Split(strings.ReplaceAll(s.lists[number], ownPart, own), nextShaped)
}
