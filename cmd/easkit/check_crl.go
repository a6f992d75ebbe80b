package main

import (
	"bufio"
	"fmt"
	"io"
	"math/big"
	"strings"

	"github.com/spf13/cobra"

	"github.com/easkit/easkit/certs/audit"
	"github.com/easkit/easkit/certs/crl"
	"github.com/easkit/easkit/certs/preflight"
)

func newCheckCRL(a *app) *cobra.Command {
	var f checkFlags
	var serials, previous string
	cmd := &cobra.Command{
		Use:   "crl FILE|DIR|URL...",
		Short: "Check CRLs, from files or where they are published, as Entra ID will see them",
		Long: "Checks CRLs of any size: form, size and time of download against the cloud's limits,\n" +
			"issuer, signature, validity, number, scope. Delta CRLs are judged with the base CRLs\n" +
			"given. With --serials it says of each serial number whether and since when it is\n" +
			"revoked, and with --since whether that lasts.",
		Example: "  easkit check crl http://crl.contoso.com/issuing.crl --ca cas/\n" +
			"  easkit check crl issuing.crl issuing+.crl --ca cas/ --previous last-week.crl\n" +
			"  easkit check crl issuing.crl --ca cas/ --serials lost.txt --since 2026-11-20T09:30:00Z",
		Args: atLeastOne("FILE or URL"),
		RunE: func(_ *cobra.Command, args []string) error { return a.checkCRLs(&f, args, serials, previous) },
	}
	f.register(cmd)
	f.registerTenant(cmd)
	cmd.Flags().StringVar(&serials, "serials", "", "look these serial numbers up, hexadecimal, one a line: `FILE`")
	cmd.Flags().StringVar(&previous, "previous", "", "an earlier CRL, which must have a lower number: `FILE`")
	return cmd
}

func (a *app) checkCRLs(f *checkFlags, args []string, serials, previous string) error {
	if _, _, err := a.judgement(); err != nil { // before anything is read
		return err
	}
	var in audit.Input
	var err error
	if in.CRLs, err = f.crlSources(a, args); err != nil {
		return err
	}
	if in.Known, err = a.readCertificates("--ca", f.cas); err != nil {
		return err
	}
	ofTenant, err := f.tenantCAs(a)
	if err != nil {
		return err
	}
	for _, ca := range ofTenant {
		in.Known = append(in.Known, ca.Certificate)
	}
	if serials != "" {
		err = a.parseFile("--serials", serials, func(r io.Reader) (err error) {
			in.Serials, err = readSerials(r)
			return err
		})
	}
	if err == nil && previous != "" {
		err = a.parseFile("--previous", previous, func(r io.Reader) (err error) {
			in.Previous, err = crl.Read(r, nil)
			return err
		})
	}
	if err != nil {
		return err
	}
	return a.audit(f, in, preflight.TextOptions{Passes: len(in.CRLs) == 1 && len(in.Serials) <= 1}, nil)
}

// readSerials reads a serial number a line, each once; what follows # is a comment.
func readSerials(r io.Reader) ([]*big.Int, error) {
	var all []*big.Int
	seen := map[string]bool{}
	lines := bufio.NewScanner(r)
	for n := 1; lines.Scan(); n++ {
		text, _, _ := strings.Cut(strings.TrimPrefix(lines.Text(), "\ufeff"), "#")
		if text = strings.TrimSpace(text); text == "" {
			continue
		}
		serial, err := crl.ParseSerial(strings.TrimPrefix(text, "serial=")) // as openssl x509 -serial prints it
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		if key := serial.String(); !seen[key] {
			seen[key] = true
			all = append(all, serial)
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("reading the lines: %w", err)
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("it holds no serial number")
	}
	return all, nil
}
