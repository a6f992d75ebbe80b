package android

import (
	"fmt"
	"strings"

	"rsc.io/qr"
)

// qrPicture is a QR code as a page draws it: a path of black squares, one unit
// each, and the size with the margin around it.
type qrPicture struct {
	Label string // of what
	Path  string // of SVG
	Size  int    // in units
}

// qrMargin is the white margin that a QR code needs, in units (ISO/IEC 18004).
const qrMargin = 4

// drawQR makes the QR code of a text. Its redundancy, the second of four, is what
// print on paper is read well with.
func drawQR(label, text string) (qrPicture, error) {
	code, err := qr.Encode(text, qr.M)
	if err != nil {
		return qrPicture{}, fmt.Errorf("drawing %q as a QR code: %w", label, err)
	}
	var path strings.Builder
	for y := range code.Size {
		for x := 0; x < code.Size; x++ {
			from := x
			for code.Black(x, y) {
				x++
			}
			if n := x - from; n > 0 { // a run of black squares
				fmt.Fprintf(&path, "M%d %dh%dv1h-%dz", from+qrMargin, y+qrMargin, n, n)
			}
		}
	}
	return qrPicture{Label: label, Path: path.String(), Size: code.Size + 2*qrMargin}, nil
}
