package rollout

import (
	"fmt"
	"io"
	"iter"
)

// surveyed is the table as it was when it was read first. The run is for that content.
type surveyed struct {
	people *People
	digest Digest
	rows   int // of the share
}

// survey reads the table for the first time: who is in it.
func (o *Options) survey() (*surveyed, error) {
	r, err := o.Table.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	content := newMeter(r)
	t, err := ReadTable(content, TableOptions{Map: o.Columns, Wave: o.Wave})
	if err != nil {
		return nil, err
	}
	u := &surveyed{}
	u.people, err = Survey(t, func(record Record) {
		if o.Shard.Has(record.Key()) {
			u.rows++
		}
	})
	if err != nil {
		return nil, err
	}
	u.digest = content.digest(o.Table.Name)
	return u, nil
}

// records reads the table again. Whoever goes through it to its end learns of a table that
// is not the one that was surveyed any more; until then, the rows are taken for the same.
func (r *run) records() iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		text, err := r.Table.Open()
		if err != nil {
			yield(Record{}, err)
			return
		}
		defer text.Close()
		content := newMeter(text)
		t, err := ReadTable(content, TableOptions{Map: r.Columns, Wave: r.Wave, People: r.people})
		for err == nil {
			var record Record
			if record, err = t.Next(); err == nil && !yield(record, nil) {
				return
			}
		}
		if err = r.concluded(content, err); err != nil {
			yield(Record{}, err)
		}
	}
}

// concluded is what is to be said of a reading that ended with err: a row that can't be
// understood, or a table without columns, is one that somebody is just writing, since the
// first reading had none.
func (r *run) concluded(content *meter, err error) error {
	_, unread := io.Copy(io.Discard, io.LimitReader(content, MaxTable))
	switch {
	case unread == nil && content.digest(r.Table.Name) != r.digest:
		return r.tableChanged()
	case err == io.EOF:
		return unread
	}
	return err
}

func (r *run) tableChanged() error { return fmt.Errorf("%.100q: %w", r.Table.Name, ErrTableChanged) }
