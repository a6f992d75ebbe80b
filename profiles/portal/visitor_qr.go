package portal

import (
	"encoding/base64"
	"fmt"
	"html/template"

	"rsc.io/qr"
)

// drawQR makes the QR code of a link as a data: address. Its redundancy is the least of
// the four: a screen has no stains, and bigger squares are read better.
func drawQR(link string) (template.URL, error) {
	code, err := qr.Encode(link, qr.L)
	if err != nil {
		return "", fmt.Errorf("drawing a QR code: %w", err)
	}
	return template.URL("data:image/png;base64," + base64.StdEncoding.EncodeToString(code.PNG())), nil
}
