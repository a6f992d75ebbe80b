package userids

import (
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"testing"
	"time"

	"github.com/easkit/easkit/certs/graph/graphtest"
)

// TestBackup: what is to be changed is kept before anything is, and nothing else.
func TestBackup(t *testing.T) {
	g := newTenantGraph(t, graphtest.Options{})
	var kept [][]byte
	o := Options{Now: func() time.Time { return testClock }, Backup: func(text []byte) (string, error) {
		if g.writes() > 0 {
			t.Error("the back-up comes after a write")
		}
		kept = append(kept, text)
		return "backup.json", nil
	}}
	synced := func(p *Plan) { p.Rows[1].UPN = "nobody@contoso.com" }
	for _, where := range []string{"backup.json", ""} { // in the second run there is nothing to keep
		if r, err := Apply(context.Background(), g.client, g.plan(t, synced), o); err != nil || r.Backup != where {
			t.Fatalf("%+v, %v", r, err)
		}
	}
	if len(kept) != 1 {
		t.Fatalf("%d back-ups", len(kept))
	}
	var got Saved
	if err := json.Unmarshal(kept[0], &got); err != nil {
		t.Fatal(err)
	}
	want := Saved{Schema: SavedSchema, Tenant: tenant, At: testClock, Rows: []SavedUser{{g.ids[alice], alice, []string{aliceHas}}}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s", kept[0])
	}
}

// TestBackupFails: what can't be kept is not changed.
func TestBackupFails(t *testing.T) {
	g := newTenantGraph(t, graphtest.Options{})
	full := errors.New("the disk is full")
	r, err := Apply(context.Background(), g.client, g.plan(t), Options{Backup: func([]byte) (string, error) { return "", full }})
	if !errors.Is(err, full) || summary(r) != "0 written, 0 already, 0 unseen, 2 left" || g.writes() > 0 {
		t.Errorf("%s (%v), %d writes", summary(r), err, g.writes())
	}
}
