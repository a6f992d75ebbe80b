package trust

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/easkit/easkit/certs/preflight"
)

// readme says what each file of an export is, and what to do with it. Its lines
// have 80 columns at most, addresses aside.
func (x *export) readme(files []File) []byte {
	var b strings.Builder
	b.WriteString(readmeMeaning)
	for _, e := range x.list {
		fmt.Fprintf(&b, "  %s\n    %s, SHA-1 %s\n    CRL: %s\n", readmeName(e.Name()), e.role(), e.Thumbprint(), cmp.Or(preflight.Printable(e.CRL), "none, so a revoked certificate goes on working"))
		if e.Delta != "" {
			fmt.Fprintf(&b, "    delta CRL: %s\n", preflight.Printable(e.Delta))
		}
	}
	b.WriteString(readmeStores)
	fmt.Fprintf(&b, "  %s\n%s\nThe files\n---------\n\n", readmeName(preflight.Printable(x.options.Container)), readmeContainer)
	for _, f := range exportFiles {
		if slices.ContainsFunc(files, func(made File) bool { return made.Name == f.name }) {
			fmt.Fprintf(&b, "  %s\n    %s\n", f.name, strings.ReplaceAll(f.about, "\n", "\n    "))
		}
	}
	b.WriteString(readmeOrder)
	return []byte(b.String())
}

// readmeColumns is how much of a name stands on a line of the README.
const readmeColumns = 76

func readmeName(name string) string {
	if runes := []rune(name); len(runes) > readmeColumns {
		return string(runes[:readmeColumns-1]) + "…"
	}
	return name
}

// The parts of the README that are the same for everybody.
// Source: https://learn.microsoft.com/entra/identity/authentication/how-to-certificate-based-authentication
const (
	readmeMeaning = `Certificate authorities for Entra ID
====================================

What trusting a CA means
------------------------

Every CA that the tenant trusts can sign in any of its users, administrators
included: whoever has a CA's key, or can have it issue a certificate with a name
of his choice, is that user. Compare each thumbprint with the one that whoever
runs the CA tells you, and not with the one in a mail.

`

	readmeStores = `
Two stores
----------

Entra ID has two stores of CAs. Put the CAs into one of them:

- The PKI-based store takes single CAs and is the one to choose. You need the
  role Privileged Authentication Administrator or Authentication Administrator,
  and the permission PublicKeyInfrastructure.ReadWrite.All. A bulk upload needs
  Entra ID P1 or P2. At most 250 CAs, of 8 KB each.
- The classic store holds one list, which is set as a whole: what is in it now
  and not in the new list is trusted no more. You need the role Global
  Administrator and the permission Organization.ReadWrite.All. Save the present
  list first. Where the service refuses the new list because there is one, the
  present one has to be deleted before, and until the new one is in, nobody
  signs in with a certificate that only this store vouches for.

The CAs of the PKI-based store lie in a container, which is looked for by its
name. trust-pki.ps1 makes it if it is not there; by hand, POST
{"displayName": "..."} to the path of the requests, up to
certificateBasedAuthConfigurations, and take the id from the answer. The name:

`

	readmeContainer = `
If the tenant has a container already, put the CAs into that one:
easkit entra export --pki NAME writes these files for it. (easkit entra plan
takes the only container that there is, or makes one called after the tenant.)
`

	readmeOrder = `
The .json of a request holds its method, its path and its body. In a path, put
the id of the container in place of {id}, and in place of {tenant id} the id of
the tenant, which GET /organization tells.

The order
---------

1. Remove expired CAs from the tenant: while one is there, no other can be
   added. See that every CRL address above answers from the Internet, by http.
2. Put the CAs in, roots first. With PowerShell: read the script, run it with
   -WhatIf, then without. By hand: send the body of each request to its path
   at Microsoft Graph (https://graph.microsoft.com/v1.0 and the path; in other
   clouds the host differs).
3. After a bulk upload, set the CRL address of each CA by hand. The upload takes
   it from the CA's own certificate, where the CRL of its issuer is named.
4. Look at what is there now, and sign in with a test user before others do.
   All of Entra ID knows after some minutes.
`
)
