package crl

import "time"

// found holds the entries that were asked for. A list can hold a hundred thousand
// of them, so they are kept as they stand there and read when somebody looks.
type found struct {
	at      []int32 // by the place of a serial in the set: 1 + index into records; 0 is not listed
	records []record
	rare    map[int]Entry // entries that a record can't hold
}

// record is an entry with a UTCTime and a reason of one byte.
type record struct {
	date   [utcTimeSize]byte
	reason uint8
}

// rarely marks a record whose entry is in found.rare.
const rarely = 0xff

func newFound(asked *Serials) found { return found{at: make([]int32, asked.Len())} }

// add remembers an entry; it answers whether there is one for that serial that
// revokes, which stays then. Any other gives its place to the new one, so that a
// list that repeats itself takes no memory.
func (f *found) add(i int, date []byte, e Entry) (twice bool) {
	if have, ok := f.entry(i); f.at[i] != 0 && ok && have.Reason != RemoveFromCRL {
		return true
	}
	r := record{reason: rarely}
	if len(date) == utcTimeSize && e.Invalid.IsZero() && e.Reason >= 0 && e.Reason < rarely {
		r.date, r.reason = [utcTimeSize]byte(date), uint8(e.Reason)
	} else {
		e.Revoked, _ = parseTime(date)
		if f.rare == nil {
			f.rare = map[int]Entry{}
		}
		f.rare[i] = e
	}
	if f.at[i] == 0 {
		f.records = append(f.records, record{})
		f.at[i] = int32(len(f.records))
	}
	f.records[f.at[i]-1] = r
	return false
}

func (f *found) entry(i int) (Entry, bool) {
	if f.at[i] == 0 {
		return Entry{}, false
	}
	r := f.records[f.at[i]-1]
	if r.reason == rarely {
		return f.rare[i], true
	}
	at, ok := parseTime(r.date[:])
	if !ok {
		at = time.Time{}
	}
	return Entry{Revoked: at, Reason: Reason(r.reason)}, true
}
