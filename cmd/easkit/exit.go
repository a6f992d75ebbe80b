package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"

	"github.com/easkit/easkit/android"
	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/entra/revoke"
	"github.com/easkit/easkit/certs/entra/trust"
	"github.com/easkit/easkit/certs/entra/userids"
	"github.com/easkit/easkit/certs/graph"
	"github.com/easkit/easkit/certs/keyfile"
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/certs/signer"
	"github.com/easkit/easkit/profiles/intune"
	"github.com/easkit/easkit/profiles/intune/tenant"
	"github.com/easkit/easkit/profiles/portal/ticket"
	"github.com/easkit/easkit/profiles/rollout"
	"github.com/easkit/easkit/profiles/vault"
)

// The exit statuses that scripts rely on.
const (
	exitOK          = 0
	exitFindings    = 1   // a check failed
	exitInput       = 2   // the call or an input is wrong
	exitService     = 3   // what the tool itself needed refused or did not answer
	exitInterrupted = 130 // 128 + SIGINT
)

// errFindings says that the report tells why the exit status is 1.
var errFindings = errors.New("a check failed")

// errInputs says that the report names inputs that could not be opened.
var errInputs = errors.New("an input could not be opened")

// errNoTerminal says that a secret is needed and nobody is there to ask.
var errNoTerminal = fmt.Errorf("%w (and there is no terminal to ask on)", certs.ErrNoPassword)

// hintError carries what to do about an error.
type hintError struct {
	error
	hint string
}

func (e hintError) Unwrap() error { return e.error }

// withHint adds what to do: a command to type where there is one.
func withHint(err error, format string, args ...any) error {
	return hintError{err, fmt.Sprintf(format, args...)}
}

// errorKinds maps errors to exit statuses and to hints. The first that matches
// counts; an error of no kind is a wrong call.
var errorKinds = []struct {
	is   error
	exit int
	hint string
}{
	{context.Canceled, exitInterrupted, ""},
	{errFindings, exitFindings, ""},
	{errInputs, exitInput, ""},
	{certs.ErrNoPassword, exitInput, hintPassword},
	{certs.ErrPassword, exitInput, hintPassword},
	{certs.ErrNoKey, exitInput, "export the certificate with its private key, or add the key to the PEM file"},
	{certs.ErrNoCertificate, exitInput, "put the key's own certificate into the file"},
	{certs.ErrSeveral, exitInput, "export one certificate with its key alone: a profile is for one user"},
	{certs.ErrTruncated, exitInput, "copy or download the file again"},
	{certs.ErrKeystore, exitInput, "keytool -importkeystore -srckeystore FILE -destkeystore FILE.p12 -deststoretype PKCS12"},
	{certs.ErrIterations, exitInput, "export the file again with the default number of iterations"},
	{certs.ErrUnsupported, exitInput, "export the file again, for example with openssl pkcs12 -export"},
	{certs.ErrFormat, exitInput, "give a .p12, .pfx, .pem, .cer or .p7b file"},
	{signer.ErrExpired, exitInput, "sign with a certificate that is valid"},
	{signer.ErrService, exitService, ""},
	{signer.ErrKey, exitInput, ""},
	{graph.ErrSignIn, exitService, "easkit help permissions says how to sign in; easkit explain knows AADSTS codes"},
	{graph.ErrExpired, exitService, "sign in anew, or write a new token into the file"},
	{trust.ErrChanged, exitInput, "easkit entra list shows what is there now; easkit entra plan makes a new plan"},
	{tenant.ErrChanged, exitInput, "easkit intune plan makes a new plan"},
	{vault.ErrService, exitService, ""},
	{vault.ErrTarget, exitInput, ""},
	{vault.ErrLost, exitInput, "run it again: it does what is left"},
	{vault.ErrIrregular, exitInput, "see what lies there, move it away, and run it again"},
	{vault.ErrNotForUs, exitInput, "give the key that --encrypt-to was for"},
	{rollout.ErrStopped, exitFindings, "easkit rollout report says why they failed; run it again then: who is done is kept"},
	{rollout.ErrStrict, exitFindings, "correct the line, or leave out --strict: then only that row fails"},
	{rollout.ErrTableChanged, exitInput, "run it again, while nobody writes the table: who is done is kept"},
	{rollout.ErrUnsealed, exitFindings, "run the rollout again: it does what is left, and ends"},
	{rollout.ErrChanged, exitFindings, "find out who changed it; once the manifest is moved away, the rollout makes all of its users anew"},
	{errUntrusted, exitFindings, ""},
	{errCRLs, exitFindings, "mend what is told above, leave out a CRL or CA that nobody needs, or say with --ignore CHECK=REASON why it does not count"},
	{trust.ErrUpload, exitService, "see what is at the address of the upload, and easkit entra list"},
	{trust.ErrNotSeen, exitService, ""},
	{userids.ErrNotSeen, exitService, ""},
	{revoke.ErrNotSeen, exitService, ""},
	{tenant.ErrNotSeen, exitService, ""},
	{tenant.ErrNotKept, exitService, ""},
	{trust.ErrEmpty, exitService, "restore the back-up before anything else: the message has the command"},
	{trust.ErrOutage, exitInput, "easkit entra apply --accept-outage agrees to that; the PKI-based store (--store pki) has no such gap"},
	{errOutside, exitService, ""},
	{ticket.ErrNone, exitInput, "easkit ticket list"},
	{ticket.ErrUsed, exitInput, "what was fetched is on a phone: easkit entra revoke ends its sign-in"},
	{keyfile.ErrExists, exitInput, "give another name with -o, or --force to replace it"},
	{fs.ErrNotExist, exitInput, ""},
}

// hintPassword is for both ways in which a password does not open a file.
const hintPassword = "give the file's password with --password-file FILE or --password-env VARIABLE"

// exitOf finds the status and the hint of an error.
func exitOf(err error) (status int, hint string) {
	if err == nil {
		return exitOK, ""
	}
	status = exitInput
	for _, kind := range errorKinds {
		if errors.Is(err, kind.is) {
			status, hint = kind.exit, kind.hint
			break
		}
	}
	if refused := new(graph.Error); errors.As(err, &refused) && status == exitInput && hint == "" {
		status, hint = exitService, refusedHint(refused)
	}
	var own hintError
	if errors.As(err, &own) {
		hint = own.hint
	}
	var key *signer.Error
	if errors.As(err, &key) && key.Hint != "" {
		hint = key.Hint
	}
	var refused *android.RefusedError
	if errors.As(err, &refused) {
		hint = refused.Hint
	}
	var unfit *intune.RefusedError
	if errors.As(err, &unfit) {
		hint = unfit.Hint
	}
	var changed *rollout.ChangedError
	if errors.As(err, &changed) {
		hint = fmt.Sprintf("find out who changed it, or the files beside it; once %s is moved away, the rollout makes all of its users anew", preflight.Printable(changed.Manifest))
	}
	var target *vault.Error
	if errors.As(err, &target) && target.Hint != "" {
		hint = target.Hint
	}
	if errors.As(err, new(*vault.LockedError)) {
		hint = "wait until that one has ended; on several machines, each does a --shard of its own"
	}
	return status, hint
}

// refusedHint is what to do when Graph refused a request.
func refusedHint(e *graph.Error) string {
	switch {
	case e.Permission != "":
		return "easkit help permissions lists what each command needs, and how an administrator gives it"
	case e.Status == http.StatusUnauthorized:
		return "sign in anew: the token is not taken"
	case e.Status == 0:
		return "the network, a proxy or a firewall may stand between: easkit help permissions names the hosts"
	}
	return ""
}

// failOn turns a report's worst verdict into the error that --fail-on asks for.
func failOn(threshold string, r *preflight.Report) error {
	worst := r.Worst()
	switch {
	case threshold == failNever:
		return nil
	case worst == preflight.StatusFail, worst == preflight.StatusWarn && threshold == failWarn:
		return errFindings
	}
	return nil
}

// failFrom is the status from which a finding is a failed test.
func failFrom(threshold string) preflight.Status {
	if threshold == failWarn {
		return preflight.StatusWarn
	}
	return preflight.StatusFail
}

// identityError reports whether an error says that a file holds no identity that
// could be used, and not that the account can't be made.
func identityError(err error) bool {
	return errors.Is(err, certs.ErrNoKey) || errors.Is(err, certs.ErrNoCertificate) || errors.Is(err, certs.ErrSeveral) || errors.Is(err, certs.ErrUnsupported)
}
