package portal

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/easkit/easkit/profiles/portal/ticket"
)

func readTestProfile(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile("../../testdata/profiles/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// A profile says who signed it, whether it adds a root, and, with its password, when its
// certificate ends. What can't be read is left out.
func TestReadShown(t *testing.T) {
	const right = "correct horse"
	now, ends := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC), time.Date(2036, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, test := range []struct {
		file, password string
		want           shown
	}{
		{"by-hand.mobileconfig", right, shown{signed: signedNot, Until: ends}},
		{"by-hand.mobileconfig", "wrong", shown{signed: signedNot}},
		{"by-hand.mobileconfig", "", shown{signed: signedNot}},
		{"desktop-editor.mobileconfig", right, shown{signed: signedNot, Root: "Contoso Test Root", Until: ends}},
		{"signed.mobileconfig", right, shown{signed: signedBy, Signer: "profiles@contoso.com", Root: "Contoso Test Root", Until: ends}},
		{"signed-tampered.mobileconfig", "", shown{signed: signedUnknown}},
		{"cut-short.mobileconfig", right, shown{signed: signedUnknown}},
	} {
		if got := readShown(readTestProfile(t, test.file), test.password, now); *got != test.want {
			t.Errorf("%s with %q: %+v, want %+v", test.file, test.password, *got, test.want)
		}
	}
}

// The steps say what this profile makes the phone say, and nothing that it does not.
func TestStepsOfProfile(t *testing.T) {
	for _, test := range []struct {
		file      string
		want, not []string
	}{
		{"by-hand.mobileconfig", []string{"Not Signed", "1 January 2036"}, []string{"root certificate", "signed the profile. It has to be"}},
		{"desktop-editor.mobileconfig", []string{"Not Signed", "<strong>Contoso Test Root</strong>"}, nil},
		{"signed.mobileconfig", []string{"It has to be <strong>profiles@contoso.com</strong>", "<strong>Contoso Test Root</strong>"}, []string{"Not Signed"}},
		{"cut-short.mobileconfig", []string{"may say that the profile is not signed"}, []string{"The certificate ends"}},
	} {
		s, c := newSite(t), newVisitor(t)
		made := s.order(t, ticket.ByPIN, []ticket.File{
			{Name: "a.mobileconfig", Kind: ticket.KindProfile, Data: readTestProfile(t, test.file)},
			{Name: "a.password", Kind: ticket.KindPassword, Data: []byte("correct horse\n")},
		})
		press(t, c, s.Link(made.Token), made.PIN)
		steps := get(t, c, s.Link(made.Token)+stepsEnd, "User-Agent", iPhone).body
		for _, want := range test.want {
			if !strings.Contains(steps, want) {
				t.Errorf("%s: the steps have no %q:\n%s", test.file, want, steps)
			}
		}
		for _, not := range append(test.not, "correct horse") {
			if strings.Contains(steps, not) {
				t.Errorf("%s: the steps have %q", test.file, not)
			}
		}
	}
}
