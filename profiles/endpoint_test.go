package profiles

import (
	"strings"
	"testing"

	"github.com/easkit/easkit/certs/preflight"
)

func TestParseEndpoint(t *testing.T) {
	for in, want := range map[string]Endpoint{
		"outlook.office365.com":     {Host: "outlook.office365.com"},
		"Outlook.Office365.COM":     {Host: "outlook.office365.com"},
		"outlook.office365.com:443": {Host: "outlook.office365.com"},
		"mail.contoso.com:8443":     {Host: "mail.contoso.com", Port: 8443},
		"mail.contoso.com:65535":    {Host: "mail.contoso.com", Port: 65535},
		"ex_01.contoso.local":       {Host: "ex_01.contoso.local"},
		"localhost:8443":            {Host: "localhost", Port: 8443},
		"192.0.2.7":                 {Host: "192.0.2.7"},
		"[2001:db8::7]:8443":        {Host: "2001:db8::7", Port: 8443},
		"[2001:db8::7]":             {Host: "2001:db8::7"},
		"2001:db8::7":               {Host: "2001:db8::7"},
		"xn--mnchen-3ya.example":    {Host: "xn--mnchen-3ya.example"},
	} {
		got, err := ParseEndpoint(in)
		if err != nil || got != want {
			t.Errorf("ParseEndpoint(%q) = %+v, %v; want %+v", in, got, err, want)
		}
	}
}

func TestParseEndpointRefuses(t *testing.T) {
	for in, want := range map[string]string{
		"":                                   "is not a host name",
		"https://outlook.office365.com/owa":  `is a URL (https): write "outlook.office365.com"`,
		"https://mail.contoso.com:8443?x=/y": `write "mail.contoso.com:8443"`,
		"eas://":                             "is a URL (eas)",
		"mail.contoso.com/Microsoft-Server":  "is not a host name",
		"mail.contoso.com:":                  "the port is a number",
		"mail.contoso.com:0":                 "the port is a number",
		"mail.contoso.com:65536":             "the port is a number",
		"mail.contoso.com:https":             "the port is a number",
		"mail.contoso.com:443:8443":          "is not a host name",
		"alice@contoso.com":                  "is not a host name",
		"mail contoso.com":                   "is not a host name",
		"mail.contoso.com\n":                 "is not a host name",
		".contoso.com":                       "is not a host name",
		"mail..contoso.com":                  "is not a host name",
		"mail.contoso.com.":                  "is not a host name",
		"-mail.contoso.com":                  "is not a host name",
		"fe80::1%eth0":                       "is not a host name",
		"mail.münchen.example":               `write "mail.xn--mnchen-3ya.example"`,
		"mail.contoſo.com":                   `write "mail.contoso.com"`,
		"[mail.contoso.com]":                 "is not a host name",
		strings.Repeat("a", 64) + ".com":     "is not a host name",
		strings.Repeat("a.", 127) + "com":    "is not a host name",
		strings.Repeat("x", 1<<16):           "is not a host name",
		strings.Repeat("\xaa", 100):          "is not a host name",
	} {
		e, err := ParseEndpoint(in)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("ParseEndpoint(%q) = %+v, %v; want %q", clip(in), e, err, want)
		} else if len(err.Error()) > 400 {
			t.Errorf("ParseEndpoint(%q): the error has %d bytes", clip(in), len(err.Error()))
		}
	}
}

func TestMailboxAt(t *testing.T) {
	for host, want := range map[string]preflight.Mailbox{
		"outlook.office365.com":     preflight.ExchangeOnline,
		"Outlook-CBA.office365.com": preflight.ExchangeOnline,
		"partner.outlook.cn":        preflight.ExchangeOnline,
		"mail.contoso.com":          preflight.MailboxUnknown,
		"":                          preflight.MailboxUnknown,
	} {
		if got := MailboxAt(host); got != want {
			t.Errorf("MailboxAt(%q) = %s, want %s", host, got, want)
		}
	}
}

// What is read is written so that it is read the same again, and hosts are in
// the form in which they are compared.
func FuzzParseEndpoint(f *testing.F) {
	for _, seed := range []string{"mail.contoso.com:8443", "[2001:db8::7]:443", "https://x/y", "a:0", "münchen.example", "[", "a..b"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		e, err := ParseEndpoint(s)
		if err != nil {
			if strings.ContainsAny(err.Error(), "\r\n") {
				t.Errorf("the error is more than a line: %q", err)
			}
			return
		}
		if again, err := ParseEndpoint(e.String()); err != nil || again != e {
			t.Errorf("%q is %+v, written as %q and read as %+v, %v", s, e, e, again, err)
		}
		if e.Host != strings.ToLower(e.Host) || e.Port < 0 || e.Port > 65535 || e.Port == 443 {
			t.Errorf("%q is %+v", s, e)
		}
	})
}
