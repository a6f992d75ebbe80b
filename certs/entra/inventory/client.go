package inventory

import "strings"

// The systems that phones are told apart by.
const (
	systemIOS     = "iOS"
	systemAndroid = "Android"
	systemWindows = "Windows"
	systemMac     = "macOS"
)

// unknownApp stands where the exports don't tell the mail app.
const unknownApp = "unknown app"

// client is what a sign-in or a partnership tells of the app and the phone.
type client struct {
	app, system, model string
}

// agents are how user agents of EAS clients begin, in small letters, with what
// follows from it. No vendor documents its user agent: these are as observed.
var agents = []struct {
	start, app, system string
}{
	{"apple-iphone", "Apple Mail", systemIOS},
	{"apple-ipad", "Apple Mail", systemIOS},
	{"apple-ipod", "Apple Mail", systemIOS},
	{"apple-", "Apple Mail", ""},
	{"android-mail/", "Gmail", systemAndroid},
	{"android-samsung", "Samsung Email", systemAndroid},
	{"samsung", "Samsung Email", systemAndroid},
	{"outlook-ios-android", "Outlook", ""},
	{"outlook-ios", "Outlook", systemIOS},
	{"outlook-android", "Outlook", systemAndroid},
	{"outlook/", "Outlook for Windows", systemWindows},
	{"nine", "Nine", systemAndroid},
	{"msft-win", "Windows Mail", systemWindows},
	{"msft-wp", "Windows Phone", systemWindows},
	{"touchdown", "TouchDown", systemAndroid},
	{"android", "Android mail app", systemAndroid},
}

// clientOf reads a user agent of EAS: an app, the phone's model, a slash and a
// build, as in Apple-iPhone14C2/2107.146.
func clientOf(agent string) client {
	for _, a := range agents {
		if len(agent) >= len(a.start) && strings.EqualFold(agent[:len(a.start)], a.start) {
			return client{a.app, a.system, modelIn(agent)}
		}
	}
	return client{app: unknownApp}
}

func modelIn(agent string) string {
	maker, rest, ok := strings.Cut(agent, "-")
	if !ok || !strings.EqualFold(maker, "apple") && !strings.EqualFold(maker, "samsung") {
		return ""
	}
	model, _, _ := strings.Cut(rest, "/")
	return modelName(model)
}

// modelName writes Apple's models as Apple does: EAS has a C in place of the
// comma, iPhone14C2.
func modelName(model string) string {
	if at := strings.LastIndexByte(model, 'C'); at > 0 && at < len(model)-1 && isDigit(model[at-1]) && isDigit(model[at+1]) && strings.HasPrefix(model, "iP") {
		return model[:at] + "," + model[at+1:]
	}
	return model
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// systems are how names of systems begin, in small letters.
var systems = []struct{ start, system string }{
	{"ios", systemIOS}, {"ipados", systemIOS}, {"iphone", systemIOS}, {"ipad", systemIOS}, {"ipod", systemIOS},
	{"android", systemAndroid}, {"samsung", systemAndroid},
	{"windows", systemWindows}, {"macos", systemMac}, {"mac os", systemMac},
}

// systemOf reads the name of a system with its version, as Entra ID ("Ios 17.6")
// and phones ("iOS 17.6.1 21G93") write it.
func systemOf(text string) (system, version string) {
	for _, s := range systems {
		if len(text) >= len(s.start) && strings.EqualFold(text[:len(s.start)], s.start) {
			return s.system, versionIn(text[len(s.start):])
		}
	}
	return "", ""
}

// versionIn is the first number with dots.
func versionIn(text string) string {
	start := strings.IndexAny(text, "0123456789")
	if start < 0 {
		return ""
	}
	end := start
	for end < len(text) && (isDigit(text[end]) || text[end] == '.') {
		end++
	}
	return strings.TrimRight(text[start:end], ".")
}

// compareVersions orders versions number by number; "" is before all.
func compareVersions(a, b string) int {
	for a != "" || b != "" {
		var x, y string
		x, a, _ = strings.Cut(a, ".")
		y, b, _ = strings.Cut(b, ".")
		x, y = strings.TrimLeft(x, "0"), strings.TrimLeft(y, "0")
		if len(x) != len(y) { // the longer number is the larger
			return len(x) - len(y)
		}
		if c := strings.Compare(x, y); c != 0 {
			return c
		}
	}
	return 0
}

// major is the first number of a version.
func major(version string) string {
	first, _, _ := strings.Cut(version, ".")
	return first
}

// firstEAS is the oldest EAS version that Exchange Online takes since 2026
// (MC1197103; Exchange Team Blog, article 4477997).
const firstEAS = "16.1"

// isOldEAS says of a version that is known whether Exchange Online refuses it.
func isOldEAS(version string) bool {
	version = versionIn(version)
	return version != "" && compareVersions(version, firstEAS) < 0
}

// mailApps are the apps that sign in by OAuth for mail, by application ID. Apple's
// is in Microsoft's documentation, Outlook's in its list of first-party apps; the
// others are as seen in tenants.
var mailApps = map[string]client{
	"f8d98a96-0999-43f5-8af3-69971c7bb423": {app: "Apple Mail"}, // iOS Accounts, Apple Internet Accounts: also on macOS
	"27922004-5251-4030-b22d-91ecd9a37ea4": {app: "Outlook"},
	"2cee05de-2b8f-45a2-8289-2a06ca32c4c8": {app: "Gmail", system: systemAndroid},
	"8acd33ea-7197-4a96-bc33-d7cc7101262f": {app: "Samsung Email", system: systemAndroid},
}

// mailAppNames are how the names of the same apps begin, in small letters.
var mailAppNames = []struct {
	start string
	client
}{
	{"apple internet accounts", client{app: "Apple Mail"}},
	{"ios accounts", client{app: "Apple Mail", system: systemIOS}},
	{"outlook mobile", client{app: "Outlook"}},
	{"gmail", client{app: "Gmail", system: systemAndroid}},
	{"android mail", client{app: "Gmail", system: systemAndroid}},
	{"samsung email", client{app: "Samsung Email", system: systemAndroid}},
	{"nine", client{app: "Nine", system: systemAndroid}},
}

// mailApp says which mail app an application of Entra ID is, if any.
func mailApp(id, name string) (client, bool) {
	if c, ok := mailApps[strings.ToLower(id)]; ok {
		return c, true
	}
	for _, a := range mailAppNames {
		if len(name) >= len(a.start) && strings.EqualFold(name[:len(a.start)], a.start) {
			return a.client, true
		}
	}
	return client{}, false
}

// way is how a client app of the sign-in logs signs in.
type way uint8

const (
	wayOther way = iota // a browser, or a protocol that is no concern here
	wayEAS
	wayOAuth
)

// wayOf reads "Client app" (portal) or clientAppUsed (Graph). Older logs have
// "Exchange ActiveSync (supported)".
func wayOf(clientApp string) way {
	switch {
	case startsLike(clientApp, "exchangeactivesync"):
		return wayEAS
	case startsLike(clientApp, "mobileapps"), startsLike(clientApp, "modernclient"):
		return wayOAuth
	}
	return wayOther
}

// startsLike compares letter by letter, spaces and letter case aside.
func startsLike(text, start string) bool {
	for i := range len(text) {
		c := text[i]
		if c == ' ' {
			continue
		}
		if start == "" {
			return true
		}
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		if c != start[0] {
			return false
		}
		start = start[1:]
	}
	return start == ""
}

// method is how an EAS sign-in proved who it is.
type method uint8

const (
	methodUnknown method = iota
	methodCertificate
	methodPassword
	methodOAuth
	methods // how many there are
)

// methodOf reads one step of the authentication details. Of direct sign-ins
// Microsoft says that the method is "Certificate", with the detail "Exchange
// Active Sync validity check" (preflight.RetirementSource).
func methodOf(name, detail string) method {
	switch {
	case containsLike(name, "certificate"), containsLike(detail, "exchange active sync validity check"):
		return methodCertificate
	case containsLike(name, "password"):
		return methodPassword
	}
	return methodUnknown
}

func containsLike(text, part string) bool {
	return strings.Contains(strings.ToLower(text), part)
}
