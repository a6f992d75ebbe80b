package intune

import (
	"bytes"
	"encoding/base64"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/easkit/easkit/profiles"
)

// sectionKeys lists the keys of a section of a template.
func sectionKeys(t *testing.T, name string) []string {
	t.Helper()
	root := reflect.TypeFor[profiles.Template]()
	for i := range root.NumField() {
		if root.Field(i).Tag.Get("yaml") != name {
			continue
		}
		var keys []string
		for j := range root.Field(i).Type.NumField() {
			keys = append(keys, root.Field(i).Type.Field(j).Tag.Get("yaml"))
		}
		return keys
	}
	t.Fatalf("there is no section %s", name)
	return nil
}

const pilotUser = "alice@contoso.com"

// A pilot's profile goes to Intune byte for byte, marked as one.
func TestNewOfPilots(t *testing.T) {
	profile := fixture(t, "profiles/intune-pilot.mobileconfig")
	o := fromTemplate(t, "")
	o.CAs = nil // of pilots alone
	o.Pilots = []Pilot{{User: strings.ToUpper(pilotUser), FileName: `C:\profiles\alice.mobileconfig`, Profile: profile}}
	set := mustSet(t, o)
	checkSet(t, set)
	part := set.Parts[0]
	payload, err := base64.StdEncoding.DecodeString(part.Object.Text("payload"))
	switch {
	case len(set.Parts) != 1 || !part.Secret || part.Key != "ios-pilot-"+fingerprint([]byte(pilotUser)):
		t.Errorf("the parts are %v", keysOf(set))
	case err != nil || !bytes.Equal(payload, profile):
		t.Errorf("the payload is another: %v", err)
	case !strings.HasPrefix(part.Object.Name(), "PILOT ") || !strings.HasPrefix(part.Object.Text("description"), "PILOT"):
		t.Errorf("%q, %q", part.Object.Name(), part.Object.Text("description"))
	case part.Object.Text("payloadFileName") != "alice.mobileconfig":
		t.Errorf("the file is %q", part.Object.Text("payloadFileName"))
	case !strings.Contains(strings.Join(part.Notes, " "), "nobody else"):
		t.Errorf("the notes are %q", part.Notes)
	}
	if set.ID != "com.contoso.mail.pilot" || set.Name != "Contoso mail pilot" || set.Groups != nil {
		t.Errorf("the set is %s, %q, for %q: a plan of it would speak of everybody's", set.ID, set.Name, set.Groups)
	}
	o.Pilots[0].User, o.Pilots[0].FileName = "", ""
	again := mustSet(t, o).Parts[0]
	if again.Key != part.Key || again.Object.Text("payloadFileName") != pilotUser+".mobileconfig" {
		t.Errorf("without a user and a file it is %s, %q", again.Key, again.Object.Text("payloadFileName"))
	}
}

// Pilots stand beside what is for everybody.
func TestNewOfPilotsAndEverybody(t *testing.T) {
	o := fromTemplate(t, byPKCS)
	o.Account.Intune.Platforms = []string{"ios"}
	o.Pilots = []Pilot{{Profile: fixture(t, "profiles/intune-pilot.mobileconfig")}}
	if got, want := keysOf(mustSet(t, o)), "ios-certificate ios-mail ios-outlook ios-pilot-"+fingerprint([]byte(pilotUser)); got != want {
		t.Errorf("parts %s, want %s", got, want)
	}
}

// The certificate of a pilot is held against its user, where it can be opened.
func TestNewLooksAtTheCertificatesOfPilots(t *testing.T) {
	for _, tt := range []struct {
		file string
		at   time.Time
		want string // of the error, or of a note
	}{
		{"intune-key", setTime, "The password of the key is in the profile too"},
		{"intune-pilot", setTime, "Intune asks nobody for it"},
		{"intune-pilot", setTime, "nobody looked whether its certificate is alice@contoso.com's"},
		{"p12-password-wrong", setTime, "nobody looked whether its certificate is alice@contoso.com's"},
		{"match-other", setTime, "the certificate in it is for alice@contoso.com"},
		{"intune-key", setTime.AddDate(50, 0, 0), "the certificate in it has expired"},
		{"intune-key", setTime.AddDate(-50, 0, 0), "the certificate in it is valid only from"},
		{"intune-key", time.Time{}, "The password of the key is in the profile too"},
	} {
		o := fromTemplate(t, "")
		o.CAs, o.At = nil, tt.at
		o.Pilots = []Pilot{{Profile: fixture(t, "profiles/"+tt.file+".mobileconfig")}}
		set, err := New(o)
		told := ""
		if err == nil {
			told = strings.Join(set.Parts[0].Notes, "\n")
			checkSet(t, set)
		} else {
			told = err.Error()
		}
		if !strings.Contains(told, tt.want) {
			t.Errorf("%s at %s: %s, want %q", tt.file, tt.at.Format(time.DateOnly), told, tt.want)
		}
	}
}

// A certificate that names the mailbox and not who signs in may be right by a mapping.
func TestNewTellsOfAnotherUserName(t *testing.T) {
	o := fromTemplate(t, "")
	o.CAs = nil
	profile := string(fixture(t, "profiles/intune-key.mobileconfig"))
	i := strings.Index(profile, "<key>UserName</key>")
	o.Pilots = []Pilot{{Profile: []byte(profile[:i] + strings.Replace(profile[i:], pilotUser, "bob@contoso.com", 1))}}
	if notes := strings.Join(mustSet(t, o).Parts[0].Notes, " "); !strings.Contains(notes, "See whether the certificate is this user's (the phone will sign in as bob@contoso.com") {
		t.Errorf("the notes are %q", notes)
	}
}

// Names that are alike once what Intune cannot have is out of them stay apart.
func TestPilotsOfLikeNames(t *testing.T) {
	profile := fixture(t, "profiles/intune-pilot.mobileconfig")
	o := fromTemplate(t, "")
	o.CAs = nil
	for _, user := range []string{"pat+a@contoso.com", "pat'a@contoso.com", "pat.a@contoso.com"} {
		o.Pilots = append(o.Pilots, Pilot{Profile: bytes.ReplaceAll(profile, []byte(pilotUser), []byte(user))})
	}
	set := mustSet(t, o)
	var names []string
	for _, p := range set.Parts {
		names = append(names, p.Object.Name())
	}
	if want := "PILOT Contoso mail pilot - iOS profile of pat.a@contoso.com"; len(names) != len(o.Pilots) || !slices.Contains(names, want) {
		t.Errorf("the names are %q", names)
	}
	folderOf(t, set)
}

// The password of the key is told of, and not told.
func TestNewOfAPilotWithItsPassword(t *testing.T) {
	profile := bytes.Replace(fixture(t, "profiles/intune-pilot.mobileconfig"), []byte("<key>PayloadCertificateFileName</key>"), []byte("<key>Password</key><string>s3cret-word</string><key>PayloadCertificateFileName</key>"), 1)
	o := fromTemplate(t, byPKCS)
	o.Pilots = []Pilot{{Profile: profile}}
	set := mustSet(t, o)
	notes := strings.Join(set.Parts[len(set.Parts)-1].Notes, " ")
	if !strings.Contains(notes, "password of the key is in the profile") || strings.Contains(notes, "s3cret") {
		t.Errorf("the notes are %q", notes)
	}
}

func TestNewRefusesPilots(t *testing.T) {
	sound := fixture(t, "profiles/intune-pilot.mobileconfig")
	file := func(name string) []byte { return fixture(t, "profiles/"+name+".mobileconfig") }
	for _, tt := range []struct {
		name   string
		pilots []Pilot
		want   string
	}{
		{"signed", []Pilot{{User: pilotUser, Profile: file("signed-for-intune")}}, "it is signed"},
		{"binary", []Pilot{{User: pilotUser, Profile: file("binary-intune")}}, "binary property list"},
		{"a byte order mark", []Pilot{{User: pilotUser, Profile: append([]byte("\ufeff"), sound...)}}, "byte order mark"},
		{"not well-formed", []Pilot{{User: pilotUser, Profile: file("intune-broken")}}, "line "},
		{"cut short", []Pilot{{User: pilotUser, Profile: file("cut-short")}}, "line "},
		{"no profile", []Pilot{{User: pilotUser, Profile: []byte("<html>")}}, "not an iOS configuration profile"},
		{"encrypted", []Pilot{{User: pilotUser, Profile: file("encrypted")}}, "encrypted"},
		{"no account", []Pilot{{User: pilotUser, Profile: file("no-payloads")}}, "no mail account"},
		{"large", []Pilot{{User: pilotUser, Profile: append(bytes.Clone(sound), bytes.Repeat([]byte("\n"), MaxPilotProfile)...)}}, "more than the 1,000,000"},
		{"placeholders", []Pilot{{Profile: file("intune-tokens")}}, "Intune would take for a placeholder"},
		{"another's", []Pilot{{User: "bob@contoso.com", Profile: sound}}, "hand one user's mailbox to another"},
		{"nobody's", []Pilot{{User: "alice", Profile: sound}}, "no UPN or mail address"},
		{"twice", []Pilot{{Profile: sound}, {User: pilotUser, Profile: sound}}, "is there twice"},
		{"too many", make([]Pilot, MaxPilots+1), "26 pilots"},
	} {
		o := fromTemplate(t, byPKCS)
		o.Pilots = tt.pilots
		var no *RefusedError
		if set, err := New(o); !errors.As(err, &no) || set != nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.want)
		}
	}
}
