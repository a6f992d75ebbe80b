package ios

import (
	"strings"
	"time"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/cms"
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/ios/plist"
	"github.com/easkit/easkit/ios/schema"
	"github.com/easkit/easkit/profiles"
)

// srcReader is Apple's reader of property lists.
const srcReader = "https://github.com/apple-oss-distributions/CF (CFPropertyList.c)"

func checkStructure(s preflight.Scenario, j *judged) []preflight.Outcome {
	f := j.File
	all := f.oddities()
	all = append(all, f.payloadList(j.Delivery)...)
	all = append(all, f.repeated("PayloadUUID", "duplicate-uuid", "ios-1007")...)
	all = append(all, f.repeated("PayloadIdentifier", "duplicate-identifier", "ios-1008")...)
	all = append(all, f.certificates()...)
	all = append(all, f.dates(s.At)...)
	if len(all) == 0 {
		return preflight.Pass("%s, each with an identifier and a UUID of its own", preflight.Counted(len(f.Payloads), "payload"))
	}
	return all
}

// oddities are what Apple's reader passes over.
func (f *File) oddities() []preflight.Outcome {
	var all []preflight.Outcome
	for _, p := range f.List.Problems {
		o := outcome(preflight.StatusWarn, "odd", "%s", p.Text)
		o.Fix = "phones read it all the same; write it as other readers want it, too"
		if p.Repeated {
			o.Value, o.Source, o.Basis, o.Fix = "duplicate-key", srcReader, preflight.FromSource, "leave one of the two out"
		}
		all = append(all, at(p.At, o))
	}
	return all
}

// payloadList judges the list of payloads.
func (f *File) payloadList(d profiles.Delivery) []preflight.Outcome {
	content := f.contents
	switch {
	case f.Encrypted && !cms.IsEnveloped(f.Top.Get("EncryptedPayloadContent").Bytes()):
		o := outcome(preflight.StatusFail, "encrypted", "EncryptedPayloadContent is no encrypted message (CMS EnvelopedData)")
		o.Codes, o.Fix = []string{"ios-1006"}, "encrypt the payloads anew: easkit ios --encrypt-for CERT"
		return []preflight.Outcome{at(f.Top.Get("EncryptedPayloadContent").At, o)}
	case f.Encrypted:
		message := "its payloads are encrypted, so that nothing more can be said of them here"
		if d == profiles.ForManual {
			message += "; a phone opens them only with a key that it had before, so that no first installation by hand works"
		}
		o := outcome(preflight.StatusWarn, "encrypted", "%s", message)
		o.Codes, o.Fix = []string{"ios-1006"}, "check the profile before it is encrypted; deliver an unencrypted one to phones that have no key yet"
		return []preflight.Outcome{at(f.Top.Get("EncryptedPayloadContent").At, o)}
	case !content.Is(plist.Array): // of which the schema speaks
		return nil
	case len(content.Items) == 0:
		o := outcome(preflight.StatusFail, "no-payloads", "PayloadContent is empty: there is nothing to install")
		o.Codes, o.Fix = []string{"ios-1005"}, "get the whole profile, or build it anew"
		return []preflight.Outcome{at(content.At, o)}
	}
	var all []preflight.Outcome
	for i, n := range content.Items {
		if n.Kind != plist.Dictionary {
			o := outcome(preflight.StatusFail, "payload-not-dictionary", "payload %d is a value of type %s, not a dictionary", i+1, n.Kind)
			o.Codes, o.Fix = []string{"ios-2000"}, "write the payload as <dict>…</dict>, or leave it out"
			all = append(all, at(n.At, o))
		}
	}
	return all
}

// repeated finds payloads that share what each should have of its own.
func (f *File) repeated(key, word, code string) []preflight.Outcome {
	var all []preflight.Outcome
	first := map[string]*Payload{}
	for _, p := range f.Payloads {
		value := p.Get(key).Str()
		if value == "" {
			continue
		}
		if before := first[value]; before != nil {
			o := outcome(preflight.StatusFail, word, "%s and %s have the same %s, %q", before, p, key, value)
			o.Codes = []string{code}
			all = append(all, at(p.Get(key).At, o))
			continue
		}
		first[value] = p
	}
	if p := first[f.Top.Get(key).Str()]; p != nil && key == "PayloadUUID" {
		o := outcome(preflight.StatusWarn, "uuid-of-profile", "%s has the %s of the profile itself", p, key)
		o.Basis = preflight.Inferred
		all = append(all, at(p.Get(key).At, o))
	}
	return all
}

// certificates judges the payloads that bring a CA: each holds one certificate.
func (f *File) certificates() []preflight.Outcome {
	var all []preflight.Outcome
	for _, p := range f.Payloads {
		content := p.Get("PayloadContent")
		if p.Type != typeRoot && p.Type != typePKCS1 && p.Type != typePEM || !content.Is(plist.Data) {
			continue
		}
		b, err := certs.Read(content.Data, certs.Unlock{})
		switch {
		case err != nil || len(b.Certificates) == 0:
			o := outcome(preflight.StatusFail, "certificate", "%s holds no certificate", p)
			o.Codes, o.Fix = []string{"ios-9005"}, "put the certificate into it, in DER"
			all = append(all, at(content.At, o))
		case b.PKCS12 != nil || b.Format == "PKCS#7":
			o := outcome(preflight.StatusFail, "certificate", "%s holds %s, and phones take DER and PEM", p, b.Format)
			o.Basis, o.Codes, o.Fix = preflight.Observed, []string{"ios-9005"}, "put the certificate into it, in DER"
			all = append(all, at(content.At, o))
		case len(b.Certificates) > 1:
			o := outcome(preflight.StatusWarn, "certificate", "%s holds %d certificates, and phones take one", p, len(b.Certificates))
			o.Basis, o.Codes, o.Fix = preflight.Observed, []string{"ios-9001"}, "give each certificate a payload of its own"
			all = append(all, at(content.At, o))
		}
	}
	return all
}

// dates judges the ends that a profile sets itself.
func (f *File) dates(now time.Time) []preflight.Outcome {
	var all []preflight.Outcome
	if n := f.Top.Get("RemovalDate"); n.Is(plist.Date) && !n.Time.After(now) {
		o := outcome(preflight.StatusFail, "removal-date", "RemovalDate is over since %s: phones refuse the profile", n.Time.Format(time.DateOnly))
		o.Codes, o.Fix = []string{"ios-4006", "ios-4026"}, "set a later RemovalDate, or leave it out"
		all = append(all, at(n.At, o))
	}
	if n := f.Top.Get("DurationUntilRemoval"); n != nil && seconds(n) <= 0 && (n.Is(plist.Real) || n.Is(plist.Integer)) {
		o := outcome(preflight.StatusWarn, "removal-date", "DurationUntilRemoval is %v seconds: the time is over as it is installed", n.Plain())
		o.Basis, o.Codes, o.Fix = preflight.Inferred, []string{"ios-4006", "ios-4026"}, "set a time, or leave it out"
		all = append(all, at(n.At, o))
	}
	if n := f.Top.Get("PayloadExpirationDate"); n.Is(plist.Date) && !n.Time.After(now) {
		o := outcome(preflight.StatusWarn, "expired", "PayloadExpirationDate was %s: phones show the profile as expired", n.Time.Format(time.DateOnly))
		o.Fix = "set a later PayloadExpirationDate, or leave it out"
		all = append(all, at(n.At, o))
	}
	return all
}

// checkSchema holds every key against Apple's tables.
func checkSchema(s preflight.Scenario, j *judged) []preflight.Outcome {
	strict := j.Delivery == profiles.ForAppleBusiness
	var all []preflight.Outcome
	add := func(where string, issues []schema.Issue) {
		for _, i := range issues {
			all = append(all, preflight.Outcome{
				Status: i.Severity, Value: i.Word, Message: where + i.Message, Fix: clause(i.Fix), Codes: i.Codes,
				Basis: i.Basis, Source: i.Source, Line: i.At.Line, Column: i.At.Column,
			})
		}
	}
	add("", schema.CheckTop(j.File.Top, s.IOS))
	keys := len(j.File.Top.Entries)
	for _, p := range j.File.Payloads {
		add(p.String()+": ", schema.CheckPayload(p.Node, s.IOS, strict))
		keys += len(p.Entries)
	}
	if len(all) == 0 {
		return preflight.Pass("%s in %s, as Apple's schema has them for iOS %d", preflight.Counted(keys, "key"), preflight.Counted(len(j.File.Payloads), "payload"), s.IOS)
	}
	return all
}

// clause is a sentence as fixes are written: without its capital and its full stop.
func clause(sentence string) string {
	if sentence == "" {
		return ""
	}
	return strings.ToLower(sentence[:1]) + strings.TrimSuffix(sentence[1:], ".")
}
