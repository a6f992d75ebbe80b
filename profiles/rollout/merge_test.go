package rollout

import (
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"

	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/certs/preflight/checktest"
)

const mergeRows, mergeShards = 40, 3

// tableOf gives rows 2 and following, as a table has them after its header.
func tableOf(rows int) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		for line := 2; line < rows+2; line++ {
			if !yield(Row{Line: line, User: userOf(line)}, nil) {
				return
			}
		}
	}
}

// shareOf is the entries of a shard.
func shareOf(s Shard, change func(*Entry)) (entries []Entry) {
	for line := 2; line < mergeRows+2; line++ {
		if !s.Has(userOf(line)) {
			continue
		}
		for _, p := range []Platform{IOS, Android} {
			e := made(line, Done, p, "x")
			if change != nil {
				change(&e)
			}
			entries = append(entries, e)
		}
	}
	return entries
}

// shards writes all shards of a rollout, with an earlier run in each that was killed.
func (t target) shards() {
	t.Helper()
	for i := range mergeShards {
		s := Shard{i, mergeShards}
		entries := shareOf(s, nil)
		t.run(s, madeRun(0, IOS, Android), false, 0, entries[:len(entries)/2]...)
		t.run(s, madeRun(1, IOS, Android), true, len(entries)/2, entries...)
	}
}

func (t target) merge(o MergeOptions) (*Summary, []preflight.Finding, error) {
	t.Helper()
	w, unlock := t.locked(Shard{})
	defer unlock()
	return Merge(t.Context(), t, w, o)
}

func mergeOptions() MergeOptions {
	return MergeOptions{Shards: mergeShards, Table: madeRun(0).Table, Rows: tableOf(mergeRows), Version: "v1.0.0", Now: madeAt.AddDate(0, 0, 1)}
}

func TestMerge(t *testing.T) {
	by, _ := signerOf(t)
	v := newTarget(t)
	v.run(Shard{}, madeRun(-5), false, 0, bareEntry(2, Failed, IOS)) // of before it was done in shards
	v.shards()
	o := mergeOptions()
	o.Signer = by
	sum, findings, err := v.merge(o)
	if err != nil || len(findings) > 0 {
		t.Fatalf("%+v, %v", findings, err)
	}
	if sum.Rows != mergeRows || sum.Counts[IOS][Done] != mergeRows || sum.Counts[Android][Done] != mergeRows || len(sum.Merged) != mergeShards || sum.Run.Merged != mergeShards {
		t.Errorf("the summary is %+v", sum)
	}
	sealed, err := VerifySeal(t.Context(), v, Shard{})
	if err != nil || sealed.Signature == nil {
		t.Errorf("%+v, %v", sealed, err)
	}
	a, err := OpenAccount(t.Context(), v, Shard{})
	if err != nil {
		t.Fatal(err)
	}
	var lines []int
	for e, err := range a.Entries() {
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, e.Line)
	}
	slices.Sort(lines)
	if len(lines) != 2*mergeRows || lines[0] != 2 || lines[len(lines)-1] != mergeRows+1 {
		t.Errorf("the lines are %v", lines)
	}
	if !strings.Contains(written(t, a.WriteText), "joined from 3 shards") {
		t.Error("the text doesn't say that it was joined")
	}
	x, err := LoadIndex(t.Context(), v, Shard{})
	if err != nil || len(x.records) != 2*mergeRows {
		t.Errorf("a run after it knows of %d, %v", len(x.records), err)
	}

	// Joined again, nothing is written.
	before := v.text("rollout.jsonl")
	o.Now = o.Now.AddDate(0, 0, 1)
	again, findings, err := v.merge(o)
	if err != nil || len(findings) > 0 || !again.Ended.Equal(sum.Ended) || v.text("rollout.jsonl") != before {
		t.Errorf("joined again: %+v, %v, %v", again, findings, err)
	}
}

// Fields that this version doesn't know stay.
func TestMergeKeepsUnknownFields(t *testing.T) {
	v := newTarget(t)
	v.shards()
	for i := range mergeShards {
		s := Shard{i, mergeShards}
		text := strings.ReplaceAll(v.text(ManifestName(s)), `{"user":`, `{"new":[1,2],"user":`)
		v.replace(ManifestName(s), text)
		content, err := contentOf(t.Context(), v, ManifestName(s))
		if err != nil {
			t.Fatal(err)
		}
		old, _, err := readSummary(t.Context(), v, s)
		if err != nil {
			t.Fatal(err)
		}
		old.Manifest = content
		v.replace(SummaryName(s), written(t, old.WriteJSON))
	}
	if _, findings, err := v.merge(mergeOptions()); err != nil || len(findings) > 0 {
		t.Fatalf("%+v, %v", findings, err)
	}
	if n := strings.Count(v.text("rollout.jsonl"), `"new":[1,2]`); n != 2*mergeRows {
		t.Errorf("%d of %d have the field", n, 2*mergeRows)
	}
}

// Each mistake is told with the shard or row, and nothing is written.
func TestMergeRefuses(t *testing.T) {
	second := Shard{1, mergeShards}
	// mine is a line of the second shard, theirs one of another.
	mine, theirs := 0, 0
	for line := 2; line < mergeRows+2; line++ {
		if second.Has(userOf(line)) {
			mine = line
		} else {
			theirs = line
		}
	}
	redo := func(change func(*Run), entries func([]Entry) []Entry) func(target) {
		return func(v target) {
			r := madeRun(2, IOS, Android)
			if change != nil {
				change(&r)
			}
			all := shareOf(second, nil)
			if entries != nil {
				all = entries(all)
			}
			v.run(second, r, true, (len(all)+1)/2, all...)
		}
	}
	for _, test := range []struct {
		name   string
		change func(v target)
		value  string
		want   string
	}{
		{"no manifest", func(v target) { v.gone(ManifestName(second)); v.gone(SummaryName(second)) }, "missing-manifest", "shard 2 of 3 has no manifest: there is no rollout-2-of-3.jsonl"},
		{"no seal", func(v target) { v.gone(SummaryName(second)) }, "unsealed", "shard 2 of 3 did not end"},
		{"killed since", func(v target) { v.run(second, madeRun(5, IOS, Android), false, 0) }, "unsealed", "shard 2 of 3 did not end"},
		{"changed since", func(v target) {
			v.replace(ManifestName(second), strings.Replace(v.text(ManifestName(second)), "user", "usex", 1))
		}, "changed", "shard 2 of 3: \"rollout-2-of-3.jsonl\": it is not as it was"},
		{"another table", redo(func(r *Run) { r.Table.SHA256 = hexOf("other") }, nil), "differs", "shard 1 of 3 and shard 2 of 3 have different tables"},
		{"another template", redo(func(r *Run) { r.Template.SHA256 = hexOf("other") }, nil), "differs", "different templates"},
		{"another version", redo(func(r *Run) { r.Version = "v2.0.0" }, nil), "differs", `different versions of easkit: "v1.0.0" and "v2.0.0"`},
		{"another wave", redo(func(r *Run) { r.Wave = "10%" }, nil), "differs", `different waves: "" and "10%"`},
		{"other options", redo(func(r *Run) { r.Options = map[string]string{"auth": "direct"} }, nil), "differs", "different options"},
		{"other platforms", redo(func(r *Run) { r.Platforms = []Platform{Android, IOS} }, nil), "differs", "different platforms"},
		{"a row is missing", redo(nil, func(all []Entry) []Entry {
			return slices.DeleteFunc(all, func(e Entry) bool { return e.Line == mine })
		}), "missing", fmt.Sprintf("line %d: no shard accounts for it for android", mine)},
		{"a row is missing on one platform", redo(nil, func(all []Entry) []Entry {
			return slices.DeleteFunc(all, func(e Entry) bool { return e.Line == mine && e.Platform == IOS })
		}), "missing", fmt.Sprintf("line %d: no shard accounts for it for ios", mine)},
		{"a row was done by two", redo(nil, func(all []Entry) []Entry {
			return append(all, made(theirs, Done, IOS, "x"), made(theirs, Done, Android, "x"))
		}), "twice", fmt.Sprintf("line %d (%s): ", theirs, userOf(theirs))},
		{"a row of another shard", redo(nil, func(all []Entry) []Entry {
			return append(all, made(theirs, Done, IOS, "x"), made(theirs, Done, Android, "x"))
		}), "other-shard", fmt.Sprintf("line %d (%s): shard 2 of 3 did it, and it is another's", theirs, userOf(theirs))},
		{"a row that the table hasn't", redo(nil, func(all []Entry) []Entry {
			return append(all, made(900, Done, IOS, "x"), made(900, Done, Android, "x"))
		}), "stranger", "shard 2 of 3 has line 900 (user900@contoso.com), which is not in the table"},
		{"another user in a row", redo(nil, func(all []Entry) []Entry {
			all[0].User = "eve@contoso.com"
			return all
		}), "other-user", "shard 2 of 3 has eve@contoso.com, and the table has another user there"},
		{"rows that were left", func(v target) {
			all := shareOf(second, nil)
			v.run(second, madeRun(2, IOS, Android), true, len(all)/2, all[:4]...)
		}, "left", "shard 2 of 3 left "},
	} {
		t.Run(test.name, func(t *testing.T) {
			v := newTarget(t)
			v.shards()
			test.change(v)
			sum, findings, err := v.merge(mergeOptions())
			if err != nil || sum != nil {
				t.Fatalf("%+v, %v", sum, err)
			}
			if !slices.ContainsFunc(findings, func(f preflight.Finding) bool {
				return f.Check == RowOutput && f.Status == preflight.StatusFail && f.Value == test.value && strings.Contains(f.Message, test.want)
			}) {
				t.Errorf("%s: %q is not among %+v", test.value, test.want, findings)
			}
			for _, f := range findings {
				checktest.Finding(t, f)
			}
			if _, err := v.Open(t.Context(), "rollout.jsonl"); err == nil {
				t.Error("they were joined")
			}
		})
	}
}

// A table that the shards were not made of is told, and findings are few however many
// rows are wrong.
func TestMergeWithAnotherTable(t *testing.T) {
	v := newTarget(t)
	v.shards()
	o := mergeOptions()
	o.Table.SHA256, o.Rows = hexOf("other"), tableOf(mergeRows+500)
	_, findings, err := v.merge(o)
	if err != nil || len(findings) != 1+findingsOfKind+1 {
		t.Fatalf("%d findings, %v", len(findings), err)
	}
	if f := findings[0]; f.Value != "differs" || !strings.Contains(f.Message, "shard 1 of 3 was made of another table than users.csv") {
		t.Errorf("the first is %+v", f)
	}
	if f := findings[len(findings)-1]; f.Message != "and 980 more (missing)" {
		t.Errorf("the last is %+v", f)
	}
}

func TestMergeErrors(t *testing.T) {
	v := newTarget(t)
	o := mergeOptions()
	o.Shards = 1
	if _, _, err := v.merge(o); err == nil || !strings.Contains(err.Error(), "two or more") {
		t.Errorf("one shard: %v", err)
	}
	o = mergeOptions()
	o.Rows = func(yield func(Row, error) bool) { yield(Row{}, errors.New("the table can't be read")) }
	if _, _, err := v.merge(o); err == nil || !strings.Contains(err.Error(), "the table can't be read") {
		t.Errorf("a table that can't be read: %v", err)
	}
}
