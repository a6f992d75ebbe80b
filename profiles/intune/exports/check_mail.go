package exports

import (
	"slices"
	"strings"

	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/profiles"
	"github.com/easkit/easkit/profiles/intune"
)

// Values of authenticationMethod (easAuthenticationMethod of Graph).
const (
	methodCertificate = "certificate"
	methodDerived     = "derivedCredential"
	methodPassword    = "usernameAndPassword"
)

// keyOAuth is the property that switches OAuth on.
const keyOAuth = "useOAuth"

// method is how a mail profile lets phones sign in. Graph takes capitals for the same.
func method(e *Export) string {
	said := e.Object.Text("authenticationMethod")
	for _, m := range []string{methodCertificate, methodDerived, methodPassword} {
		if strings.EqualFold(said, m) {
			return m
		}
	}
	return said
}

// byCertificate reports whether a mail profile signs in with one of Intune's.
func byCertificate(e *Export) bool { return method(e) == methodCertificate }

// account judges the server of a mail profile as the phone will take it.
func (j *judging) account(s preflight.Scenario) []preflight.Outcome {
	if j.Kind.Retired {
		return []preflight.Outcome{j.retired()}
	}
	all := slices.Concat(j.host(), j.names(s))
	if len(all) == 0 {
		endpoint, _ := profiles.ParseEndpoint(j.Object.Text("hostName")) // of which host found nothing wrong
		return preflight.Pass("%s: %s by TLS, and Intune fills in user name and address", j.called(), shown(endpoint.String()))
	}
	return all
}

// androidForWork is what is known of types that Graph has twice.
const androidForWork = "Android for Work became the work profile, which has types of its own in Graph"

// ends is why nothing runs any more what a retired type configures. Of Windows Mail only
// the press is known to have kept what Microsoft said.
var ends = map[string]struct {
	why, source string
	basis       preflight.Basis
}{
	"androidEasEmailProfileConfiguration":      {"Intune ended the management of phones with Google's services by a device administrator on 2024-12-31", "https://learn.microsoft.com/mem/intune/remote-actions/device-sync", preflight.Documented},
	"androidForWorkGmailEasConfiguration":      {androidForWork, srcGraphIntune, preflight.Inferred},
	"androidForWorkNineWorkEasConfiguration":   {androidForWork, srcGraphIntune, preflight.Inferred},
	"windowsPhoneEASEmailProfileConfiguration": {"support for Windows 10 Mobile, the last Windows for phones, ended around the end of 2019", "https://www.windowscentral.com/microsoft-outlines-end-support-plans-windows-10-mobile", preflight.Observed},
	"windows10EasEmailProfileConfiguration":    {"Windows Mail stopped sending and receiving on 2024-12-31", "https://www.neowin.net/news/windows-mail-will-stop-working-on-december-31-2024/", preflight.Observed},
}

func (j *judging) retired() preflight.Outcome {
	end := ends[j.Kind.Type]
	o := outcome(preflight.StatusWarn, "no-client", "%s is for something that has ended: %s", j.called(), end.why)
	o.Basis, o.Source, o.Fix = end.basis, end.source, "make a mail profile for an app that people have, and take the assignments of this one away"
	return j.at("", o)
}

func (j *judging) host() []preflight.Outcome {
	var all []preflight.Outcome
	add := func(key, word, fix, format string, args ...any) {
		o := outcome(preflight.StatusFail, word, format, args...)
		o.Fix = fix
		all = append(all, j.at(key, o))
	}
	host := j.Object.Text("hostName")
	endpoint, err := profiles.ParseEndpoint(withoutTokens(host))
	switch {
	case !j.has("hostName"):
		all = append(all, j.notExported("hostName")...)
	case strings.TrimSpace(host) == "":
		add("hostName", "no-host", "write the server's name, outlook.office365.com for Exchange Online", "%s names no server: hostName is empty", j.called())
	case err != nil:
		add("hostName", "host", "write the server's name alone", "%s: hostName: %s", j.called(), preflight.Printable(err.Error()))
	case len(profiles.Tokens(host)) > 0:
		all = append(all, preflight.Unchecked("%s: hostName has placeholders: which server that becomes is not known here", j.called())...)
	case j.oauth() && profiles.TokenHost(endpoint.Host) != "":
		add("hostName", "certificate-host", "write "+profiles.TokenHost(endpoint.Host), "%s signs in by OAuth, and %s is for certificates alone", j.called(), endpoint.Host)
		all[len(all)-1].Basis = preflight.Inferred
	}
	if ssl, ok := j.Object["requireSsl"].(bool); ok && !ssl {
		add("requireSsl", "no-ssl", "switch SSL on", "%s: requireSsl is false: phones connect without TLS, and no certificate is asked for", j.called())
	}
	return all
}

// withoutTokens is a text with a letter for each placeholder.
func withoutTokens(s string) string {
	rest, _ := cutTokens(s, "x")
	return rest
}

// oauth reports whether a mail profile switches OAuth on. Only that for iPhones can.
func (e *Export) oauth() bool {
	on, _ := e.Object[keyOAuth].(bool)
	return on && e.Kind.Platform == intune.IOS
}

// names judges which attribute of the directory becomes the user name. Exchange Online
// knows users by their UPN.
func (j *judging) names(s preflight.Scenario) []preflight.Outcome {
	if s.Mailbox != preflight.ExchangeOnline {
		return nil
	}
	for _, key := range []string{"usernameSource", "usernameAADSource"} {
		switch source := j.Object.Text(key); strings.ToLower(source) {
		case "samaccountname", "username":
			o := outcome(preflight.StatusWarn, "no-upn", "%s: %s is %s, and Exchange Online knows users by their UPN", j.called(), key, shown(source))
			o.Basis, o.Fix = preflight.Inferred, "choose the user principal name"
			return []preflight.Outcome{j.at(key, o)}
		}
	}
	return nil
}

// auth judges whether sign-in and OAuth agree, and with what the call asks for.
func (j *judging) auth(s preflight.Scenario) []preflight.Outcome {
	var all []preflight.Outcome
	warn := func(key, word, fix, format string, args ...any) {
		o := outcome(preflight.StatusWarn, word, format, args...)
		o.Fix = fix
		all = append(all, j.at(key, o))
	}
	const key = "authenticationMethod"
	switch m := method(j.Export); {
	case m == "":
		return preflight.Unchecked("%s: the export has no %s", j.called(), key)
	case m == methodPassword && j.oauth():
		warn(key, "no-certificate", "choose Certificate as authentication method, and the certificate profile", "%s brings no certificate (%s is %s): Entra ID can ask only for one that comes to the phone otherwise", j.called(), key, m)
	case m == methodPassword:
		warn(key, "password", "", "%s signs in with user name and password, and no certificate is used", j.called())
	case m != methodCertificate && m != methodDerived:
		return preflight.Unchecked("%s: %s is %q, of which nothing is known here", j.called(), key, shown(m))
	case j.Kind.Platform == intune.IOS && !j.has(keyOAuth):
		return j.notExported(keyOAuth)
	case j.asked.Auth != "" && j.asked.Auth != s.Auth:
		o := outcome(preflight.StatusFail, "other-auth", "%s: sign-in is %s, and %s was asked for", j.called(), s.Auth, j.asked.Auth)
		o.Fix = otherAuth(j.Kind, j.asked.Auth)
		all = append(all, j.at(j.signInKey(), o))
	}
	switch {
	case len(all) > 0:
		return all
	case s.Auth == preflight.OAuth:
		return preflight.Pass("%s: sign-in is by OAuth with the certificate, which the users choose on a sign-in page", j.called())
	}
	return preflight.Pass("%s: the phone shows the certificate to the server itself", j.called())
}

// signInKey is the property that decides the sign-in, as far as the type has it.
func (j *judging) signInKey() string {
	if _, ok := j.Object[keyOAuth]; ok && j.Kind.Platform == intune.IOS {
		return keyOAuth
	}
	return "authenticationMethod"
}

// otherAuth says how a mail profile comes to another sign-in. Only that of iPhones knows
// OAuth.
func otherAuth(k intune.Kind, auth preflight.Auth) string {
	switch {
	case auth == preflight.Direct:
		return "switch OAuth off in the mail profile"
	case k.Platform == intune.IOS:
		return "switch OAuth on in the mail profile, which Intune then issues again: users are asked to sign in"
	}
	return "this type of mail profile has no OAuth: give users Outlook, by an app configuration (easkit android --app outlook)"
}

// retirement tells whether the sign-in stays.
func (j *judging) retirement(s preflight.Scenario) []preflight.Outcome {
	if m := method(j.Export); m != methodCertificate && m != methodDerived {
		return preflight.Skip("%s: no certificate is known to be used", j.called())
	}
	if j.Kind.Platform == intune.IOS && !j.has(keyOAuth) {
		return j.notExported(keyOAuth)
	}
	all := preflight.Retirement[0].Run(s, struct{}{})
	for i := range all {
		all[i].Message = j.called() + ": " + all[i].Message
		all[i].Fix = otherAuth(j.Kind, preflight.OAuth)
		if all[i].Status.Worse(preflight.StatusSkip) {
			all[i] = j.at(j.signInKey(), all[i])
		}
	}
	return all
}
