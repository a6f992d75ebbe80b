package exports

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/easkit/easkit/android"
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/ios"
	"github.com/easkit/easkit/profiles"
	"github.com/easkit/easkit/profiles/intune"
)

// Checks of what is inside an object that are told otherwise here.
const (
	secretsID = "profile.secrets"
	tokensID  = "profile.tokens"
	signerID  = "profile.signer" // Intune takes nothing signed, whoever signed it
)

// mailPackages are the Android apps whose configurations package android knows.
var mailPackages = []string{"app:com.google.android.gm", "app:com.microsoft.office.outlook"}

// judgeInside has the profile or configuration within an object judged by the package
// that knows it, for what the call says.
func (j *judging) judgeInside(s preflight.Scenario) (preflight.Scenario, []preflight.Finding) {
	switch {
	case j.Kind.Role == intune.Custom:
		return j.insideCustom(s)
	case j.Kind.Type == "androidManagedStoreAppConfiguration":
		return j.insideAndroid(s)
	case j.Kind.Role == intune.AppConfig:
		return s, tokensCheck.Apply(s, j)
	}
	return s, nil
}

// insideCustom judges the .mobileconfig in a custom profile. One without a mail account
// is no concern here, but for what it gives away.
func (j *judging) insideCustom(s preflight.Scenario) (preflight.Scenario, []preflight.Finding) {
	data, ok := payload(j.Object, "payload")
	if !ok {
		data = []byte(j.Object.Text("payload"))
	}
	sub := ios.NewSubject(data, profiles.ForIntune)
	sub.Auth, sub.Users = j.asked.Auth, j.Users
	judgement := ios.Judge(j.asked, sub)
	mail := sub.File == nil || sub.File.Encrypted || len(sub.File.Accounts()) > 0
	var all []preflight.Finding
	for _, f := range judgement.Findings {
		if !mail && f.Check != secretsID || f.Check == signerID {
			continue
		}
		if f.Line > 0 { // a line of the profile, not of the file that it is exported to
			f.Message += fmt.Sprintf(" (line %d of the profile)", f.Line)
		}
		f.Line, f.Column = j.place("payload")
		all = append(all, f)
	}
	return judgement.Scenario, all
}

// insideAndroid judges a managed configuration. That of an app which is not known here
// is judged for its placeholders and secrets alone.
func (j *judging) insideAndroid(s preflight.Scenario) (preflight.Scenario, []preflight.Finding) {
	if j.Object.Text("payloadJson") == "" {
		return s, nil
	}
	raw := j.raw
	if len(raw) == 0 {
		raw, _ = json.Marshal(j.Object) // of JSON: it cannot fail
	}
	sub := android.NewSubject(raw, profiles.ForIntune)
	sub.Auth, sub.Users = j.asked.Auth, j.Users
	judgement := android.Judge(j.asked, sub)
	mail := sub.File == nil || j.isMailApp()
	var all []preflight.Finding
	for _, f := range judgement.Findings {
		if !mail && f.Check != secretsID && f.Check != tokensID {
			continue
		}
		if f.Line > 0 {
			f.Line, f.Column = j.inFile(f.Line, f.Column)
		}
		all = append(all, f)
	}
	return judgement.Scenario, all
}

func (j *judging) isMailApp() bool {
	for _, p := range mailPackages {
		if p == j.Object.Text("packageId") {
			return true
		}
	}
	return false
}

// place is where a property stands in the file.
func (j *judging) place(path string) (line, column int) {
	o := j.at(path, preflight.Outcome{})
	return o.Line, o.Column
}

// keys judges what lies open in an object for all who read Intune.
func (j *judging) keys(preflight.Scenario) []preflight.Outcome {
	var all []preflight.Outcome
	if data, ok := payload(j.Object, "payload"); ok && j.Kind.Role == intune.Custom && holdsIdentity(data) {
		all = append(all, j.at("payload", outcome(preflight.StatusFail, "key", "%s holds a private key, which all readers, exports and back-ups of Intune have", j.called())))
	}
	skipped := false
	for _, f := range j.inside {
		switch {
		case f.Check != secretsID:
		case f.Status == preflight.StatusSkip:
			skipped = true
		case f.Status == preflight.StatusPass, f.Value == "key" && len(all) > 0:
		default:
			all = append(all, preflight.Outcome{
				Status: f.Status, Value: f.Value, Message: j.called() + ": " + f.Message, Basis: f.Basis, Source: f.Source, Fix: f.Fix, Line: f.Line, Column: f.Column,
			})
		}
	}
	all = append(all, j.settingSecrets()...)
	switch {
	case len(all) > 0 && j.isPilot():
		return forPilot(all)
	case len(all) > 0:
		return all
	case skipped:
		return preflight.Unchecked("%s: what is in it is encrypted", j.called())
	}
	return preflight.Pass("%s: no key and no password lies open in it", j.called())
}

// isPilot reports whether easkit marked an object as one user's, for a pilot.
func (j *judging) isPilot() bool {
	mark, ok := intune.MarkOf(j.Object)
	return ok && strings.HasPrefix(mark.Key, "ios-pilot-")
}

// forPilot lowers what was said when the pilot was made to a warning.
func forPilot(all []preflight.Outcome) []preflight.Outcome {
	for i := range all {
		if all[i].Status == preflight.StatusFail {
			all[i].Status = preflight.StatusWarn
			all[i].Message += "; it is marked as a pilot"
			all[i].Fix = "delete it when the pilot ends, and revoke its certificate"
		}
	}
	return all
}

// holdsIdentity finds a private key in a configuration profile, be it for mail or not.
func holdsIdentity(data []byte) bool {
	if bytes.Contains(data, []byte("PRIVATE KEY-----")) {
		return true
	}
	f, err := ios.Open(data)
	if err != nil {
		return bytes.Contains(data, []byte("com.apple.security.pkcs12"))
	}
	for _, p := range f.Of("com.apple.security.pkcs12") {
		if len(p.Get("PayloadContent").Bytes()) > 0 {
			return true
		}
	}
	return f.KeyInside()
}
