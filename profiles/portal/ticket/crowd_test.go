package ticket

import (
	"errors"
	"fmt"
	"sync"
	"testing"
)

// clients come at the same moment.
const clients = 100

// atOneMoment lets all clients go at once and counts how they fare.
func atOneMoment(try func(n int) error) map[error]int {
	start, ends := make(chan struct{}), make([]error, clients)
	var all sync.WaitGroup
	for n := range clients {
		all.Go(func() {
			<-start
			ends[n] = try(n)
		})
	}
	close(start)
	all.Wait()
	counts := map[error]int{}
	for _, err := range ends {
		counts[err]++
	}
	return counts
}

// stores opens the folder twice, as two processes would.
func stores(t *testing.T) []*Store {
	dir, c := t.TempDir(), newClock()
	return []*Store{open(t, dir, c), open(t, dir, c)}
}

func TestOneOfManyClientsGetsIt(t *testing.T) {
	two := stores(t)
	m := mustMake(t, two[0], order(ByPIN))
	counts := atOneMoment(func(n int) error {
		_, _, err := two[n%2].Redeem(t.Context(), m.Token, Proof{PIN: m.PIN})
		return err
	})
	if counts[nil] != 1 || counts[ErrUsed] != clients-1 {
		t.Errorf("got %v", counts)
	}
}

func TestManyGuessesCountAll(t *testing.T) {
	two := stores(t)
	m := mustMake(t, two[0], order(ByPIN))
	counts := atOneMoment(func(n int) error {
		_, _, err := two[n%2].Redeem(t.Context(), m.Token, Proof{PIN: otherPIN(m.PIN)})
		return err
	})
	if counts[ErrPIN] != Attempts-1 || counts[ErrLocked] != clients-Attempts+1 {
		t.Errorf("got %v", counts)
	}
	if now, err := two[1].Get(t.Context(), m.ID); err != nil || now.State != Locked || now.Left != 0 {
		t.Errorf("%+v, %v", now, err)
	}
}

// However many guess at the same moment, five PINs are looked at: the right one among many
// gets in as seldom as its place in the queue is one of the first five. Were the PINs looked
// at before the wrong ones are counted, it would get in nearly always.
func TestGuessesAtOneMomentDoNotHelp(t *testing.T) {
	const rounds = 20
	s, in := open(t, t.TempDir(), newClock()), 0
	for range rounds {
		m := mustMake(t, s, order(ByPIN))
		counts := atOneMoment(func(n int) error {
			pin := otherPIN(m.PIN)
			if n == clients/2 {
				pin = m.PIN
			}
			_, _, err := s.Redeem(t.Context(), m.Token, Proof{PIN: pin})
			return err
		})
		in += counts[nil]
	}
	if in > rounds/2 {
		t.Errorf("of %d crowds of %d guessers, %d got in", rounds, clients, in)
	}
}

func TestOneOfManyFulfils(t *testing.T) {
	two := stores(t)
	asked, err := two[0].Ask(t.Context(), "alice@contoso.com", "desk", ByPIN)
	if err != nil {
		t.Fatal(err)
	}
	counts := atOneMoment(func(n int) error {
		_, err := two[n%2].Fulfil(t.Context(), asked.ID, order(ByPIN).Files, 0)
		if errors.Is(err, ErrNotPending) {
			return ErrNotPending
		}
		return err
	})
	if counts[nil] != 1 || counts[ErrNotPending] != clients-1 {
		t.Errorf("got %v", counts)
	}
}

// Everything goes on beside everything else, and nothing is in its way.
func TestManyAtWork(t *testing.T) {
	two := stores(t)
	counts := atOneMoment(func(n int) error {
		a, b := two[n%2], two[(n+1)%2]
		o := order(ByPIN)
		o.User = fmt.Sprintf("user%d@contoso.com", n)
		m, err := a.Make(t.Context(), o)
		if err != nil {
			return err
		}
		session, _, err := b.Redeem(t.Context(), m.Token, Proof{PIN: m.PIN})
		if err != nil {
			return err
		}
		_, err = fetch(t.Context(), a, m.Token, session, "alice.password")
		_, listErr := b.List(t.Context(), Query{Text: o.User})
		return errors.Join(err, listErr, fetched(t.Context(), b, m.Token, "alice.password"), a.Purge(t.Context()))
	})
	if counts[nil] != clients {
		t.Errorf("got %v", counts)
	}
}

func TestManyOpenANewFolder(t *testing.T) {
	dir, c := t.TempDir(), newClock()
	counts := atOneMoment(func(int) error {
		s, err := Open(t.Context(), dir, c.now)
		if err != nil {
			return err
		}
		return s.Close()
	})
	if counts[nil] != clients {
		t.Errorf("got %v", counts)
	}
}
