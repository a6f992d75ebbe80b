package rollout

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/easkit/easkit/certs"
)

// failedOn are the entries of a row that fails in the same way on both platforms.
func failedOn(line int, check string, err error) []Entry {
	f := RowFinding(check, line, err)
	return []Entry{bareEntry(line, Failed, IOS, f), bareEntry(line, Failed, Android, f)}
}

// tallied is the summary of entries.
func tallied(entries []Entry) *Summary {
	t := newTally(&Run{Begun: madeAt, Platforms: []Platform{IOS, Android}})
	for i := range entries {
		t.add(&entries[i])
	}
	return t.summary()
}

// byCheckOf is what the text says by check.
func byCheckOf(t *testing.T, s *Summary) string {
	t.Helper()
	_, text, _ := strings.Cut(written(t, s.WriteText), "By check\n")
	text, _, _ = strings.Cut(text, "\nManifest")
	return text
}

// Each cause is told with its own users and fix, who are counted once for all platforms.
func TestFewCauses(t *testing.T) {
	var entries []Entry
	for line := 4; line < 8; line++ {
		entries = append(entries, failedOn(line, RowIdentity, ErrNoFile)...)
	}
	entries = append(entries, failedOn(2, RowIdentity, fmt.Errorf(`"b.p12": %w`, certs.ErrTruncated))...)
	s := tallied(entries)
	const want = `  row.identity: 10 failed, of 5 users: user2@contoso.com, user4@contoso.com, user5@contoso.com, …
    4 users (user4@contoso.com, user5@contoso.com, user6@contoso.com, …): there is no identity of this user: call a file after the UPN, or name it in the column identity
      fix: put the user's own .p12 into the folder under their UPN, or name its path in the column identity
    user2@contoso.com: "b.p12": the file is cut short
      fix: copy or export the file again
`
	if got := byCheckOf(t, s); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	s.Ended = madeAt
	if got := s.headline(); got != "5 rows: 10 profiles of 5 users failed" {
		t.Error(got)
	}
}

// All are named: nothing says that there are more.
func TestAllNamed(t *testing.T) {
	var entries []Entry
	for line := 2; line < 5; line++ {
		entries = append(entries, failedOn(line, RowIdentity, ErrNoFile)...)
	}
	got := byCheckOf(t, tallied(entries))
	if !strings.HasPrefix(got, "  row.identity: 6 failed, of 3 users: user2@contoso.com, user3@contoso.com, user4@contoso.com\n    there is no identity") {
		t.Errorf("got\n%s", got)
	}
}

// More messages than are kept are told by what is to be done about them, whatever their
// order; where even that is too much, by the first.
func TestManyCauses(t *testing.T) {
	cut := func(line int) error { return fmt.Errorf(`"%d.p12": %w`, line, certs.ErrTruncated) }
	var entries []Entry
	for line := 2; line < 2+2*maxCauses; line++ {
		entries = append(entries, failedOn(line, RowIdentity, cut(line))...)
	}
	entries = append(entries, failedOn(900, RowIdentity, fmt.Errorf(`"900.p12": %w`, certs.ErrNoKey))...)
	entries = append(entries, failedOn(901, RowIdentity, fmt.Errorf(`"901.p12": %w`, certs.ErrKeystore))...)
	entries = append(entries, failedOn(902, RowIdentity, errors.New("there are two"))...)
	backward := make([]Entry, 0, len(entries))
	for i := len(entries) - 2; i >= 0; i -= 2 {
		backward = append(backward, entries[i:i+2]...)
	}
	s := tallied(entries)
	if got, want := written(t, s.WriteJSON), written(t, tallied(backward).WriteJSON); got != want {
		t.Errorf("forward\n%s\nbackward\n%s", got, want)
	}
	got := byCheckOf(t, s)
	for _, want := range []string{
		`40 users (user2@contoso.com, user3@contoso.com, user4@contoso.com, …): such as: "2.p12": the file is cut short`,
		"      fix: copy or export the file again\n", `    user900@contoso.com: "900.p12": `, "    and 1 cause more: --format json or csv",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing in\n%s", want, got)
		}
	}
	if causes := s.Checks[0].Causes; len(causes) != 4 || causes[0].Count != 2*maxCauses || !causes[0].Others || causes[1].Others {
		t.Errorf("%+v", causes)
	}
	for line := 1000; line < 1000+maxCauses+1; line++ {
		f := RowFinding(RowIdentity, line, cut(line))
		f.Fix = fmt.Sprint("fix ", line)
		entries = append(entries, bareEntry(line, Failed, IOS, f))
	}
	s = tallied(entries)
	if got := byCheckOf(t, s); len(s.Checks[0].Causes) != 0 || !strings.Contains(got, "    such as: \"2.p12\"") {
		t.Errorf("%+v\n%s", s.Checks[0].Causes, got)
	}
}
