package main

import (
	"fmt"
	"io"
	"os"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/audit"
	"github.com/easkit/easkit/certs/entra/tenant"
	"github.com/easkit/easkit/certs/entra/trust"
	"github.com/easkit/easkit/certs/preflight"
)

// openSnapshot opens a snapshot's folder, or the file of the policy alone. Where the
// call names no cloud, it is the snapshot's.
func (a *app) openSnapshot(path string) (*tenant.Snapshot, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("--tenant: %w", about(path, err))
	}
	var snap *tenant.Snapshot
	if info.IsDir() {
		snap, err = tenant.Open(os.DirFS(path))
	} else {
		err = a.parseFile("--tenant", path, func(r io.Reader) (err error) {
			snap, err = tenant.OpenMethod(r)
			return err
		})
		return snap, err
	}
	if err != nil {
		return nil, fmt.Errorf("--tenant: %s: %w", path, err)
	}
	switch given := preflight.Cloud(a.global.cloud); {
	case given == "":
		a.global.cloud = string(snap.Cloud)
	case snap.Cloud != "" && given != snap.Cloud:
		return nil, fmt.Errorf("--cloud %s: the snapshot %s is of the cloud %s", given, path, snap.Cloud)
	}
	return snap, nil
}

// authoritiesOf are the CAs of a tenant with what counts of each, for a pre-flight.
func authoritiesOf(st *trust.State) []audit.Authority {
	var all []audit.Authority
	for _, l := range st.All() {
		in := audit.Authority{Name: inTenant(l.Entry), Configured: &audit.Addresses{CRL: l.Entry.CRL, Delta: l.Entry.Delta, Root: &l.Entry.Root}}
		in.Certificate, in.Err = certs.ParseCertificate(l.Entry.Certificate)
		all = append(all, in)
	}
	return all
}
