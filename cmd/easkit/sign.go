package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/easkit/easkit/android"
	"github.com/easkit/easkit/certs/cms"
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/ios"
	"github.com/easkit/easkit/profiles/provision"
)

func newSign(a *app) *cobra.Command {
	var file, passwordFile string
	var chain []string
	var detached bool
	cmd := &cobra.Command{
		Use:   "sign FILE --signer SIGNER",
		Short: "Sign a profile for MDM import or for phones",
		Long: "Wraps a .mobileconfig in a CMS signature that holds the profile and the signer's\n" +
			"intermediates. An Android bundle gets a detached signature (.p7s) beside it.\n" +
			"Writes NAME.signed.mobileconfig, or FILE.p7s, unless -o says otherwise.\n" +
			"The signing time is --at, or now.",
		Example: "  easkit sign alice.mobileconfig --signer signer.p12 --signer-password-file signer.password\n" +
			"  easkit sign alice.mobileconfig --signer signer.pem --signer-chain intermediates.pem -o signed.mobileconfig",
		Args:    exactly("FILE"),
		PreRunE: func(*cobra.Command, []string) error { return a.global.check() },
		RunE: func(_ *cobra.Command, args []string) error {
			s, err := a.scenario()
			if err != nil {
				return err
			}
			if file == "" {
				return withHint(errors.New("there is nothing to sign with"), "give --signer FILE (a .p12 or .pem with key and certificate)")
			}
			data, err := a.readInput(args[0])
			if err != nil {
				return err
			}
			if err := signable(data); err != nil {
				return about(args[0], err)
			}
			by, err := a.openSigner(file, passwordFile, chain)
			if err != nil {
				return err
			}
			apart := detached || android.Format.Sniff(data)
			signature, err := by.Sign(data, s.At, apart)
			if err != nil {
				return err
			}
			a.say("Phones show it as Verified where they trust %s.", preflight.Printable(by.TrustedBy()))
			if note := provision.SignerNote(by, s.At); note != "" {
				a.say("%s", preflight.Printable(note))
			}
			return a.writeSigned(args[0], signature, apart)
		},
	}
	registerSigner(cmd, &file, &passwordFile, &chain)
	cmd.Flags().BoolVar(&detached, "detached", false, "write a detached signature, without the file in it")
	return cmd
}

// extDetached is the extension of detached signatures.
const extDetached = ".p7s"

// signable refuses what a signature would spoil or say nothing about.
func signable(data []byte) error {
	switch {
	case cms.IsCMS(data):
		return errors.New("it is signed already, and phones refuse a signature around a signature: sign the unsigned profile")
	case android.Format.Sniff(data):
		return nil
	}
	if _, err := ios.Parse(data); err != nil {
		return err
	}
	return nil
}

func (a *app) writeSigned(input string, signature []byte, detached bool) error {
	out := a.global.output
	if out == stdout || out == "" && input == stdout {
		return a.writeBinary(signature, out == stdout)
	}
	name := signedName(input, detached)
	switch {
	case out == "":
		out = name
	case isDir(out):
		out = filepath.Join(out, filepath.Base(name))
	}
	if err := a.write(out, signature); err != nil {
		return err
	}
	_, err := fmt.Fprintln(a.out, out)
	return err
}

// signedName is the name of a signed file beside the one that was given.
func signedName(input string, detached bool) string {
	if input == stdout {
		input = "profile" + provision.ExtIOS
	}
	if detached {
		return input + extDetached
	}
	ext := filepath.Ext(input)
	return strings.TrimSuffix(input, ext) + ".signed" + ext
}
