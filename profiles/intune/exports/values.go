package exports

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/easkit/easkit/ios"
	"github.com/easkit/easkit/ios/plist"
	"github.com/easkit/easkit/profiles/intune"
)

// Properties that hold what phones get.
const (
	keyPayload     = "payload"
	keyPayloadJSON = "payloadJson"
	keySettings    = "settings"
	keyEncoded     = "encodedSettingXml"
)

// value is one text or data that phones get.
type value struct {
	payload string // the type of the payload of a .mobileconfig that it is in
	key     string
	text    string // of a number: in digits
	data    []byte // nil unless it is data
	foreign bool   // it is below one of the keys that are foreign
	judged  bool   // package ios looks at it as well
	path    string // where it stands in the object
}

// values are those of an object, and what of it nobody can read here.
type values struct {
	values []value
	unread []string // "settings is no list"
}

func (v *values) cannot(format string, args ...any) {
	v.unread = append(v.unread, fmt.Sprintf(format, args...))
}

// inSettings are the values of an app configuration for iPhones, in either of its forms.
func (j *judging) inSettings() (v values) {
	settings, encoded := j.Object[keySettings], j.Object[keyEncoded]
	if settings == nil && encoded == nil {
		v.cannot("the export has neither %s nor %s", keySettings, keyEncoded)
	}
	items, ok := settings.([]any)
	if settings != nil && !ok {
		v.cannot("%s is no list", keySettings)
	}
	for i, item := range items {
		o, _ := item.(map[string]any)
		path := fmt.Sprintf("%s[%d].appConfigKeyValue", keySettings, i)
		switch held := o["appConfigKeyValue"].(type) {
		case string:
			v.values = append(v.values, value{key: intune.Object(o).Text("appConfigKey"), text: held, path: path})
		case float64:
			v.values = append(v.values, value{key: intune.Object(o).Text("appConfigKey"), text: number(held), path: path})
		case nil, bool:
		default:
			v.cannot("%s is neither text nor a number", path)
		}
	}
	if encoded == nil || encoded == "" {
		return v
	}
	text, isText := encoded.(string)
	if !isText {
		v.cannot("%s is no text", keyEncoded)
		return v
	}
	data, ok := lenient(text)
	if !ok {
		data = []byte(text)
	}
	list, err := plist.Parse(asList(data))
	if err != nil {
		v.cannot("%s holds no property list", keyEncoded)
		return v
	}
	v.gather(list.Root, value{path: keyEncoded}, 0)
	return v
}

// number is a number as people write it.
func number(n float64) string { return strconv.FormatFloat(n, 'f', -1, 64) }

// asList puts around a dictionary what makes it a property list: the console takes it
// bare.
func asList(data []byte) []byte {
	text := data
	if whole, err := exportText(data); err == nil {
		text = whole
	}
	start, end := bytes.Index(text, []byte("<dict")), bytes.LastIndex(text, []byte("</dict>"))
	if start < 0 || end < start || bytes.Contains(text[:start], []byte("<plist")) {
		return data
	}
	return fmt.Appendf(nil, `<plist version="1.0">%s</dict></plist>`, text[start:end])
}

// maxProfiles is how deep profiles within profiles are looked into.
const maxProfiles = 4

// inProfile are the values of the .mobileconfig of a custom profile.
func (j *judging) inProfile() (v values) {
	switch held := j.Object[keyPayload].(type) {
	case nil:
		v.cannot("the export has no %s: it was asked for other properties alone ($select)", keyPayload)
		return v
	case string:
		data, ok := lenient(held)
		if !ok {
			v.cannot("%s is no base64", keyPayload)
			return v
		}
		v.profile(data, value{path: keyPayload}, 0)
	default:
		v.cannot("%s is no text", keyPayload)
	}
	for i, held := range v.values {
		v.values[i].judged = held.judged && held.data == nil && j.profile != nil
	}
	return v
}

// profile gathers the values of a profile, which stands within so many others.
func (v *values) profile(data []byte, at value, within int) {
	f, err := ios.Open(data)
	switch again, ok := lenient(string(data)); {
	case err == nil && f.Encrypted:
		v.cannot("what is in the profile is encrypted")
	case err == nil:
		for _, p := range f.Payloads {
			of := at
			of.payload, of.judged = p.Type, within == 0
			v.gather(p.Node, of, within)
		}
		for _, e := range f.Top.Entries {
			if e.Key != "PayloadContent" {
				v.gather(e.Value, value{key: e.Key, path: at.path}, within)
			}
		}
	case ok && len(again) > 0 && within < maxProfiles:
		v.profile(again, at, within+1)
	default:
		v.cannot("%s holds no profile that can be read", keyPayload)
		v.values = append(v.values, value{data: data, path: at.path})
	}
}

// gather collects the texts, numbers and data below a value, each with the key that it
// stands under. Data and texts that are profiles themselves are looked into.
func (v *values) gather(n *plist.Node, at value, within int) {
	if n == nil {
		return
	}
	switch n.Kind {
	case plist.String:
		at.text = n.Text
		v.values = append(v.values, at)
		if inner, ok := lenient(n.Text); ok {
			v.inner(inner, at, within)
		}
	case plist.Integer:
		at.text, at.judged = strconv.FormatInt(n.Int, 10), false
		v.values = append(v.values, at)
	case plist.Real:
		at.text, at.judged = number(n.Real), false
		v.values = append(v.values, at)
	case plist.Data:
		at.data = n.Data
		v.values = append(v.values, at)
		v.inner(n.Data, at, within)
	case plist.Array:
		for _, item := range n.Items {
			v.gather(item, at, within)
		}
	case plist.Dictionary:
		if of := n.Get("PayloadType").Str(); of != "" && of != at.payload { // a profile within, in the open
			at.payload, at.foreign, at.judged = of, false, false
		}
		for _, e := range n.Entries {
			of := at
			of.key = e.Key
			of.foreign = at.foreign || slices.Contains(foreign, e.Key)
			of.judged = at.judged && (e.Value.Kind == plist.String || e.Key == "PayloadContent")
			v.gather(e.Value, of, within)
		}
	}
}

// inner looks into data that is a property list.
func (v *values) inner(data []byte, at value, within int) {
	if within >= maxProfiles || !plist.IsXML(data) && !plist.IsBinary(data) {
		return
	}
	list, err := plist.Parse(data)
	if err != nil {
		v.cannot("a property list within it can't be read")
		return
	}
	at.judged, at.text, at.data = false, "", nil
	v.gather(list.Root, at, within+1)
}

// lenient decodes base64 as other readers do: of either alphabet, padded or not, with
// blanks and line breaks in it.
func lenient(text string) (data []byte, ok bool) {
	text = strings.TrimRight(anyBase64.Replace(strings.Join(strings.Fields(text), "")), "=")
	data, err := base64.RawStdEncoding.DecodeString(text)
	return data, err == nil
}

var anyBase64 = strings.NewReplacer("-", "+", "_", "/")
