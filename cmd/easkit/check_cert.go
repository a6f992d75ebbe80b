package main

import (
	"cmp"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/audit"
	"github.com/easkit/easkit/certs/preflight"
)

func newCheckCert(a *app) *cobra.Command {
	var f checkFlags
	cmd := &cobra.Command{
		Use:   "cert FILE|DIR...",
		Short: "Check users' certificates (.p12 .pfx .pem .cer .crt .der .p7b)",
		Long: "Checks each certificate by itself, against the CAs given, and against their CRLs:\n" +
			"names, usage, key, validity, chain, revocation, whose it is, and whether phones can\n" +
			"import its PKCS#12 file. The CAs are checked as well. CRLs are fetched from where\n" +
			"certificates point, for each CA that no --crl stands for; --offline fetches none.",
		Example: "  easkit check cert alice.p12 --password-file alice.password --ca root.pem --ca issuing.pem\n" +
			"  easkit check cert certificates/ --ca cas/ --users users.csv --format html -o report.html\n" +
			"  easkit check cert alice.cer --ca cas/ --crl issuing.crl --auth direct --at 2027-01-01\n" +
			"  easkit check cert lost-phone.cer --ca cas/ --since 2026-11-20T09:30:00Z",
		Args: atLeastOne("FILE"),
		RunE: func(_ *cobra.Command, args []string) error { return a.checkCerts(&f, args) },
	}
	f.register(cmd)
	f.registerCRL(cmd)
	f.registerUsers(cmd)
	f.registerTenant(cmd)
	return cmd
}

func (a *app) checkCerts(f *checkFlags, args []string) error {
	if _, _, err := a.judgement(); err != nil { // before anything is read
		return err
	}
	in, failed, err := a.readAround(f)
	if err != nil {
		return err
	}
	files, err := expand(args, certificateExtensions)
	if err != nil {
		return err
	}
	unopened, err := a.readSubjects(files, &in)
	if err != nil {
		return err
	}
	failed = cmp.Or(failed, unopened)
	return a.audit(f, in, preflight.TextOptions{Passes: len(files) == 1}, failed)
}

// readAround reads what certificates are judged with: CAs, CRLs, users and tenant.
// failed says that a CA could not be opened, which the report tells.
func (a *app) readAround(f *checkFlags) (in audit.Input, failed, err error) {
	cas, err := expand(f.cas, certificateExtensions)
	if err != nil {
		return in, nil, fmt.Errorf("--ca: %w", err)
	}
	in.CAs, failed = a.readAuthorities(cas)
	if in.CRLs, err = f.crlSources(a, f.crls); err != nil {
		return in, failed, fmt.Errorf("--crl: %w", err)
	}
	if err = f.directory(a, &in); err == nil && f.tenant != "" {
		err = f.snapshot(a, &in)
	}
	return in, failed, err
}

// readSubjects opens all files with certificates. The first error says that some of
// them could not be opened, the second that the call has ended.
func (a *app) readSubjects(files []string, in *audit.Input) (failed, err error) {
	password, err := a.identityPassword()
	if err != nil {
		return nil, err
	}
	type result struct {
		subjects []audit.Certificate
		unopened bool
	}
	results := make([]result, len(files))
	audit.Each(a.ctx, len(files), func(i int) {
		results[i].subjects, results[i].unopened = a.readSubject(files[i], a.unlock(password, files[i]))
	})
	for _, r := range results {
		in.Certificates = append(in.Certificates, r.subjects...)
		if r.unopened {
			failed = errInputs
		}
	}
	return failed, a.ctx.Err()
}

// readSubject reads one file. Where it can't be opened, or the password given is
// wrong, the call itself is at fault.
func (a *app) readSubject(file string, u certs.Unlock) (subjects []audit.Certificate, unopened bool) {
	data, err := a.readInput(file)
	if err != nil {
		return []audit.Certificate{{Name: file, Findings: unreadable(about(file, err))}}, true
	}
	b, err := certs.Read(data, u)
	if err != nil {
		return []audit.Certificate{{Name: file, Findings: unreadable(err)}}, passwordError(err)
	}
	found := b.Subjects(nil)
	if len(found) == 0 {
		return []audit.Certificate{{Name: file, Findings: unreadable(certs.ErrNoCertificate)}}, false
	}
	for _, sub := range found {
		name := file
		if len(found) > 1 {
			name = fmt.Sprintf("%s (%s)", file, sub.Certificate)
		}
		subjects = append(subjects, audit.Certificate{Name: name, Subject: sub})
	}
	return subjects, false
}

// unreadable is the finding on a file that could not be opened or understood,
// with the hint that the error itself would have.
func unreadable(err error) []preflight.Finding {
	_, hint := exitOf(err)
	return certs.Unreadable(err, hint)
}
