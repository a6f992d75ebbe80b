package rollout

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/easkit/easkit/certs/signer"
)

const (
	alice = "alice@contoso.com"
	bob   = "bob@contoso.com"
)

// twoUsers is a rollout of Alice and Bob that was done.
func twoUsers(t *testing.T) (*company, Options) {
	t.Helper()
	c := newCompany(t)
	for _, user := range []string{alice, bob} {
		c.file(user+".p12", user)
		c.row(user, "", "", map[bool]string{true: "yes"}[user == bob])
	}
	o := c.options()
	o.Platforms = []Platform{IOS}
	c.do(o)
	return c, o
}

// forge puts Bob's profile in the place of Alice's, and has the manifest say that it was
// made so, as somebody does who can write to the target.
func (c *company) forge(v target) {
	c.t.Helper()
	file := func(user string) string { return user + ".mobileconfig" }
	bobs, before := v.text(file(bob)), c.content()[file(alice)]
	v.replace(file(alice), bobs)
	now := c.content()[file(alice)]
	v.replace("rollout.jsonl", strings.ReplaceAll(v.text("rollout.jsonl"), hexSum(before), hexSum(now)))
}

func hexSum(sum [sha256.Size]byte) string { return hex.EncodeToString(sum[:]) }

// sealAgain writes a seal that fits the manifest, by another signer or nobody, naming
// names, as somebody does who has no key of the company.
func (c *company) sealAgain(v target, by *signer.Signer, names string) {
	c.t.Helper()
	account, err := OpenAccount(c.t.Context(), v, Shard{})
	if err != nil {
		c.t.Fatal(err)
	}
	sum := account.Summary
	sum.Run.Signer, sum.Ended = names, runTime
	text := written(c.t, sum.WriteJSON)
	v.replace("rollout.json", text)
	if by == nil {
		v.gone("rollout.json.p7s")
		return
	}
	der, err := by.Sign([]byte(text), runTime, true)
	if err != nil {
		c.t.Fatal(err)
	}
	v.replace("rollout.json.p7s", string(der))
}

// A manifest that is not as the run left it refuses the next one, which names it, and
// writes nothing; moved away, it is in nobody's way.
func TestResumeRefusesChanged(t *testing.T) {
	other := newCompany(t).signer
	for _, test := range []struct {
		name     string
		unsigned bool // both runs
		change   func(c *company, v target)
	}{
		{"a line was changed", false, (*company).forge},
		{"a line was changed that nobody signed", true, (*company).forge},
		{"the signature is gone", false, func(_ *company, v target) { v.gone("rollout.json.p7s") }},
		{"sealed again, by somebody else in the signer's name", false, func(c *company, v target) {
			c.forge(v)
			c.sealAgain(v, other, Thumbprint(c.signer))
		}},
		{"sealed again, by nobody in the signer's name", false, func(c *company, v target) {
			c.forge(v)
			c.sealAgain(v, nil, Thumbprint(c.signer))
		}},
		{"it is garbled", false, func(_ *company, v target) { v.replace("rollout.jsonl", "{}\n"+v.text("rollout.jsonl")) }},
		{"it is shorter", false, func(_ *company, v target) { v.replace("rollout.jsonl", "") }},
		{"the summary is garbled", false, func(_ *company, v target) { v.replace("rollout.json", "x") }},
	} {
		t.Run(test.name, func(t *testing.T) {
			c, o := twoUsers(t)
			v := target{t, o.Vault}
			if test.unsigned {
				o.Request.Signer = nil
				c.do(o)
			}
			test.change(c, v)
			before := v.text("rollout.jsonl")
			changed := new(ChangedError)
			if sum, err := Do(t.Context(), o); sum != nil || !errors.As(err, &changed) || !errors.Is(err, ErrChanged) || changed.Manifest != "rollout.jsonl" {
				t.Fatalf("%+v, %v", sum, err)
			}
			if v.text("rollout.jsonl") != before {
				t.Error("something was written")
			}
			o.Shard = Shard{0, 2} // which reads it as well
			if _, err := Do(t.Context(), o); !errors.As(err, &changed) {
				t.Errorf("another share: %v", err)
			}
			o.Shard = Shard{}
			v.gone("rollout.jsonl")
			if sum, _ := c.do(o); sum.Counts[IOS][Done] != 2 {
				t.Errorf("without it: %+v", sum.Counts)
			}
			if _, err := VerifySeal(t.Context(), v, Shard{}); err != nil {
				t.Error(err)
			}
		})
	}
}

// A killed run's manifest is new, and the seal of one that was moved away is not its own.
func TestResumeMovedAway(t *testing.T) {
	c, o := twoUsers(t)
	v := target{t, o.Vault}
	v.gone("rollout.jsonl")
	v.run(Shard{}, madeRun(0), false, 0)
	if sum, _ := c.do(o); sum.Counts[IOS][Done] != 2 {
		t.Errorf("%+v", sum.Counts)
	}
}

// Of what another sealed, or nobody, a run with a signer keeps nothing, whatever inputs
// its lines name; and its own seal does not make that its own, in the runs after it.
func TestResumeForeign(t *testing.T) {
	other := newCompany(t).signer
	for name, by := range map[string]*signer.Signer{"nobody": nil, "another": other} {
		t.Run(name, func(t *testing.T) {
			c, o := twoUsers(t)
			v := target{t, o.Vault}
			c.forge(v)
			c.sealAgain(v, by, Thumbprint(by))
			size := int64(len(v.text("rollout.jsonl")))
			wave, err := ParseWave("pilot")
			if err != nil {
				t.Fatal(err)
			}
			o.Wave, o.ChangedOnly = wave, true // Bob's, who is known to have a profile
			sum, entries := c.do(o)
			if sum.Counts[IOS][Done] != 1 || entries[bob].Status != Done || sum.Unproven != size {
				t.Fatalf("%+v", sum)
			}
			for e, err := range ProvenArtefacts(t.Context(), v, []Shard{{}}, map[Shard]int64{{}: sum.Unproven}, nil) {
				if err != nil || e.User != bob {
					t.Errorf("proven is %+v, %v", e, err)
				}
			}
			for line, err := range ReadShares(t.Context(), v, []Shard{{}}, map[Shard]int64{{}: sum.Unproven}) {
				if e := line.Entry; err != nil || line.Run == nil || e != nil && e.User != bob && e.Status != Skipped {
					t.Errorf("read is %+v, %v", e, err)
				}
			}
			o.Wave, o.ChangedOnly = Wave{}, false
			sum, entries = c.do(o)
			if entries[alice].Status != Done || entries[bob].Status != Kept || sum.Unproven != size {
				t.Errorf("%+v\n%+v", sum, entries)
			}
			if sum, _ = c.do(o); sum.Counts[IOS][Kept] != 2 || sum.Unproven != size {
				t.Errorf("%+v", sum)
			}
		})
	}
}

// Lines that no run has sealed so far are those of a run that was killed.
func TestResumeUnsealed(t *testing.T) {
	c, o := twoUsers(t)
	v := target{t, o.Vault}
	v.gone("rollout.json")
	if sum, _ := c.do(o); sum.Counts[IOS][Kept] != 2 {
		t.Errorf("%+v", sum.Counts)
	}
	c.file(bob+".p12", bob)
	sealed, signature := v.text("rollout.json"), v.text("rollout.json.p7s")
	c.do(o)
	v.replace("rollout.json", sealed)
	v.replace("rollout.json.p7s", signature)
	if sum, _ := c.do(o); sum.Counts[IOS][Kept] != 2 {
		t.Errorf("after a seal: %+v", sum.Counts)
	}
}

// The seal of joined shards stands for what was joined where one signer signed all;
// otherwise a run goes by those of the shards.
func TestResumeMerged(t *testing.T) {
	other := newCompany(t).signer
	for _, test := range []struct {
		name       string
		shards, by func(c *company) *signer.Signer
		kept       int
	}{
		{"by the same", own, own, 2},
		{"by nobody", own, nobody, 2},
		{"by another", own, func(*company) *signer.Signer { return other }, 2},
		{"of nobody's", nobody, own, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			c, o := twoUsers(t)
			v := target{t, o.Vault}
			v.gone("rollout.jsonl")
			for i := range 2 {
				o.Shard, o.Request.Signer = Shard{i, 2}, test.shards(c)
				c.do(o)
			}
			merge := c.mergeOptions(t, o)
			merge.Signer = test.by(c)
			w, unlock := v.locked(Shard{})
			_, findings, err := Merge(t.Context(), v, w, merge)
			unlock()
			if err != nil || len(findings) > 0 {
				t.Fatal(findings, err)
			}
			o.Shard, o.Request.Signer = Shard{}, c.signer
			if merge.Signer == c.signer && test.kept == 0 { // the lines of shards are anybody's
				for _, name := range []string{"rollout-1-of-2.jsonl", "rollout-2-of-2.jsonl"} {
					v.gone(name)
				}
			}
			o.Now = func() time.Time { return runTime.Add(2 * time.Hour) }
			if sum, _ := c.do(o); sum.Counts[IOS][Kept] != test.kept {
				t.Errorf("%+v", sum.Counts)
			}
		})
	}
}

func own(c *company) *signer.Signer  { return c.signer }
func nobody(*company) *signer.Signer { return nil }
