package main

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/easkit/easkit/certs/audit"
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/profiles"
	"github.com/easkit/easkit/profiles/rollout"
)

// rolloutFlags are those of rollout run.
type rolloutFlags struct {
	buildFlags
	targetFlags
	shardFlags
	table                      string // of the call
	out, identities, passwords string
	platforms                  []string
	columns, encryptTo         []string
	wave, stopAt               string
	changedOnly, strict, again bool
	deleteAfter                string
	redact                     bool
	revocation                 checkFlags // the CRLs, and how they are fetched
}

// platforms are those that a rollout makes artefacts for.
var platforms = []rollout.Platform{rollout.IOS, rollout.Android}

func (f *rolloutFlags) register(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.identities, "identities", "", "the folder of the users' .p12, .pfx and .pem files: `DIR`")
	flags.StringVar(&f.passwords, "passwords", "", "a table of users or files, and their passwords: `FILE` (CSV); --password-file is for all others")
	flags.StringVar(&f.out, "out", "", "where the profiles and the manifest go: `DIR`, or the URL of a container of Azure Blob Storage")
	flags.StringSliceVar(&f.platforms, "platform", []string{string(rollout.IOS)}, "for which phones: `ios,android`")
	flags.StringVar(&f.template, "template", "", "a preset's `NAME`, or a YAML file (see easkit template list)")
	flags.StringVar(&f.host, "host", "", "the Exchange server: `HOST[:PORT]` (default: from the template)")
	flags.StringVar(&f.app, "app", "", "Android's mail `APP`: gmail or outlook (default: outlook for oauth, gmail for direct)")
	flags.BoolVar(&f.bundle, "bundle", false, "Android: write bundle.json alone")
	flags.StringVar(&f.delivery, "for", string(profiles.ForManual), "who installs iOS profiles, `manual|mdm`: by hand the phone asks for the certificate's password, for an MDM it is embedded")
	flags.StringArrayVar(&f.chain, "chain", nil, "certificates above the identities, where their files have none: `FILE` or folder (repeatable)")
	flags.BoolVar(&f.newPassword, "new-password", false, "protect the embedded PKCS#12 file with a new random password")
	flags.StringVar(&f.wave, "wave", "", "only a part of the table: pilot, 10%, COLUMN=VALUE, or the `NAME` in the column wave")
	flags.StringVar(&f.stopAt, "stop-at", "", "stop when more than this share of the rows failed: `5%`")
	flags.BoolVar(&f.changedOnly, "changed-only", false, "only users who have a profile already whose certificate, template, options or signer changed since")
	flags.BoolVar(&f.again, "again", false, "make what was handed out and deleted since anew, too (see easkit rollout open)")
	registerDeleteAfter(cmd, &f.deleteAfter)
	flags.BoolVar(&f.strict, "strict", false, "a row that can't be used ends the run")
	flags.StringVar(&f.shard, "shard", "", "do only share `i/n` of the table, such as 2/5")
	flags.IntVar(&f.count, "shards", 0, "do one of `N` shares: the one that "+envKubernetesIndex+" or "+envSlurmID+" names")
	flags.StringArrayVar(&f.encryptTo, "encrypt-to", nil, "encrypt each result to this key of age, `age1…`, or to the RSA certificate in a file (repeatable)")
	flags.BoolVar(&f.redact, "redact", false, "leave names out of what is printed; the manifest keeps them")
	flags.StringArrayVar(&f.revocation.crls, "crl", nil, "look every user up in this CRL, read once for all: `FILE|URL` or folder (repeatable)")
	flags.StringArrayVar(&f.revocation.cas, "ca", nil, "the CAs whose the CRLs are, up to the root: `FILE` or folder (repeatable)")
	flags.BoolVar(&f.revocation.offline, "offline", false, "fetch no CRLs: neither the delta CRLs that those given announce, nor the CRLs of the CAs above")
	flags.BoolVar(&f.revocation.allowPrivate, "allow-private", false, "fetch CRLs from private, loopback and link-local addresses, too")
	flags.StringVar(&f.revocation.resolver, "resolver", "", "ask this DNS server for the hosts of CRLs: `ADDR[:PORT]`")
	registerMap(cmd, &f.columns)
	f.targetFlags.register(cmd)
	registerSigner(cmd, &f.signer, &f.signerPasswordFile, &f.signerChain)
}

func registerMap(cmd *cobra.Command, columns *[]string) {
	cmd.Flags().StringArrayVar(columns, "map", nil, "which column of the table is which: `OURS=THEIRS`, of "+strings.Join(rollout.Columns(), ", ")+" (repeatable)")
}

// check looks at flags that don't go together.
func (f *rolloutFlags) check() error {
	if f.out == "" {
		return withHint(errors.New("nothing says where the results go"), "give --out DIR, or --out https://ACCOUNT.blob.core.windows.net/CONTAINER")
	}
	if d := profiles.Delivery(f.delivery); d != profiles.ForManual && d != profiles.ForMDM {
		return fmt.Errorf("--for %q is unknown: it is %s or %s", d, profiles.ForManual, profiles.ForMDM)
	}
	if f.template == stdout {
		return withHint(errors.New("--template - can't be told from another one by the next run"), "give the template as a file")
	}
	if f.identities != "" && !audit.IsURL(f.out) && within(f.identities, f.out) {
		return withHint(fmt.Errorf("--out %s lies in the folder of --identities, and the next run would take results for identities", f.out), "give another folder with --out")
	}
	return nil
}

// platformsAsked reads --platform.
func (f *rolloutFlags) platformsAsked() ([]rollout.Platform, error) {
	var asked []rollout.Platform
	for _, name := range f.platforms {
		p, err := preflight.Word("--platform", strings.TrimSpace(name), platforms)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(asked, p) {
			asked = append(asked, p)
		}
	}
	if len(asked) == 0 {
		return nil, withHint(errors.New("--platform names no phones"), "give --platform %s", preflight.Join(platforms))
	}
	for _, of := range []struct {
		flag  string
		given bool
	}{{"--bundle", f.bundle}, {"--app", f.app != ""}} {
		if of.given && !slices.Contains(asked, rollout.Android) {
			return nil, withHint(fmt.Errorf("%s is for Android, and --platform leaves that out", of.flag), "add --platform ios,android")
		}
	}
	return asked, nil
}

// parseShare reads a share of the rows; 0 for none given.
func parseShare(flag, text string) (float64, error) {
	if text == "" {
		return 0, nil
	}
	digits, ok := strings.CutSuffix(text, "%")
	percent, err := strconv.ParseFloat(strings.TrimSpace(digits), 64)
	if !ok || err != nil || math.IsNaN(percent) || percent <= 0 || percent > 100 {
		return 0, withHint(fmt.Errorf("%s %q is no share above 0%% and up to 100%%", flag, text), "give %s 5%%", flag)
	}
	return percent / 100, nil
}
