package portal

import (
	"net/http"
	"slices"
	"strings"

	"github.com/easkit/easkit/profiles/portal/ticket"
)

// device is what a visitor wants to set up.
type device string

// The devices. An iPad is set up as an iPhone is.
const (
	apple    device = "apple"
	android  device = "android"
	computer device = "computer"
)

// devices are all, in the order in which they are offered.
var devices = []device{apple, android, computer}

// deviceParameter of a page's address names the device that the visitor chose.
const deviceParameter = "device"

// chosenDevice is the device that an address asks for; empty for none.
func chosenDevice(r *http.Request) device {
	if d := device(r.URL.Query().Get(deviceParameter)); slices.Contains(devices, d) {
		return d
	}
	return ""
}

// browser is what a User-Agent header says of a visitor. It is a guess, for which every
// page offers another choice.
type browser struct {
	device device
	doubts bool // the browser or app may not pass on what a link gives
	mac    bool // an iPad says that it is a Mac (Safari's "Request Desktop Website", on by default since iPadOS 13)
}

// systems tell devices by a word of the header. The first that is there counts: Android's
// browsers say Linux as well.
var systems = []struct {
	word string
	is   device
}{
	{"iPhone", apple}, {"iPad", apple}, {"iPod", apple},
	{"Android", android},
}

// otherBrowsers are the words by which browsers other than Safari, and apps with a browser
// inside, name themselves on an iPhone.
var otherBrowsers = []string{
	"CriOS/", "FxiOS/", "EdgiOS/", "OPiOS/", "OPT/", "OPX/", "DuckDuckGo/", "Ddg/", "Brave/", "YaBrowser/", "Focus/", "GSA/",
	"Teams", "Outlook", "FBAN/", "FBAV/", "Instagram", "LinkedInApp", "Slack", "Line/", "MicroMessenger", "WhatsApp",
}

// safari is what Safari says beside its version, and what a page inside an app does not.
const safari = "Safari/"

// webView is what Android puts into the header of pages inside apps
// (https://developer.chrome.com/docs/webview/user-agent).
const webView = "; wv)"

// browserOf reads a User-Agent header.
func browserOf(r *http.Request) browser {
	agent := r.UserAgent()
	b := browser{device: computer}
	for _, s := range systems {
		if strings.Contains(agent, s.word) {
			b.device = s.is
			break
		}
	}
	names := func(word string) bool { return strings.Contains(agent, word) }
	switch b.device {
	case apple:
		b.doubts = !names(safari) || slices.ContainsFunc(otherBrowsers, names)
	case android:
		b.doubts = names(webView)
	case computer:
		b.mac = names("Macintosh")
	}
	return b
}

// kindFor is the kind of file that sets a device up.
var kindFor = map[device]ticket.Kind{apple: ticket.KindProfile, android: ticket.KindPKCS12}

// step is one line of what to do on a device.
type step struct {
	text    string      // key of the text
	with    ticket.Kind // only where the ticket has such a file
	without ticket.Kind // only where it has none
	app     string      // only for this mail app
	way     way         // only for this way of signing in
	signed  signing     // only for profiles of which this is known
	root    bool        // only for profiles that add a root
	then    below       // what stands under it
}

// way is how the mail app signs in; empty is any.
type way string

// The ways: with the certificate itself, or on a page of Entra ID or AD FS.
const (
	wayDirect way = "direct"
	wayEntra  way = "entra"
	wayADFS   way = "adfs"
)

// below is what stands under a step beside its text.
type below string

// What stands there.
const (
	thenDownload below = "download"
	thenPassword below = "password"
	thenAlias    below = "alias"
	thenValues   below = "values"
)

// Names of mail apps as bundles have them, and of any other.
const (
	gmail    = "gmail"
	outlook  = "outlook"
	otherApp = "other"
)

// steps are what to do on each device, in their order.
//
// iPhone: Apple, "Install a configuration profile on your iPhone or iPad"
// (https://support.apple.com/102400). Android: the certificate installer of the Android
// Open Source Project, and what Google and Microsoft publish of their apps.
var steps = map[device][]step{
	apple: {
		{text: "password", with: ticket.KindPassword, then: thenPassword},
		{text: "password-told", without: ticket.KindPassword},
		{text: "download", then: thenDownload},
		{text: "settings"},
		{text: "which"},
		{text: "signed", signed: signedBy},
		{text: "unsigned", signed: signedNot},
		{text: "unknown", signed: signedUnknown},
		{text: "install"},
		{text: "root", root: true},
		{text: "certificate"},
		{text: "account"},
		{text: "mail"},
	},
	android: {
		{text: "lock"},
		{text: "download", then: thenDownload},
		{text: "password", with: ticket.KindPassword, then: thenPassword},
		{text: "password-told", without: ticket.KindPassword},
		{text: "settings"},
		{text: "kind"},
		{text: "file"},
		{text: "alias", with: ticket.KindBundle, then: thenAlias},
		{text: "name", without: ticket.KindBundle},
		{text: "installed"},
		{text: "outlook-get", app: outlook},
		{text: "outlook-add", app: outlook, then: thenValues},
		{text: "outlook-choose", app: outlook},
		{text: "pick", app: outlook},
		{text: "gmail-add", app: gmail, then: thenValues},
		{text: "gmail-direct", app: gmail, way: wayDirect},
		{text: "gmail-compare", app: gmail, way: wayDirect},
		{text: "gmail-agree", app: gmail, way: wayDirect},
		{text: "gmail-entra", app: gmail, way: wayEntra},
		{text: "gmail-adfs", app: gmail, way: wayADFS},
		{text: "other-add", app: otherApp, then: thenValues},
		{text: "mail"},
		{text: "tidy"},
	},
}
