package exports

import (
	"slices"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/entra"
	"github.com/easkit/easkit/certs/preflight"
)

// labInfo is the catalogue's entry of the check for CAs of easkit's lab.
func labInfo() (info preflight.Info) {
	for _, i := range entra.CAChecks.Catalogue() {
		if i.ID == "ca.lab" {
			info = i
		}
	}
	return info
}

// lab tells of a root of easkit's lab: what phones trust, its key can forge.
func (j *judging) lab(preflight.Scenario) []preflight.Outcome {
	const key = "trustedRootCertificate"
	data, _ := payload(j.Object, key)
	read, err := certs.Read(data, certs.Unlock{})
	switch {
	case err != nil || len(read.Certificates) == 0:
		return preflight.Unchecked("%s: %s holds no certificate that can be read", j.called(), key)
	case slices.ContainsFunc(read.Certificates, func(c *certs.Certificate) bool { return c.Lab }):
		return []preflight.Outcome{j.at(key, outcome(preflight.StatusWarn, "", "%s brings a CA of easkit's lab: phones trust every server that whoever has its key makes", j.called()))}
	}
	return preflight.Pass("%s: it does not carry the lab's mark", j.called())
}
