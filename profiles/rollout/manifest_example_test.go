package rollout_test

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/profiles/rollout"
	"github.com/easkit/easkit/profiles/vault"
)

// A run accounts for its rows, and ends in a summary that says how they ended.
func ExampleManifest() {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	if err := account(context.Background(), dir); err != nil {
		fmt.Println(err)
	}
	// Output:
	// 3 rows: 1 profile failed, 1 left
	// Begun 2026-11-21 12:00 UTC, took 4m12s, table users.csv, template exchange-online, easkit v1.0.0, not signed
	//
	//            ios
	//      done    1
	//      kept    0
	//    failed    1
	//   skipped    0
	//      left    1
	//      rows    3
	//
	// By check
	//   row.identity: 1 failed: bob@contoso.com
	//     bob.p12 is alice@contoso.com's
	//     fix: put the user's own .p12 into the folder under their UPN, or name its path in the column identity
	//
	// Manifest rollout.jsonl, SHA-256 11a22099
}

func account(ctx context.Context, dir string) error {
	target, err := vault.Open(ctx, dir, vault.Options{})
	if err != nil {
		return err
	}
	defer target.Close()
	all := rollout.Shard{}
	w, err := target.Lock(ctx, rollout.LockName(all))
	if err != nil {
		return err
	}
	defer w.Unlock()
	begun := time.Date(2026, time.November, 21, 12, 0, 0, 0, time.UTC)
	m, err := rollout.Begin(ctx, target, w, all, rollout.Run{
		Begun: begun, Version: "v1.0.0", Platforms: []rollout.Platform{rollout.IOS},
		Table: rollout.Digest{Name: "users.csv"}, Template: rollout.Digest{Name: "exchange-online"},
	})
	if err != nil {
		return err
	}
	notBobs := rollout.RowFinding(rollout.RowIdentity, 3, fmt.Errorf("bob.p12 is alice@contoso.com's"))
	for _, e := range []rollout.Entry{
		{User: "alice@contoso.com", Line: 2, Platform: rollout.IOS, Status: rollout.Done},
		{User: "bob@contoso.com", Line: 3, Platform: rollout.IOS, Status: rollout.Failed, Findings: []preflight.Finding{notBobs}},
	} {
		if err := m.Add(ctx, e); err != nil {
			return err
		}
	}
	sum, err := m.Seal(ctx, 3, begun.Add(4*time.Minute+12*time.Second), nil)
	if err != nil {
		return err
	}
	sum.Manifest.SHA256 = sum.Manifest.SHA256[:8]
	return sum.WriteText(os.Stdout)
}
