package table

import (
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf16"
)

// utf16le is text as PowerShell's redirection writes it.
func utf16le(text string) string {
	b := []byte{0xff, 0xfe}
	for _, u := range utf16.Encode([]rune(text)) {
		b = append(b, byte(u), byte(u>>8))
	}
	return string(b)
}

func utf16be(text string) string {
	b := []byte{0xfe, 0xff}
	for _, u := range utf16.Encode([]rune(text)) {
		b = append(b, byte(u>>8), byte(u))
	}
	return string(b)
}

// endless never ends.
type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = '\n'
	}
	return len(p), nil
}

func TestCapped(t *testing.T) {
	n, err := io.Copy(io.Discard, &capped{r: endless{}, max: 1000, left: 1000})
	if n > 1000 || err == nil || !strings.Contains(err.Error(), "more than 1000 bytes") {
		t.Errorf("%d bytes, %v", n, err)
	}
	if n, err := io.Copy(io.Discard, &capped{r: strings.NewReader("12345"), left: 5}); n != 5 || err != nil {
		t.Errorf("%d bytes, %v", n, err)
	}
}

func TestUTF16BeyondTheFirstPlane(t *testing.T) {
	text := strings.Repeat("aä€😀", 5000)
	for _, coded := range []string{utf16le(text), utf16be(text)} {
		b, err := OpenText(iotest.OneByteReader(strings.NewReader(coded)), limit)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(b); err != nil || string(got) != text {
			t.Errorf("%d bytes of %d, %v", len(got), len(text), err)
		}
	}
	b, err := OpenText(strings.NewReader("\xff\xfe\x00\xd8a\x00"), limit)
	if err != nil {
		t.Fatal(err)
	}
	if got, _ := io.ReadAll(b); string(got) != "\ufffda" {
		t.Errorf("half a surrogate pair gives %q", got)
	}
}
