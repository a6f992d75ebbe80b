package ios

import (
	"fmt"

	"github.com/easkit/easkit/certs/preflight"
)

// unasked is what device management would have to ask for, and cannot.
func (t *teller) unasked() refusals {
	var r refusals
	for _, p := range Prompts(t.f) {
		switch {
		case p.Kind == AskP12:
			code := "ios-9000"
			if p.payload.Type == typeEAS {
				code = "ios-21006"
			}
			r = append(r, refusal{code, fmt.Sprintf("The profile does not have the password of the certificate file (%s), and nobody is asked for it.", p.Where), preflight.Observed,
				"Build the profile with the password inside (easkit ios --for mdm), or let users install it by hand."})
		case p.Kind == AskUser:
			r = append(r, refusal{"ios-4001", fmt.Sprintf("The profile does not have the user name of the mail account (%s), and nobody is asked for it. Which number comes is not known.", p.Where), preflight.Documented,
				"Write it into the profile, or let users install it by hand."})
		}
	}
	return r
}

// unnamed is what device management should say, and phones may do without.
func (t *teller) unnamed() {
	for _, p := range t.f.Accounts() {
		user, email := p.Get("UserName").Str(), p.Get("EmailAddress").Str()
		if user == "" {
			t.add(Step{Kind: "no-user-name", Maybe: true, Basis: preflight.Documented,
				Shows: fmt.Sprintf("The installation may end here: %s has no user name, which Apple documents as needed where nobody is asked.", p),
				Does:  "Write UserName into the profile.",
				Codes: []CodeHere{here("ios-4001", "Which number comes is not known.")}})
		}
		switch {
		case email != "":
		case addressOf(p) != "":
			t.add(Step{Kind: string(InventedEmail), Basis: preflight.Observed, Shows: fmt.Sprintf("Nothing: iOS makes up the mail address %s, which is not the user's.", quoted(addressOf(p))), Does: "Write EmailAddress into the profile."})
		default:
			t.add(Step{Kind: "no-email", Maybe: true, Basis: preflight.Inferred,
				Shows: fmt.Sprintf("In the profile, %s has no mail address, and nobody is asked for one: the account may not work, or the installation may end.", p),
				Does:  "Write EmailAddress into the profile."})
		}
	}
}
