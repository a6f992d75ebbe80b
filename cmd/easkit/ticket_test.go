package main

import (
	"image"
	"image/color"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The code in the terminal is read by another program as the link.
func TestTerminalQR(t *testing.T) {
	zbar, err := exec.LookPath("zbarimg")
	if err != nil {
		t.Skip("zbarimg is not on PATH")
	}
	const link = "https://mail-setup.contoso.com/t/M86wBXlVNkm5bgSeYnAxHkjjQjSH4EVGVOSOEUL0WR4"
	for _, colour := range []bool{false, true} {
		text, err := drawTerminal(link, colour)
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(t.TempDir(), "code.png")
		out, err := os.Create(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := png.Encode(out, photograph(text, colour)); err != nil {
			t.Fatal(err)
		}
		out.Close()
		if got, err := exec.Command(zbar, "--quiet", "--raw", file).Output(); err != nil || strings.TrimSpace(string(got)) != link {
			t.Errorf("with colour %v: %q, %v", colour, got, err)
		}
	}
}

// photograph is what a terminal shows: light letters on dark without colours.
func photograph(text string, colour bool) image.Image {
	const side = 4
	text = strings.NewReplacer(blackOnWhite, "", colourReset, "").Replace(text)
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	img := image.NewGray(image.Rect(0, 0, len([]rune(lines[0]))*side, len(lines)*2*side))
	for row, line := range lines {
		for column, letter := range []rune(line) {
			for half := range 2 {
				filled := letter == '█' || letter == []rune{'▀', '▄'}[half]
				shade := color.Gray{}
				if filled != colour {
					shade.Y = 255
				}
				for i := range side * side {
					img.Set(column*side+i%side, (row*2+half)*side+i/side, shade)
				}
			}
		}
	}
	return img
}

// Every square of the code is in the terminal, with a margin all around.
func TestTerminalQRHasMargin(t *testing.T) {
	text, err := drawTerminal("https://contoso.com", false)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	if i := slices.IndexFunc(lines, func(l string) bool { return len([]rune(l)) != len([]rune(lines[0])) }); i >= 0 {
		t.Errorf("line %d has another length", i)
	}
	margin := strings.Repeat("█", quietZone)
	for _, l := range lines {
		if !strings.HasPrefix(l, margin) || !strings.HasSuffix(l, margin) {
			t.Errorf("no margin: %s", l)
		}
	}
	if full := strings.Repeat("█", len([]rune(lines[0]))); lines[0] != full || lines[1] != full {
		t.Error("no margin above")
	}
}
