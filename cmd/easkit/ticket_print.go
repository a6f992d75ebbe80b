package main

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"html/template"
	"path/filepath"
	"strings"

	"rsc.io/qr"

	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/profiles/portal"
	"github.com/easkit/easkit/profiles/portal/ticket"
	"github.com/easkit/easkit/templates"
)

// qrTerminal is the value of --qr that stands for the terminal.
const qrTerminal = "terminal"

func checkQR(to string) error {
	switch strings.ToLower(filepath.Ext(to)) {
	case ".png", ".html":
		return nil
	}
	if to == qrTerminal {
		return nil
	}
	return withHint(fmt.Errorf("--qr %s is neither terminal nor a file that ends in .png or .html", to), "give --qr terminal, --qr FILE.png or --qr FILE.html")
}

// print prints what was made.
func (m *making) print() error {
	if m.lines == nil {
		return nil
	}
	if m.global.format == formatJSON {
		return m.printJSON(ticketsOf(m.lines))
	}
	var b bytes.Buffer
	for _, l := range m.lines {
		if err := m.writeOne(&b, l); err != nil {
			return err
		}
	}
	return m.app.print(b.Bytes())
}

func (m *making) writeOne(b *bytes.Buffer, l ticketLine) error {
	fmt.Fprintf(b, "%s  (ticket %s, until %s UTC)\n", preflight.Printable(l.User), l.ID, inUTC(l.Expires))
	if l.Link != "" {
		fmt.Fprintf(b, "  link  %s\n", l.Link)
	}
	if l.Mailed != "" {
		fmt.Fprintf(b, "  link  sent to %s\n", preflight.Printable(l.Mailed))
	}
	if l.PIN != "" {
		fmt.Fprintf(b, "  PIN   %s  (tell it by another way than the link: by phone, or in person)\n", l.PIN)
	}
	for _, to := range m.flags.qr {
		if to != qrTerminal {
			continue
		}
		text, err := drawTerminal(l.Link, m.colour(m.out))
		if err != nil {
			return err
		}
		b.WriteString("\n" + text)
	}
	return nil
}

// drawFiles draws a link's QR code into the files of --qr.
func (m *making) drawFiles(made *ticket.Made, link string) error {
	for _, to := range m.flags.qr {
		if to == qrTerminal {
			continue
		}
		code, err := qr.Encode(link, qr.M) // paper gets stains
		if err != nil {
			return fmt.Errorf("drawing a QR code: %w", err)
		}
		data := code.PNG()
		if strings.EqualFold(filepath.Ext(to), ".html") {
			if data, err = sheet(m.flags.language, m.operator, made, link, data); err != nil {
				return err
			}
		}
		if err := m.app.write(to, data); err != nil {
			return fmt.Errorf("--qr: %w", err)
		}
	}
	return nil
}

// sheetPage is the page to print, which has no PIN.
const sheetPage = "pages/ticket.html"

// sheet writes the page to print: the code, and what to do with it.
func sheet(language string, by portal.Operator, made *ticket.Made, link string, code []byte) ([]byte, error) {
	words, err := portal.NewSheet(language, by, made)
	if err != nil {
		return nil, err
	}
	page, err := template.ParseFS(templates.Files, sheetPage)
	if err != nil {
		return nil, fmt.Errorf("writing the page to print: %w", err)
	}
	var b bytes.Buffer
	err = page.Execute(&b, map[string]any{
		"Language": language, "Sheet": words, "User": made.User, "Link": link,
		"QR": template.URL("data:image/png;base64," + base64.StdEncoding.EncodeToString(code)),
	})
	if err != nil {
		return nil, fmt.Errorf("writing the page to print: %w", err)
	}
	return b.Bytes(), nil
}

// quietZone is the margin of a code, in squares. Source: ISO/IEC 18004, 5.3.8
const quietZone = 4

// Black letters on white paper, and back, whatever the terminal's own colours are.
const (
	blackOnWhite = "\x1b[38;5;16m\x1b[48;5;231m"
	colourReset  = "\x1b[0m"
)

// halves are a square over another in one letter, by whether each is filled.
var halves = map[[2]bool]string{{false, false}: " ", {true, false}: "▀", {false, true}: "▄", {true, true}: "█"}

// drawTerminal draws a link with half blocks. Without colours the light squares are the
// ones that are filled, as most terminals are dark.
func drawTerminal(link string, colour bool) (string, error) {
	code, err := qr.Encode(link, qr.L)
	if err != nil {
		return "", fmt.Errorf("drawing a QR code: %w", err)
	}
	var b strings.Builder
	for y := -quietZone; y < code.Size+quietZone; y += 2 {
		if colour {
			b.WriteString(blackOnWhite)
		}
		for x := -quietZone; x < code.Size+quietZone; x++ {
			b.WriteString(halves[[2]bool{code.Black(x, y) == colour, code.Black(x, y+1) == colour}])
		}
		if colour {
			b.WriteString(colourReset)
		}
		b.WriteByte('\n')
	}
	return b.String(), nil
}
