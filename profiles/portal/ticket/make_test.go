package ticket

import "testing"

// Who waits for a ticket can be given one all the same, as often as need be.
func TestMakeBesideAPendingTicket(t *testing.T) {
	s := open(t, t.TempDir(), newClock())
	o := order(ByPIN)
	asked, err := s.Ask(t.Context(), o.User, o.By, o.SignIn)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if m := mustMake(t, s, o); m.ID == asked.ID || m.State != Ready {
			t.Errorf("%+v", m.Ticket)
		}
	}
	if now, err := s.Get(t.Context(), asked.ID); err != nil || now.State != Pending {
		t.Errorf("the one that was asked for: %+v, %v", now, err)
	}
}
