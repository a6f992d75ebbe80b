package ticket

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/easkit/easkit/certs"
)

// Make makes a ticket. The secrets in what it returns are kept nowhere else.
func (s *Store) Make(ctx context.Context, o Order) (*Made, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	p, err := newPackage(newID(), o.SignIn, o.Files, o.Life)
	if err != nil {
		return nil, err
	}
	var r *row
	err = s.change(ctx, func(ctx context.Context, tx *sql.Tx) error {
		if err := s.note(ctx, tx, p.id, o, p.lookup, ""); err != nil {
			return err
		}
		r, err = s.fill(ctx, tx, p)
		return err
	})
	if err != nil {
		return nil, s.in("adding to", err)
	}
	return &Made{Ticket: r.Ticket, Token: Token(p.secret.text()), PIN: p.pin}, nil
}

// Ask notes that a ticket is wanted, to be fulfilled by somebody who has the rollout's
// key. A user who waits already for a ticket with the same way to sign in is not put down
// twice: that ticket is returned.
func (s *Store) Ask(ctx context.Context, user, by string, how SignIn) (*Ticket, error) {
	o := Order{User: user, By: by, SignIn: how}
	if err := o.check(); err != nil {
		return nil, err
	}
	var r row
	err := s.change(ctx, func(ctx context.Context, tx *sql.Tx) error {
		const oneEach = "ON CONFLICT (canonical, sign_in) WHERE lookup IS NULL AND ended IS NULL DO NOTHING"
		if err := s.note(ctx, tx, newID(), o, nil, oneEach); err != nil {
			return err
		}
		const waiting = " WHERE canonical = ?2 AND sign_in = ?3 AND lookup IS NULL AND ended IS NULL"
		return r.scan(tx.QueryRowContext(ctx, selectTicket+waiting, s.now().UnixMilli(), certs.CanonicalAddress(user), how))
	})
	if err != nil {
		return nil, s.in("adding to", err)
	}
	return &r.Ticket, nil
}

// note adds the line of a ticket, which is pending without a lookup.
func (s *Store) note(ctx context.Context, tx *sql.Tx, id string, o Order, lookup []byte, conflict string) error {
	search := strings.ToLower(o.User + "\n" + o.By + "\n" + id)
	_, err := tx.ExecContext(ctx, `INSERT INTO tickets (id, user, canonical, by, search, sign_in, made, lookup)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?) `+conflict,
		id, o.User, certs.CanonicalAddress(o.User), o.By, search, o.SignIn, s.now().UnixMilli(), lookup)
	return err
}

// Fulfil turns a pending ticket into one that is ready. life is 0 for [DefaultLife]. The
// error is [ErrNone] where there is no such ticket, and [ErrNotPending] where it waits
// no more, for instance since another process was faster.
func (s *Store) Fulfil(ctx context.Context, id string, files []File, life time.Duration) (*Made, error) {
	asked, err := s.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	p, err := newPackage(asked.ID, asked.SignIn, files, life)
	if err != nil {
		return nil, err
	}
	var r *row
	err = s.change(ctx, func(ctx context.Context, tx *sql.Tx) error {
		if r, err = s.byID(ctx, tx, p.id); err != nil {
			return err
		}
		if r.State != Pending {
			return fmt.Errorf("ticket %s is %s: %w", p.id, r.State, ErrNotPending)
		}
		r, err = s.fill(ctx, tx, p)
		return err
	})
	if err != nil {
		return nil, s.in("adding to", err)
	}
	return &Made{Ticket: r.Ticket, Token: Token(p.secret.text()), PIN: p.pin}, nil
}

// sealedPackage is what fills a ticket: made before the transaction, which others wait for.
type sealedPackage struct {
	id      string
	life    time.Duration
	secret  secret
	pin     PIN
	lookup  []byte
	pinHash []byte // nil without a PIN
	files   []Named
	refs    []string
	sealed  [][]byte
}

func newPackage(id string, how SignIn, files []File, asked time.Duration) (*sealedPackage, error) {
	lives, err := life(asked)
	if err := errors.Join(err, checkFiles(files)); err != nil {
		return nil, err
	}
	p := &sealedPackage{id: id, life: lives, secret: newSecret()}
	if p.lookup, err = p.secret.key(forLookup); err != nil {
		return nil, err
	}
	if how == ByPIN {
		if p.pin, err = newPIN(); err != nil {
			return nil, err
		}
		if p.pinHash, err = p.secret.pinHash(p.pin); err != nil {
			return nil, err
		}
	}
	box, err := newParcel(id, p.secret)
	if err != nil {
		return nil, err
	}
	for n, f := range files {
		p.files = append(p.files, Named{Name: f.Name, Kind: f.Kind})
		p.refs = append(p.refs, f.Ref)
		p.sealed = append(p.sealed, box.seal(n, f))
	}
	return p, nil
}

// fill gives a pending ticket its link and its files.
func (s *Store) fill(ctx context.Context, tx *sql.Tx, p *sealedPackage) (*row, error) {
	now := s.now()
	kinds := make([]string, len(p.files))
	for n, f := range p.files {
		kinds[n] = string(f.Kind)
	}
	_, err := tx.ExecContext(ctx, "UPDATE tickets SET made = ?, expires = ?, kinds = ?, lookup = ?, pin = ? WHERE id = ?",
		now.UnixMilli(), now.Add(p.life).UnixMilli(), strings.Join(kinds, kindSep), p.lookup, p.pinHash, p.id)
	if err != nil {
		return nil, err
	}
	r, err := s.byID(ctx, tx, p.id)
	if err != nil {
		return nil, err
	}
	for n, f := range p.files {
		_, err := tx.ExecContext(ctx, "INSERT INTO files (ticket, n, name, kind, ref, sealed) VALUES (?, ?, ?, ?, ?, ?)",
			r.seq, n, f.Name, f.Kind, p.refs[n], p.sealed[n])
		if err != nil {
			return nil, err
		}
	}
	return r, nil
}
