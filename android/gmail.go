package android

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/easkit/easkit/android/schema"
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/profiles"
)

// gmail signs in to Exchange ActiveSync itself. Its keys are those of Google
// Workspace Admin Help, "Configure Gmail with managed configurations"
// (https://support.google.com/a/answer/7065453); how it reads them was observed
// by others. The key that limits the authentication types is not published, so it
// is not written.
var gmail = App{
	Name: "gmail", Title: "Gmail", Package: "com.google.android.gm", Product: "app:com.google.android.gm",
	keys: []key{
		text("email_address", func(c *Config) *string { return &c.Account.Email }),
		{of("exchange_host", schema.String), func(c *Config) any { return c.Account.Endpoint.String() }, setHost},
		text("exchange_username", func(c *Config) *string { return &c.Account.User }),
		fixed("exchange_ssl_required", true, "TLS is switched off: sign-in and mail can be read on the way"),
		fixed("exchange_trust_all_certificates", false, "the server's certificate is not checked: anybody on the way can pose as the server"),
		{of(gmailAlias, schema.String), getAlias, setAlias},
		text("exchange_device_id", func(c *Config) *string { return &c.Account.Android.DeviceID }),
		text("default_signature", func(c *Config) *string { return &c.Account.Android.Signature }),
		{of("default_exchange_sync_window", schema.Integer), getWindow, setWindow},
		{schema.Key{Key: "allow_unmanaged_accounts", Type: schema.Bool, Default: true}, getUnmanaged, setUnmanaged},
		unwritten(of(gmailPassword, schema.Hidden), "a password stands in the clear"), // of old releases
	},
	options: []string{"signature", "device-id", "block-unmanaged-accounts", "intune-certificate"},
	refuse:  refuseGmail,
	notes:   gmailNotes,
	odd:     oddGmail,
}

// Keys of Gmail.
const (
	gmailAlias    = "exchange_login_certificate_alias"
	gmailPassword = "exchange_password"
)

// gmailDeviceID is what Gmail takes as a device id; it ignores any other.
var gmailDeviceID = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z0-9]{1,32}$`) })

func refuseGmail(c *Config) error {
	a := c.Account
	host := a.Endpoint.String()
	if parsed, err := profiles.ParseEndpoint(host); err != nil {
		return c.refused("write the host alone, or host:port", "%v", err)
	} else if parsed.Host != strings.ToLower(a.Endpoint.Host) {
		return c.refused("write the host alone, or host:port", "host %q would be read as %q", host, parsed.Host)
	}
	if id := a.Android.DeviceID; id != "" && !gmailDeviceID().MatchString(id) {
		return c.refused("", "the device id %q is not 1 to 32 letters and digits, so it would be ignored", id)
	}
	if a.Android.IntuneCertificate == "" && c.Everybody() && a.Auth == preflight.Direct {
		return c.refused("give the id of the certificate profile by which Intune brings the keys: --intune-cert ID", "it is everybody's, and has no one name for the key")
	}
	if !slices.Contains(profiles.SyncWindows, a.SyncDays) {
		return c.refused("", "it syncs %v past days (0 is all), not %d", profiles.SyncWindows, a.SyncDays)
	}
	return nil
}

func gmailNotes(c *Config) []string {
	var notes []string
	if c.Account.Auth == preflight.Direct && c.Everybody() {
		notes = append(notes, "Gmail takes the private key from the phone's key store: a managed configuration carries no key, and Intune's certificate profile has to bring it.")
	} else if c.Account.Auth == preflight.Direct {
		notes = append(notes,
			fmt.Sprintf("Gmail takes the private key from the phone's key store under the name %q: install the .p12 file there first, by hand or by an app that Android lets install certificates (CERT_INSTALL); a managed configuration carries no key.", c.Alias),
			fmt.Sprintf(`Gmail asks the user for the certificate once, unless the policy's choosePrivateKeyRules hold {"packageNames": [%q], "privateKeyAlias": %q}.`, c.App.Package, c.Alias))
	} else {
		notes = append(notes,
			fmt.Sprintf("No %s is written: with oauth the certificate is shown to the sign-in page, and not to Exchange.", gmailAlias),
			"Nobody documents that Gmail's sign-in page offers the phone's certificates: try it with one phone, or use Outlook.",
			"The key by which Gmail limits its authentication types is not published, so it is not written: take its name and values from the app's own schema (managedProperties in the Android Management API) if your management needs it.",
			"Gmail opens the sign-in page in Chrome, which must be installed beside it, in the same profile.")
		if c.Account.Issuer == preflight.ADFS {
			notes = append(notes, "Whether Gmail on Android signs in by AD FS is not documented, and there is a report that it falls back to a password: try it with one phone.")
		}
	}
	return append(notes, "Gmail was seen to remove the account and add it anew when its configuration changes: mail is then synced again.")
}

// oddGmail knows that Gmail wants all of host, user name and address, or none.
func oddGmail(c *Config) []string {
	var notes []string
	missing := slices.DeleteFunc([]string{"email_address", "exchange_host", "exchange_username"}, func(name string) bool {
		return slices.ContainsFunc(c.Properties, func(p Property) bool { return p.Key == name && p.Value != "" })
	})
	if n := len(missing); n == 1 || n == 2 {
		notes = append(notes, fmt.Sprintf("%s missing: Gmail rejects the whole configuration", strings.Join(missing, " and ")))
	}
	if c.Account.Auth != preflight.Direct {
		return append(notes, "it names no certificate: Gmail signs in by OAuth or with a password")
	}
	if _, ok := certificateOf(c.Alias); ok {
		return append(notes, "the identity is taken from the phone's key store, where Intune puts it")
	}
	return append(notes, fmt.Sprintf("the identity is taken from the phone's key store, where it must be named %q", c.Alias))
}

// setHost reads host[:port][/path]. Exchange answers at one path only, so the
// path says nothing.
func setHost(c *Config, v any) error {
	var s string
	if err := expect(v, &s); err != nil || s == "" {
		return err
	}
	if !strings.Contains(s, "://") {
		s, _, _ = strings.Cut(s, "/")
	}
	e, err := profiles.ParseEndpoint(s)
	if err != nil {
		return err
	}
	if a := &c.Account; a.Mailbox == "" || e != a.Endpoint { // a bundle knows more than its host
		a.Endpoint, a.Mailbox = e, profiles.MailboxAt(e.Host)
	}
	return nil
}

func getAlias(c *Config) any {
	if c.Account.Auth == preflight.Direct {
		return c.Alias
	}
	return nil
}

// setAlias takes an empty alias for none, as Gmail does.
func setAlias(c *Config, v any) error {
	var alias string
	if err := expect(v, &alias); err != nil || alias == "" {
		return err
	}
	c.Alias, c.Account.Auth = alias, preflight.Direct
	if id, ok := certificateOf(alias); ok {
		c.Account.Android.IntuneCertificate = id
	}
	return nil
}

// A window is the index of its days in profiles.SyncWindows: Gmail numbers them
// as Exchange ActiveSync does (FilterType, MS-ASCMD 2.2.3.68.2).
func getWindow(c *Config) any { return slices.Index(profiles.SyncWindows, c.Account.SyncDays) }

func setWindow(c *Config, v any) error {
	var window int
	if err := expect(v, &window); err != nil {
		return err
	}
	if window < 0 || window >= len(profiles.SyncWindows) {
		return fmt.Errorf("%d is not a window from 0 to %d", window, len(profiles.SyncWindows)-1)
	}
	c.Account.SyncDays = profiles.SyncWindows[window]
	return nil
}

func getUnmanaged(c *Config) any {
	if c.Account.Android.BlockUnmanagedAccounts {
		return false
	}
	return nil // Gmail's default
}

func setUnmanaged(c *Config, v any) error {
	var allowed bool
	err := expect(v, &allowed)
	c.Account.Android.BlockUnmanagedAccounts = err == nil && !allowed
	return err
}
