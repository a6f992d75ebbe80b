package ticket

import (
	"fmt"
	"strings"
	"testing"
)

// Each user has their own newest tickets, whatever the spelling and whose names are alike.
func TestLatest(t *testing.T) {
	s := open(t, t.TempDir(), newClock())
	for n := range 3 {
		for _, user := range []string{"alice@contoso.com", "malice@contoso.com", "Bob@Bücher.example"} {
			o := order(ByPIN)
			o.User, o.By = user, fmt.Sprint(n)
			mustMake(t, s, o)
		}
	}
	if _, err := s.Ask(t.Context(), "ALICE@contoso.com", "asked", ByPIN); err != nil {
		t.Fatal(err)
	}
	users := []string{"Alice@Contoso.com", "bob@xn--bcher-kva.example", "carol@contoso.com", "%", `"`, ""}
	for most, want := range map[int]string{
		1: "alice@contoso.com: asked | bob@xn--bcher-kva.example: 2",
		2: "alice@contoso.com: asked 2 | bob@xn--bcher-kva.example: 2 1",
		9: "alice@contoso.com: asked 2 1 0 | bob@xn--bcher-kva.example: 2 1 0",
	} {
		all, err := s.Latest(t.Context(), users, most)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, user := range []string{"alice@contoso.com", "bob@xn--bcher-kva.example"} {
			line := user + ":"
			for _, of := range all[user] {
				line += " " + of.By
			}
			got = append(got, line)
		}
		if strings.Join(got, " | ") != want || len(all) != 2 {
			t.Errorf("%d of each: %s of %d users, want %s", most, got, len(all), want)
		}
	}
	if all, err := s.Latest(t.Context(), nil, 1); err != nil || len(all) != 0 {
		t.Errorf("of nobody: %v, %v", all, err)
	}
}
