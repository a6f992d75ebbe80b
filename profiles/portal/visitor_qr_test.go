package portal

import (
	"bytes"
	"encoding/base64"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/easkit/easkit/profiles/portal/ticket"
)

var picture = regexp.MustCompile(`src="data:image/png;base64,([^"]*)"`)

// Another program reads the link out of the QR code on a computer's page.
func TestQR(t *testing.T) {
	zbarimg, err := exec.LookPath("zbarimg")
	if err != nil {
		t.Skip("zbarimg is not on PATH")
	}
	s := newSite(t)
	link := s.Link(s.order(t, ticket.ByPIN, aliceFiles(t, "bundle.json")).Token)
	found := picture.FindStringSubmatch(get(t, newVisitor(t), link+"?device=computer").body)
	if found == nil {
		t.Fatal("there is no picture on the page")
	}
	data, err := base64.StdEncoding.DecodeString(strings.NewReplacer("&#43;", "+", "&amp;", "&").Replace(found[1]))
	if err != nil {
		t.Fatal(err)
	}
	read := exec.CommandContext(t.Context(), zbarimg, "--quiet", "--raw", "-")
	read.Stdin = bytes.NewReader(data)
	out, err := read.Output()
	if err != nil || strings.TrimSpace(string(out)) != link {
		t.Errorf("zbarimg reads %q: %v", out, err)
	}
}
