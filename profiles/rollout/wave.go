package rollout

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/easkit/easkit/certs/table"
)

// Wave is the part of a table that a run is for. The zero value is all of it.
type Wave struct {
	percent       int // of all; 0 where it goes by a column
	name          string
	column, value string // of COLUMN=VALUE
}

// Pilot is the wave of those who go first.
const Pilot = "pilot"

// ParseWave reads the name of a wave:
//
//   - 10% is the tenth of all users, by a hash of [Row.Key]: the same users whatever the
//     table's order, and all of them are part of 20%, too;
//   - COLUMN=VALUE is who has a value in a column, letter case aside;
//   - pilot is who has a yes in the column pilot, or else, in the column wave or ring,
//     pilot or a yes: the first wave is 1;
//   - COLUMN is who has a yes in a column of that name: yes, true, 1 or x;
//   - any other name is who has it in the column wave or ring.
//
// An empty one is all of the table.
func ParseWave(text string) (Wave, error) {
	text = strings.TrimSpace(text)
	if digits, ok := strings.CutSuffix(text, "%"); ok {
		percent, err := strconv.Atoi(strings.TrimSpace(digits))
		if err != nil || percent < 1 || percent > 100 {
			return Wave{}, fmt.Errorf("the wave %s is no share from 1%% to 100%%", quoted(text))
		}
		return Wave{percent: percent}, nil
	}
	column, value, byValue := strings.Cut(text, "=")
	if !byValue {
		return Wave{name: text}, nil
	}
	if table.Name(column) == "" || strings.TrimSpace(value) == "" {
		return Wave{}, fmt.Errorf("the wave %s is not of the form COLUMN=VALUE", quoted(text))
	}
	return Wave{column: column, value: strings.TrimSpace(value)}, nil
}

// String is the wave in the form that [ParseWave] reads.
func (w Wave) String() string {
	switch {
	case w.percent > 0:
		return strconv.Itoa(w.percent) + "%"
	case w.column != "":
		return w.column + "=" + w.value
	}
	return w.name
}

// yes are the words for it that people and spreadsheets write; German and French ones
// save TRUE as the last two.
var yes = []string{"yes", "true", "1", "x", "y", "wahr", "vrai"}

// waveTest is a wave in one table.
type waveTest struct {
	percent int
	column  int      // -1 for none
	words   []string // one of which the cell is
	seen    *seenWaves
}

// maxWaves bounds the waves that are named of a table.
const maxWaves = 10

// seenWaves are the first of the distinct cells in the column that a wave goes by, fit to
// be printed.
type seenWaves struct {
	names []string
	more  bool
}

func (s *seenWaves) add(cell string) {
	switch {
	case cell == "" || s.more:
	case slices.ContainsFunc(s.names, func(name string) bool { return strings.EqualFold(name, quoted(cell)) }):
	case len(s.names) == maxWaves:
		s.more = true
	default:
		s.names = append(s.names, quoted(cell))
	}
}

// Waves are the waves that the rows have which were read so far, quoted, at most ten: the
// distinct cells of the column that [TableOptions.Wave] goes by. There are none where it
// goes by a share, or nobody is in one; more says that there are others.
func (t *Table) Waves() (names []string, more bool) {
	if t.wave.seen == nil {
		return nil, false
	}
	return slices.Clone(t.wave.seen.names), t.wave.seen.more
}

// in finds the column that a wave goes by; ofWaves is where the column of waves is.
func (w Wave) in(t *table.Table, ofWaves int) (waveTest, error) {
	test := waveTest{percent: w.percent, column: -1}
	switch {
	case w == Wave{}, w.percent > 0:
		return test, nil
	case w.column != "":
		at, err := theColumn(t, w.column)
		return waveTest{column: at, words: []string{w.value}}, err
	}
	named, err := t.Only(table.Name(w.name))
	if err != nil {
		return test, err
	}
	words := []string{w.name}
	if table.Name(w.name) == Pilot {
		words = append(words, yes...)
	}
	switch {
	case named >= 0:
		return waveTest{column: named, words: append(words, yes...)}, nil
	case ofWaves >= 0:
		return waveTest{column: ofWaves, words: words}, nil
	}
	return test, fmt.Errorf("who is in the wave %s can't be told: there is no column of that name, nor one called wave or ring, but %s",
		quoted(w.name), t.Columns())
}

// has reports whether the row that t is at is in the wave.
func (w waveTest) has(t *table.Table, key string) (bool, error) {
	if w.column < 0 {
		return w.percent == 0 || percentile(key) < w.percent, nil
	}
	cell, err := t.Cell(w.column)
	if w.seen != nil {
		w.seen.add(cell)
	}
	return slices.ContainsFunc(w.words, func(word string) bool { return strings.EqualFold(word, cell) }), err
}

// percentile is a number from 0 to 99 that a user always gets. It goes by other bytes of
// the hash than [Shard], so that each shard has its part of every wave.
func percentile(key string) int {
	sum := sha256.Sum256([]byte(key))
	return int(binary.BigEndian.Uint64(sum[8:16]) % 100)
}
