package profiles

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/preflight"
)

// Who the account is for: certificate, then overrides.
func TestAccountNames(t *testing.T) {
	for _, tt := range []struct {
		name        string
		leaf        *certs.Certificate
		o           Overrides
		email, user string
	}{
		{"both names", leaf("upn:alice@corp.contoso.com", "mail:alice@contoso.com"), Overrides{}, "alice@contoso.com", "alice@corp.contoso.com"},
		{"UPN alone", leaf("upn:alice@contoso.com"), Overrides{}, "alice@contoso.com", "alice@contoso.com"},
		{"mail alone", leaf("mail:alice@contoso.com"), Overrides{}, "alice@contoso.com", "alice@contoso.com"},
		{"mail that isn't routable", leaf("mail:alice@contoso.local", "upn:alice@contoso.com"), Overrides{}, "alice@contoso.com", "alice@contoso.com"},
		{"the first routable mail", leaf("mail:alice@contoso.local", "mail:alice@contoso.com", "mail:a@contoso.com"), Overrides{}, "alice@contoso.com", "alice@contoso.com"},
		{"UPN that isn't routable", leaf("upn:alice@contoso.local"), Overrides{}, "alice@contoso.local", "alice@contoso.local"},
		{"the first UPN", leaf("upn:alice@contoso.com", "upn:bob@contoso.com"), Overrides{}, "alice@contoso.com", "alice@contoso.com"},
		{"--email", leaf("upn:alice@contoso.com", "mail:alice@contoso.com"), Overrides{Email: "a.example@contoso.com"}, "a.example@contoso.com", "alice@contoso.com"},
		{"--user", leaf("upn:alice@contoso.com"), Overrides{User: `CONTOSO\alice`}, "alice@contoso.com", `CONTOSO\alice`},
		{"--email for --user", leaf("mail:alice@contoso.local"), Overrides{Email: "alice@contoso.com"}, "alice@contoso.com", "alice@contoso.com"},
		{"--email, no names", leaf(), Overrides{Email: "alice@contoso.com"}, "alice@contoso.com", "alice@contoso.com"},
		{"no certificate", nil, Overrides{Email: "alice@contoso.com", User: "alice"}, "alice@contoso.com", "alice"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a, err := Template{Host: "mail.contoso.com"}.Account(tt.leaf, tt.o)
			if err != nil {
				t.Fatal(err)
			}
			if a.Email != tt.email || a.User != tt.user || a.Name != tt.email {
				t.Errorf("email %q, user %q, name %q; want %q, %q and the address for a name", a.Email, a.User, a.Name, tt.email, tt.user)
			}
		})
	}
}

func TestAccountRefuses(t *testing.T) {
	online := Template{Name: "contoso", Host: "outlook.office365.com"}
	alice := leaf("upn:alice@contoso.com")
	for _, tt := range []struct {
		name     string
		template Template
		leaf     *certs.Certificate
		o        Overrides
		want     string
	}{
		{"--cloud against the host", Template{Host: "outlook.office365.com", Mailbox: preflight.ExchangeOnline}, alice, Overrides{Cloud: preflight.GCCHigh}, "is the host of the cloud worldwide, not of gcc-high"},
		{"--mailbox against the host", Template{Host: "outlook.office365.com"}, alice, Overrides{Mailbox: preflight.ExchangeServer}, "is a host of Exchange Online"},
		{"no host", Template{Name: "contoso"}, alice, Overrides{}, `no server to connect to: the template "contoso" leaves it to the call`},
		{"--host, a URL", online, alice, Overrides{Host: "https://mail.contoso.com/owa"}, `write "mail.contoso.com"`},
		{"a template made by hand", Template{Host: "a b"}, alice, Overrides{}, "not a host name"},
		{"no names", online, leaf(), Overrides{}, "neither a UPN that is one nor a routable rfc822Name"},
		{"mail that isn't routable", online, leaf("mail:alice@contoso.local"), Overrides{}, "neither a UPN that is one nor a routable rfc822Name"},
		{"no certificate", online, nil, Overrides{User: "alice"}, "no address"},
		{"--email, no address", online, alice, Overrides{Email: "alice"}, `e-mail address "alice": no @`},
		{"UPN, no address", online, leaf("upn:alice"), Overrides{}, "neither a UPN that is one"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a, err := tt.template.Account(tt.leaf, tt.o)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want %q", err, tt.want)
			}
			if !cmp.Equal(a, Account{}) {
				t.Errorf("there is an account beside the error: %+v", a)
			}
		})
	}
}

// What kind of account it is: override, then template, then host, then default.
func TestAccountScenario(t *testing.T) {
	const (
		oauth, direct           = preflight.OAuth, preflight.Direct
		entra, adfs             = preflight.Entra, preflight.ADFS
		online, server, unknown = preflight.ExchangeOnline, preflight.ExchangeServer, preflight.MailboxUnknown
		worldwide, gcc          = preflight.Worldwide, preflight.GCC
		gccHigh, dod            = preflight.GCCHigh, preflight.DoD
		exo, onPremises         = "outlook.office365.com", "mail.contoso.com"
	)
	type want struct {
		auth    preflight.Auth
		issuer  preflight.Issuer
		mailbox preflight.Mailbox
		cloud   preflight.Cloud
	}
	for _, tt := range []struct {
		name string
		t    Template
		o    Overrides
		want want
	}{
		// The host alone.
		{"host of Exchange Online", Template{Host: exo}, Overrides{}, want{oauth, entra, online, worldwide}},
		{"any other host", Template{Host: onPremises}, Overrides{}, want{oauth, entra, unknown, worldwide}},
		{"host of another cloud", Template{Host: "webmail.apps.mil"}, Overrides{}, want{oauth, entra, online, dod}},
		{"host by the call", Template{}, Overrides{Host: exo}, want{oauth, entra, online, worldwide}},
		// The template before the host.
		{"mailbox", Template{Host: onPremises, Mailbox: online}, Overrides{}, want{oauth, entra, online, worldwide}},
		{"mailbox on premises", Template{Host: onPremises, Mailbox: server}, Overrides{}, want{direct, adfs, server, worldwide}},
		{"auth", Template{Host: exo, Auth: direct}, Overrides{}, want{direct, entra, online, worldwide}},
		{"auth on premises", Template{Host: onPremises, Mailbox: server, Auth: oauth}, Overrides{}, want{oauth, adfs, server, worldwide}},
		{"issuer on premises", Template{Host: onPremises, Mailbox: server, Auth: oauth, Issuer: entra}, Overrides{}, want{oauth, entra, server, worldwide}},
		{"cloud", Template{Host: exo, Cloud: gcc}, Overrides{}, want{oauth, entra, online, gcc}},
		{"a gateway of a cloud", Template{Host: onPremises, Mailbox: online, Cloud: gccHigh}, Overrides{}, want{oauth, entra, online, gccHigh}},
		// The override before the template.
		{"--mailbox", Template{Host: onPremises, Mailbox: online}, Overrides{Mailbox: server}, want{direct, adfs, server, worldwide}},
		{"--mailbox unknown", Template{Host: exo, Mailbox: online}, Overrides{Mailbox: unknown}, want{oauth, entra, unknown, worldwide}},
		{"--mailbox, template's auth", Template{Host: onPremises, Auth: oauth}, Overrides{Mailbox: server}, want{oauth, adfs, server, worldwide}},
		{"--auth", Template{Host: exo, Auth: direct}, Overrides{Auth: oauth}, want{oauth, entra, online, worldwide}},
		{"--issuer", Template{Host: exo, Issuer: entra}, Overrides{Issuer: adfs}, want{oauth, adfs, online, worldwide}},
		{"--cloud", Template{Host: exo, Cloud: worldwide}, Overrides{Cloud: gcc}, want{oauth, entra, online, gcc}},
		// Another host than the template's.
		{"--host on premises", Template{Host: exo, Mailbox: online}, Overrides{Host: onPremises}, want{oauth, entra, unknown, worldwide}},
		{"--host, port of its own", Template{Host: onPremises, Mailbox: online}, Overrides{Host: onPremises + ":8443"}, want{oauth, entra, unknown, worldwide}},
		{"--host for a template without", Template{Mailbox: online}, Overrides{Host: onPremises}, want{oauth, entra, unknown, worldwide}},
		{"--host, the same", Template{Host: "Mail.Contoso.com:443", Mailbox: online, Cloud: gccHigh}, Overrides{Host: onPremises}, want{oauth, entra, online, gccHigh}},
		{"--host and --mailbox", Template{Host: exo, Mailbox: online}, Overrides{Host: onPremises, Mailbox: online}, want{oauth, entra, online, worldwide}},
		{"--host, template on premises", Template{Mailbox: server}, Overrides{Host: onPremises}, want{direct, adfs, server, worldwide}},
		{"--host of Exchange Online, template on premises", Template{Mailbox: server}, Overrides{Host: exo}, want{oauth, entra, online, worldwide}},
		{"--host of another cloud", Template{Host: exo, Mailbox: online, Cloud: worldwide}, Overrides{Host: "outlook.office365.us"}, want{oauth, entra, online, gccHigh}},
		{"no host", Template{Mailbox: online, Cloud: gccHigh}, Overrides{}, want{oauth, entra, online, gccHigh}},
		{"--host that GCC shares", Template{Mailbox: online, Cloud: gcc}, Overrides{Host: exo}, want{oauth, entra, online, gcc}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a, err := tt.t.Account(leaf("upn:alice@contoso.com"), tt.o)
			if err != nil {
				t.Fatal(err)
			}
			if got := (want{a.Auth, a.Issuer, a.Mailbox, a.Cloud}); got != tt.want {
				t.Errorf("%+v, want %+v", got, tt.want)
			}
			s := a.Scenario(preflight.Scenario{At: now, IOS: 17, Auth: "lost", Mailbox: "lost"})
			if (want{s.Auth, s.Issuer, s.Mailbox, s.Cloud}) != tt.want || s.At != now || s.IOS != 17 || s.Android != preflight.DefaultAndroid {
				t.Errorf("the scenario is %+v", s)
			}
		})
	}
}

// What neither call nor template say.
func TestAccountDefaults(t *testing.T) {
	a, err := Template{Host: "outlook.office365.com"}.Account(leaf("upn:alice@contoso.com"), Overrides{App: "outlook"})
	if err != nil {
		t.Fatal(err)
	}
	on := Service{On: true}
	want := Account{
		Name: "alice@contoso.com", Email: "alice@contoso.com", User: "alice@contoso.com",
		Endpoint: Endpoint{Host: "outlook.office365.com"},
		Auth:     preflight.OAuth, Issuer: preflight.Entra, Mailbox: preflight.ExchangeOnline, Cloud: preflight.Worldwide,
		Identifier: DefaultIdentifier, SyncDays: DefaultSyncDays,
		Services: Services{Mail: on, Contacts: on, Calendars: on, Reminders: on, Notes: on},
		Android:  Android{App: "outlook"},
	}
	if diff := cmp.Diff(want, a); diff != "" {
		t.Errorf("account (-want +got):\n%s", diff)
	}
}

// --app beats the template.
func TestAccountApp(t *testing.T) {
	template := Template{Host: "outlook.office365.com", Android: TemplateAndroid{App: "gmail"}}
	for app, want := range map[string]string{"": "gmail", "outlook": "outlook"} {
		a, err := template.Account(leaf("upn:alice@contoso.com"), Overrides{App: app})
		if err != nil || a.Android.App != want {
			t.Errorf("--app %q: %q, %v; want %q", app, a.Android.App, err, want)
		}
	}
}
