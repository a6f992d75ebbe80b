package main

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/profiles"
	servers "github.com/easkit/easkit/profiles/lab"
	"github.com/easkit/easkit/profiles/probe"
	"github.com/easkit/easkit/profiles/provision"
)

// quickMail is how mail came to a phone that has what the quickstart wrote.
type quickMail struct {
	profile, roots, address string // as the probe was given them
	host                    string // where the profile sends a phone
	findings                []preflight.Finding
}

// fetchQuickMail opens the profile that was written, as a phone does that has nothing
// else, and fetches its mail from a server of the lab. What came of it goes into the
// report. It is nil where the quickstart failed before: there is no profile then.
func (a *app) fetchQuickMail(ctx context.Context, q *provision.Quickstart, dir string) (*quickMail, error) {
	if q.Report.Worst() == preflight.StatusFail {
		return nil, nil
	}
	m := &quickMail{profile: filepath.Join(dir, "alice.mobileconfig"), roots: filepath.Join(dir, "lab", "root.pem")}
	s, err := a.scenario()
	if err != nil {
		return nil, err
	}
	target, err := a.quickTarget(q, m.profile, s)
	if err != nil {
		return nil, err
	}
	m.host = target.Account.Endpoint.Host
	now := func() time.Time { return s.At }
	server, err := servers.NewEAS(q.Lab, besideCAs(filepath.Join(dir, "lab")), servers.EASOptions{Now: now, Hosts: []string{m.host}})
	if err != nil {
		return nil, err
	}
	address, stop, err := server.Start(ctx)
	if err != nil {
		return nil, fmt.Errorf("starting the lab's ActiveSync server: %w", err)
	}
	defer stop() // how it ends is no matter once the mail is here
	m.address = address
	o, err := a.probeOptions(&probeFlags{connect: []string{address}, roots: []string{m.roots}, deep: true, acceptPolicy: true})
	if err != nil {
		return nil, err
	}
	o.Now = now
	e, err := probe.Run(ctx, target, o)
	if err != nil {
		return nil, err
	}
	s = target.Account.Scenario(s)
	m.findings = probe.Judge(s, e)
	q.Report.AddFor(s, "account", "Alice's mail, from the lab's server", m.findings, labAnswered(m.findings))
	return m, nil
}

// labAnswered leaves the warning out of the verdict that Exchange Online takes
// certificates for longer than Microsoft said.
func labAnswered(findings []preflight.Finding) map[string]string {
	for _, f := range findings {
		if f.Check == "eas.auth" && f.Value == "retired" {
			return map[string]string{f.Check: "the lab's server answered, and not Exchange Online"}
		}
	}
	return nil
}

// quickTarget is what a phone takes out of the profile, but for the sign-in: the lab's
// server takes the certificate itself, whatever the account is for.
func (a *app) quickTarget(q *provision.Quickstart, profile string, s preflight.Scenario) (probe.Target, error) {
	password, err := a.readPassword(filepath.Join(filepath.Dir(profile), "alice.password"))
	if err != nil {
		return probe.Target{}, err
	}
	o := profiles.Overrides{Auth: preflight.Direct, Mailbox: q.Report.Mailbox, Cloud: q.Report.Cloud}
	return a.profileTarget(&probeFlags{}, profile, o, passwordTable{call: password}, s)
}

// besideCAs is a folder with CRLs beside the CAs, where a lab has a folder of its own for
// them.
type besideCAs string

func (dir besideCAs) Open(name string) (fs.File, error) {
	return os.DirFS(string(dir)).Open(path.Base(name))
}

// quickMailText says what was played: {words} are filled in.
const quickMailText = `
A phone was played: identity and address come from {profile}, and
  --connect {address} --auth direct --roots {roots}
sent it to the lab's server, which was up for this moment, and not to {host}:
{outcome}
`

// tell says how mail came, as the last of what a quickstart prints.
func (m *quickMail) tell(w io.Writer) error {
	outcome := "no mail came, and the report says why"
	if mail := passMessage(m.findings, "eas.sync"); mail != "" {
		outcome = passMessage(m.findings, "eas.foldersync") + ", " + mail
	}
	_, err := strings.NewReplacer("{profile}", m.profile, "{address}", m.address, "{roots}", m.roots, "{host}", m.host, "{outcome}", outcome).
		WriteString(w, quickMailText)
	return err
}

// passMessage is what a check found that passed; "" where it did not.
func passMessage(findings []preflight.Finding, check string) string {
	for _, f := range findings {
		if f.Check == check && f.Status == preflight.StatusPass {
			return f.Message
		}
	}
	return ""
}
