package exports

import (
	"encoding/json"
	"fmt"
	"slices"

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

// androidConfigurations are the app configurations whose payloadJson package android
// knows.
var androidConfigurations = map[string]bool{"androidManagedStoreAppConfiguration": true, "androidForWorkMobileAppConfiguration": true}

// judgeInside has the profile or configuration within an object judged by the package
// that knows it, for what the call says.
func (j *judging) judgeInside(s preflight.Scenario) (preflight.Scenario, []preflight.Finding) {
	switch {
	case j.Kind.Role == intune.Custom && j.Kind.Platform == intune.IOS:
		return j.insideCustom(s)
	case androidConfigurations[j.Kind.Type]:
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
	if len(data) == 0 {
		return s, nil
	}
	sub := ios.NewSubject(data, profiles.ForIntune)
	sub.Auth, sub.Users = j.asked.Auth, j.Users
	judgement := ios.Judge(j.asked, sub)
	j.profile = sub.File
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

// insideAndroid judges a managed configuration. Of one for an app which is not known
// here, what is wrong is told, and of what was looked at the placeholders and secrets
// alone.
func (j *judging) insideAndroid(s preflight.Scenario) (preflight.Scenario, []preflight.Finding) {
	if held := j.Object[keyPayloadJSON]; held == nil || held == "" {
		return s, nil
	}
	raw := j.raw
	if len(raw) == 0 {
		raw, _ = json.Marshal(j.Object) // of JSON: it cannot fail
	}
	sub := android.NewSubject(raw, profiles.ForIntune)
	sub.Auth, sub.Users = j.asked.Auth, j.Users
	judgement := android.Judge(j.asked, sub)
	j.configuration = sub.File
	mail := sub.File == nil || sub.File.HasAccounts()
	var all []preflight.Finding
	for _, f := range judgement.Findings {
		if !mail && !f.Status.Worse(preflight.StatusSkip) && f.Check != secretsID && f.Check != tokensID {
			continue
		}
		switch {
		case f.Line > 0:
			f.Line, f.Column = j.inFile(f.Line, f.Column)
		case f.Status.Worse(preflight.StatusSkip):
			f.Line, f.Column = j.place(keyPayloadJSON)
		}
		all = append(all, f)
	}
	return judgement.Scenario, all
}

// place is where a property stands in the file.
func (j *judging) place(path string) (line, column int) {
	o := j.at(path, preflight.Outcome{})
	return o.Line, o.Column
}

// has reports whether the export has one of so many properties, be it null or empty: one
// that Graph was asked for.
func (e *Export) has(keys ...string) bool {
	return slices.ContainsFunc(keys, func(key string) bool { _, there := e.Object[key]; return there })
}

// notExported is for what an export lacks, of which nobody can tell what the tenant has.
func (j *judging) notExported(key string) []preflight.Outcome {
	return preflight.Unchecked("%s: the export has no %s: it was asked for other properties alone ($select)", j.called(), key)
}
