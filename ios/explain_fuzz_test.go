package ios_test

import (
	"testing"

	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/ios"
)

// Whatever a profile says, its story ends: installed, refused, or not to be told.
func FuzzExplain(f *testing.F) {
	f.Add(written(f, with(small(smallAccount), dict{"RemovalDate": noon, "ConsentText": dict{"en": "x"}, "DurationUntilRemoval": 1.5})), false)
	f.Add(written(f, small(with(smallAccount, dict{"OAuth": true, "PayloadCertificateUUID": identityUUID, "UserName": "x"}), smallIdentity([]byte("x")))), false)
	f.Add(written(f, small(with(smallAccount, dict{"Certificate": []byte("x"), "OAuthSignInURL": "%"}))), true)
	s := preflight.Scenario{At: noon}
	f.Fuzz(func(t *testing.T, data []byte, mdm bool) {
		file, err := ios.Open(data)
		if err != nil {
			return
		}
		story := ios.Explain(s, file, ios.Known{ByMDM: mdm})
		switch end := story.Steps[len(story.Steps)-1].Kind; {
		case story.Refused != (end == "refused"), end != "refused" && end != "done" && end != "encrypted":
			t.Errorf("it ends with %s, refused is %v", end, story.Refused)
		}
		if _, err := story.Letter(); (err != nil) != (story.Refused || story.Encrypted || story.Auth == "" || len(story.Unfilled) > 0) {
			t.Error(err)
		}
		if d := ios.Compare(s, file, file, mdm); story.Refused != (d.Verdict == ios.Refused) || !story.Refused && d.Verdict != ios.Same {
			t.Errorf("compared with itself: %s %+v", d.Verdict, d.Reasons)
		}
	})
}
