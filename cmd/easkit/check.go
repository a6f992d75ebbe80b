package main

import (
	"bytes"
	"context"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/profiles"
)

// catalogue joins the tables of all packages that judge.
func catalogue() []preflight.Info {
	var all []preflight.Info
	all = append(all, certs.Checks.Catalogue()...)
	all = append(all, profiles.Catalogue()...)
	return append(all, preflight.Retirement.Catalogue()...)
}

func newCheck(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Pre-flight: what can be known before a rollout",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newCheckCert(a), newCheckList(a))
	return cmd
}

func newCheckCert(a *app) *cobra.Command {
	var cas []string
	cmd := &cobra.Command{
		Use:   "cert FILE|DIR...",
		Short: "Check users' certificates (.p12 .pfx .pem .cer .crt .der .p7b)",
		Long: "Checks each certificate by itself and against the CAs given: names, usage, key,\n" +
			"validity, chain, and whether phones can import its PKCS#12 file.",
		Example: "  easkit check cert alice.p12 --password-file alice.password --ca root.pem --ca issuing.pem\n" +
			"  easkit check cert certificates/ --ca cas/ --format json -o report.json\n" +
			"  easkit check cert alice.cer --auth direct --at 2027-01-01",
		Args: atLeastOne("FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			s, ignore, err := a.judgement()
			if err != nil {
				return err
			}
			authorities, err := a.readCertificates("--ca", cas)
			if err != nil {
				return err
			}
			files, err := expand(args)
			if err != nil {
				return err
			}
			return a.checkCerts(cmd.Context(), s, files, authorities, ignore)
		},
	}
	cmd.Flags().StringArrayVar(&cas, "ca", nil, "certificates of authorities to build chains with: `FILE` or folder (repeatable)")
	return cmd
}

func (a *app) checkCerts(ctx context.Context, s preflight.Scenario, files []string, cas []*certs.Certificate, ignore map[string]string) error {
	password, err := a.identityPassword()
	if err != nil {
		return err
	}
	results := inParallel(ctx, files, func(file string) []checked { return a.checkFile(s, file, cas, a.unlock(password, file)) })
	if err := ctx.Err(); err != nil {
		return err
	}
	report := preflight.NewReport(s)
	var failed error
	for _, result := range results {
		for _, c := range result {
			report.Add("certificate", c.name, c.findings, ignore)
			if c.unopened {
				failed = errInputs
			}
		}
	}
	if err := a.writeReport(report, preflight.TextOptions{Passes: len(files) == 1}); err != nil {
		return err
	}
	if failed != nil {
		return failed
	}
	return failOn(a.global.failOn, report)
}

// checked is the outcome on one certificate of a file.
type checked struct {
	name     string
	findings []preflight.Finding
	unopened bool // the file could not be opened, or the password given is wrong
}

func (a *app) checkFile(s preflight.Scenario, file string, cas []*certs.Certificate, u certs.Unlock) []checked {
	data, err := a.readInput(file)
	if err != nil {
		return []checked{{file, unreadable(about(file, err)), true}}
	}
	b, err := certs.Read(data, u)
	if err != nil {
		return []checked{{file, unreadable(err), passwordError(err)}}
	}
	subjects := b.Subjects(cas)
	if len(subjects) == 0 {
		return []checked{{file, unreadable(certs.ErrNoCertificate), false}}
	}
	all := make([]checked, len(subjects))
	for i, sub := range subjects {
		name := file
		if len(subjects) > 1 {
			name = fmt.Sprintf("%s (%s)", file, sub.Certificate)
		}
		all[i] = checked{name: name, findings: certs.Check(s, sub)}
	}
	return all
}

// inParallel applies f to each item on all cores and keeps the order. It stops
// early where ctx is done.
func inParallel[T, R any](ctx context.Context, items []T, f func(T) R) []R {
	results := make([]R, len(items))
	next := make(chan int)
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for i := range next {
				results[i] = f(items[i])
			}
		})
	}
	for i := range items {
		if ctx.Err() != nil {
			break
		}
		next <- i
	}
	close(next)
	wg.Wait()
	return results
}

func newCheckList(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "Print the catalogue of checks",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if err := a.global.check(); err != nil {
				return err
			}
			if a.global.format == formatJSON {
				return a.printJSON(catalogue())
			}
			return a.printCatalogue()
		},
	}
}

func (a *app) printCatalogue() error {
	var b bytes.Buffer
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for _, c := range catalogue() {
		fmt.Fprintf(w, "%s\t%s\t%s\n", c.ID, c.Basis, c.Title)
		if a.global.verbose {
			fmt.Fprintf(w, "\t\twhy: %s\n\t\tfix: %s\n\t\tsource: %s\n", c.Reason, c.Fix, c.Source)
			if len(c.Codes) > 0 {
				fmt.Fprintf(w, "\t\tseen as: %s\n", strings.Join(c.Codes, ", "))
			}
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return a.print(b.Bytes())
}

// unreadable is the finding on a file that could not be opened or understood,
// with the hint that the error itself would have.
func unreadable(err error) []preflight.Finding {
	_, hint := exitOf(err)
	return certs.Unreadable(err, hint)
}
