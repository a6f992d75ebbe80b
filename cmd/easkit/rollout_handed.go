package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/profiles/rollout"
	"github.com/easkit/easkit/profiles/vault"
)

// deletedIs is what deleting promises.
const deletedIs = "Deleting\ntakes the name away; nothing can promise more on an SSD, in a container with soft delete or\nversions, or where there are snapshots and backups: --encrypt-to makes what stays of no use."

func registerDeleteAfter(cmd *cobra.Command, into *string) {
	cmd.Flags().StringVar(into, "delete-after", "", "delete from the target what was handed out as long ago as this: `DURATION`, such as 7d, 12h or 0 (default: never)")
}

// parseAge reads a number of days, or a duration as Go writes it; given says whether
// there is one.
func parseAge(flag, text string) (age time.Duration, given bool, err error) {
	if text == "" {
		return 0, false, nil
	}
	if digits, ok := strings.CutSuffix(text, "d"); ok {
		days, err := strconv.Atoi(digits)
		if err == nil && days >= 0 && days <= maxDays {
			return time.Duration(days) * 24 * time.Hour, true, nil
		}
	} else if age, err := time.ParseDuration(text); err == nil && age >= 0 {
		return age, true, nil
	}
	return 0, false, withHint(fmt.Errorf("%s %q is no length of time", flag, text), "give days, hours or 0: %s 7d", flag)
}

// ageAgo is the time that is as long ago as a flag says; zero where it isn't given.
func (a *app) ageAgo(flag, text string) (time.Time, error) {
	age, given, err := parseAge(flag, text)
	if err != nil || !given {
		return time.Time{}, err
	}
	return a.now().Add(-age), nil
}

// handing notes what is handed out of a target, and deletes what was. It may be nil,
// which does neither.
type handing struct {
	vault vault.Vault
	now   func() time.Time
	after time.Duration
	age   string                 // after, as it was given
	asked func(user string) bool // whose is deleted

	locks   []vault.Writer
	given   []*rollout.Entry
	staying map[artefact]bool // handed out by this call, and not deleted
}

// artefact names what one user has on a platform.
type artefact struct {
	user     string
	platform rollout.Platform
}

// handedAtOnce is how many artefacts are noted at a time.
const handedAtOnce = 200

// begin keeps runs from making anew what is to be deleted.
func (h *handing) begin(ctx context.Context, shares []rollout.Shard) error {
	if h == nil {
		return nil
	}
	if !slices.Contains(shares, rollout.Shard{}) {
		shares = append(slices.Clone(shares), rollout.Shard{})
	}
	for _, s := range shares {
		w, err := h.vault.Lock(ctx, rollout.LockName(s))
		if err != nil {
			return err
		}
		h.locks = append(h.locks, w)
	}
	return nil
}

// add takes an artefact that lies where it is handed out to.
func (h *handing) add(ctx context.Context, e *rollout.Entry) error {
	if h == nil {
		return nil
	}
	h.given = append(h.given, e)
	h.staying[artefact{e.User, e.Platform}] = true
	if len(h.given) < handedAtOnce {
		return nil
	}
	return h.note(ctx)
}

// note notes what was handed out so far. So does a call that fails later: each file is
// durable in the folder of -o before the next one is opened, and whoever looks there has
// it, whatever became of the others.
func (h *handing) note(ctx context.Context) error {
	if h == nil {
		return nil
	}
	err := rollout.HandOut(ctx, h.vault, h.now(), h.given...)
	h.given = nil
	return err
}

// delete notes the rest, and deletes what is due.
func (h *handing) delete(ctx context.Context, a *app) error {
	if h == nil {
		return nil
	}
	if err := h.note(ctx); err != nil {
		return err
	}
	now := h.now()
	n, err := rollout.DeleteHanded(ctx, h.vault, rollout.Deletion{
		Asked: h.asked, Until: now.Add(-h.after), Now: now,
		Each: func(l rollout.Handed) { delete(h.staying, artefact{l.User, l.Platform}) },
	})
	if n > 0 {
		a.say("%s deleted from the target, which takes the name away and no more: see --help", preflight.Counted(n, "profile"))
	}
	if staying := len(h.staying); staying > 0 && err == nil {
		a.say("%s, of those written now, not deleted: %s", preflight.Counted(staying, "profile"), h.why())
	}
	return err
}

// why says why what was handed out stays in the target.
func (h *handing) why() string {
	if h.after > 0 {
		return "a later call with --delete-after " + h.age + " does that, so long after they were first handed out"
	}
	return "another manifest of the target says that they were made anew since"
}

func (h *handing) end() error {
	if h == nil {
		return nil
	}
	var all []error
	for _, w := range h.locks {
		all = append(all, w.Unlock())
	}
	return errors.Join(all...)
}
