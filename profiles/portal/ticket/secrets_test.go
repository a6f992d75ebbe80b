package ticket

import (
	"strings"
	"testing"
)

func TestPINsAsTyped(t *testing.T) {
	for typed, want := range map[PIN]PIN{
		"012345": "012345", " 012 345 ": "012345", "012-345": "012345", "０１２３４５": "012345", "０１２　345": "012345",
		"": "", "12345": "", "1234567": "", "12345a": "", "٠١٢٣٤٥": "", "+12345": "", "0x1234": "",
		PIN("123456" + strings.Repeat(" ", 100)): "",
	} {
		got, ok := typed.clean()
		if ok != (want != "") || ok && got != want {
			t.Errorf("%q is read as %q, %v", string(typed), string(got), ok)
		}
	}
}

func TestPINsHaveNoBias(t *testing.T) {
	const draws = 20000
	var counts [pinDigits][10]int
	for range draws {
		p, err := newPIN()
		if err != nil || len(p) != pinDigits {
			t.Fatal(string(p), err)
		}
		for i := range pinDigits {
			counts[i][p[i]-'0']++
		}
	}
	const mean, off = draws / 10, 300 // seven standard deviations, of 42 each
	for i, digits := range counts {
		for digit, n := range digits {
			if n < mean-off || n > mean+off {
				t.Errorf("digit %d in place %d: %d of %d", digit, i, n, draws)
			}
		}
	}
}

// One link has one spelling, so that nothing which goes by the text of a token counts
// it twice.
func FuzzToken(f *testing.F) {
	for _, s := range []string{"", strings.Repeat("A", 43), strings.Repeat("A", 42) + "B", strings.Repeat("A", 42) + "\n", newSecret().text()} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if s, ok := parseSecret(text); ok && (len(s) != secretSize || s.text() != text) {
			t.Errorf("%q is read as %x", text, []byte(s))
		}
	})
}

func FuzzPIN(f *testing.F) {
	f.Add("123 456")
	f.Add("１２３456")
	f.Fuzz(func(t *testing.T, typed string) {
		p, ok := PIN(typed).clean()
		if again, still := p.clean(); ok && (len(p) != pinDigits || !still || again != p) {
			t.Errorf("%q is read as %q", typed, string(p))
		}
	})
}
