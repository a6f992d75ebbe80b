package profiles

import (
	"strings"
	"testing"

	"github.com/easkit/easkit/certs/preflight"
)

func TestPresets(t *testing.T) {
	want := "china dod exchange-online exchange-online-direct exchange-online-scep exchange-server gcc-high"
	if got := strings.Join(Presets(), " "); got != want {
		t.Errorf("presets %q, want %q", got, want)
	}
	for _, name := range Presets() {
		p, err := Preset(name)
		if err != nil {
			t.Error(err)
			continue
		}
		if p.Name != name || p.Description == "" {
			t.Errorf("%s: name %q, description %q", name, p.Name, p.Description)
		}
		// A preset makes an account as it stands, but for the server on premises.
		o := Overrides{}
		if p.Host == "" {
			o.Host = "mail.contoso.com"
		}
		user := leaf("upn:alice@contoso.com")
		if p.Email != "" { // for everybody
			user = nil
		}
		a, err := p.Account(user, o)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		// What it says of mailbox and cloud is what its host says.
		if p.Host != "" && (a.Mailbox != MailboxAt(a.Endpoint.Host) || a.Cloud != onlineHosts[a.Endpoint.Host]) {
			t.Errorf("%s: mailbox %s, cloud %s at %s", name, a.Mailbox, a.Cloud, a.Endpoint)
		}
	}
}

func TestUnknownPreset(t *testing.T) {
	for _, name := range []string{"exchange-onlin", "", "../schema", "presets/dod"} {
		if _, err := Preset(name); err == nil || !strings.Contains(err.Error(), "it is one of china, dod") {
			t.Errorf("preset %q: %v", name, err)
		}
	}
}

func TestDefaultPreset(t *testing.T) {
	for _, tt := range []struct {
		o    Overrides
		want string
	}{
		{Overrides{}, "exchange-online"},
		{Overrides{Auth: preflight.OAuth}, "exchange-online"},
		{Overrides{Auth: preflight.Direct}, "exchange-online-direct"},
		{Overrides{Mailbox: preflight.ExchangeServer}, "exchange-server"},
		{Overrides{Mailbox: preflight.ExchangeServer, Auth: preflight.OAuth, Cloud: preflight.DoD}, "exchange-server"},
		{Overrides{Mailbox: preflight.ExchangeOnline}, "exchange-online"},
		{Overrides{Mailbox: preflight.MailboxUnknown}, "exchange-online"},
		{Overrides{Cloud: preflight.Worldwide}, "exchange-online"},
		{Overrides{Cloud: preflight.GCC}, "exchange-online"},
		{Overrides{Cloud: preflight.GCCHigh}, "gcc-high"},
		{Overrides{Cloud: preflight.DoD, Auth: preflight.Direct}, "dod"},
		{Overrides{Cloud: preflight.China}, "china"},
	} {
		got := DefaultPreset(tt.o)
		if got != tt.want {
			t.Errorf("DefaultPreset(%+v) = %q, want %q", tt.o, got, tt.want)
		}
		// Whatever is asked for beats the preset that it picks.
		p, err := Preset(got)
		if err != nil {
			t.Fatal(err)
		}
		o := tt.o
		if p.Host == "" {
			o.Host = "mail.contoso.com"
		}
		a, err := p.Account(leaf("upn:alice@contoso.com"), o)
		if err != nil {
			t.Fatal(err)
		}
		if o.Auth != "" && a.Auth != o.Auth || o.Mailbox != "" && a.Mailbox != o.Mailbox || o.Cloud != "" && a.Cloud != o.Cloud {
			t.Errorf("%+v gave auth %s, mailbox %s, cloud %s", tt.o, a.Auth, a.Mailbox, a.Cloud)
		}
	}
}
