package rollout

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/preflight"
)

// The checks of a row of the table.
const (
	RowReadable = "row.readable"
	RowUser     = "row.user"
	RowIdentity = "row.identity"
	RowPassword = "row.password"
	RowOutput   = "row.output"
)

// What the rules of a row rest on.
const (
	srcCSV    = "RFC 4180 section 2"
	srcUPN    = "https://learn.microsoft.com/entra/identity/authentication/concept-certificate-based-authentication-certificateuserids"
	srcPKCS12 = "RFC 7292 section 4"
	srcOurs   = "easkit/manifest/v1"
)

// rowChecks is the catalogue. Their outcomes are known where a row is read, where its
// files are found, and where results are written.
var rowChecks = []preflight.Info{
	{
		ID: RowReadable, Title: "The row has as many fields as the table's header, in text that can be read", Basis: preflight.Documented, Source: srcCSV,
		Reason: "a field that is one column off gives a user another's address or certificate",
		Fix:    "correct the line, or export the table again as CSV in UTF-8",
	},
	{
		ID: RowUser, Title: "The row names a user, by UPN or address, that no other row names", Basis: preflight.Documented, Source: srcUPN,
		Reason: "without a name no certificate can be told to be the user's; with two rows the later profile replaces the earlier",
		Fix:    "write the user's UPN or mail address into the row, once in the table, or say with --map which column has it",
	},
	{
		ID: RowIdentity, Title: "One file is the user's, and its certificate names them", Basis: preflight.Documented, Source: srcUPN,
		Reason: "a certificate of somebody else signs in to their mailbox, or is refused as a wrong password",
		Fix:    "put the user's own .p12 into the folder under their UPN, or name its path in the column identity",
	},
	{
		ID: RowPassword, Title: "A password that is given opens the user's file", Basis: preflight.Documented, Source: srcPKCS12,
		Reason: "without its password the key in the file can't be used, and neither can the phone use it",
		Fix:    "give the file's password with --passwords or --password-file",
	},
	{
		ID: RowOutput, Title: "What was made for the row lies in the target, and one manifest says so, once", Basis: preflight.Documented, Source: srcOurs,
		Reason: "a user without a profile has no mail on the phone, and nobody is told",
		Fix:    "run the rollout again: it does what is left",
	},
}

// Catalogue lists the checks of a row.
func Catalogue() []preflight.Info { return append([]preflight.Info{}, rowChecks...) }

// RowFinding is the finding on a row by one of the checks above: failed by err, or passed
// where that is nil. Line is that of the table.
func RowFinding(check string, line int, err error) preflight.Finding {
	if err == nil {
		return RowOutcome(check, preflight.Pass("line %d of the table", line)[0])
	}
	o := preflight.Fail("%s", preflight.Printable(err.Error()))[0]
	o.Line, o.Fix = line, ownFix(err)
	return RowOutcome(check, o)
}

// fixes are what to do about a user's file that is there, and of no use.
var fixes = []struct {
	is  error
	fix string
}{
	{certs.ErrTruncated, "copy or export the file again"},
	{certs.ErrKeystore, "keytool -importkeystore -srckeystore FILE -destkeystore FILE.p12 -deststoretype PKCS12"},
	{certs.ErrNoKey, "export the certificate with its private key"},
	{certs.ErrNoCertificate, "put the key's own certificate into the file"},
	{certs.ErrSeveral, "export one certificate with its key alone"},
	{certs.ErrIterations, "export the file again with the default number of iterations"},
	{certs.ErrUnsupported, "export the file again, for example with openssl pkcs12 -export"},
	{certs.ErrFormat, "export the file again as .p12, .pfx or .pem"},
	{fs.ErrPermission, "let the account that runs easkit read the file"},
}

// ownFix is what to do about an error; "" where the check itself says it.
func ownFix(err error) string {
	for _, f := range fixes {
		if errors.Is(err, f.is) {
			return f.fix
		}
	}
	return ""
}

// RowOutcome is the finding for any outcome of one of the checks above.
func RowOutcome(check string, o preflight.Outcome) preflight.Finding {
	for _, info := range rowChecks {
		if info.ID == check {
			return apply(info, o)
		}
	}
	unknown := preflight.Info{ID: check, Basis: preflight.Measured, Source: srcOurs, Fix: "report this as a mistake of easkit"}
	return apply(unknown, preflight.Fail("there is no check %q of rows: %s", check, o.Message)[0])
}

func apply(info preflight.Info, o preflight.Outcome) preflight.Finding {
	c := preflight.Check[preflight.Outcome]{Info: info, Run: func(_ preflight.Scenario, o preflight.Outcome) []preflight.Outcome {
		return []preflight.Outcome{o}
	}}
	return c.Apply(preflight.Scenario{}, o)[0]
}

// outputFailed is a failure of row.output with a word of its own.
func outputFailed(value, fix string, line int, format string, args ...any) preflight.Finding {
	return RowOutcome(RowOutput, preflight.Outcome{Status: preflight.StatusFail, Message: fmt.Sprintf(format, args...), Value: value, Fix: fix, Line: line})
}
