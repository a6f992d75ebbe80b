package graphtest

import (
	"encoding/base64"
	"encoding/json"
	"strings"
)

// managedConfiguration is the kind of the JSON that configures an app for Android
// (https://developers.google.com/android/work/play/emm-api/v1/managedconfigurationsfordevice).
const managedConfiguration = "androidenterprise#managedConfiguration"

func (s *Server) listMobileApps(c *call) (*answer, error) { return s.list(c, c.view.intune.apps) }

func (s *Server) getMobileApp(c *call) (*answer, error) {
	return s.found(c, c.view.intune.apps, c.params[0])
}

func (s *Server) getAppSchema(c *call) (*answer, error) {
	return s.found(c, c.view.intune.schemas, c.params[0])
}

// judgeAppConfig says of an app configuration what the table cannot: that its apps are
// there and of its platform, and that it can be read.
func judgeAppConfig(st *state, o Object) error {
	android := kindOf(o) == "androidManagedStoreAppConfiguration"
	targets := o.texts("targetedMobileApps")
	if len(targets) == 0 {
		return breach("targetedMobileApps names no app.")
	}
	for _, id := range targets {
		i := indexOf(st.intune.apps, "id", id)
		if i < 0 {
			return conflict("The app %q of targetedMobileApps does not exist.", id)
		}
		if kind := kindOf(st.intune.apps[i]); android != (kind == "androidManagedStoreApp") {
			return breach("The app %q of targetedMobileApps is a %q, which a %q is not for.", id, kind, kindOf(o))
		}
		if app := st.intune.apps[i]; android && packageName(app.text("packageId")) != packageName(o.text("packageId")) {
			return breach("packageId is %q: the app of targetedMobileApps is %q.", o.text("packageId"), app.text("packageId"))
		}
	}
	if android {
		return judgePayload(o)
	}
	return nil
}

// packageName is a package without the prefix that Google Play has before it.
func packageName(id string) string { return strings.TrimPrefix(id, "app:") }

// judgePayload reads the configuration inside an app configuration for Android. One
// that has none only sets permissions.
func judgePayload(o Object) error {
	text := o.text("payloadJson")
	if text == "" {
		return nil
	}
	raw, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return breach("payloadJson is not base64.")
	}
	var payload struct {
		Kind      string `json:"kind"`
		ProductID string `json:"productId"`
	}
	if err := json.Unmarshal(raw, &payload); err != nil {
		return breach("payloadJson is not base64 of JSON.")
	}
	if payload.Kind != managedConfiguration {
		return breach("payloadJson is of the kind %q: it must be %q.", payload.Kind, managedConfiguration)
	}
	// That Graph compares the two is a guess: nobody documents what becomes of a payload
	// for another app. Refused, it is found in a test at least.
	if payload.ProductID != o.text("packageId") {
		return breach("payloadJson is for %q, and packageId is %q.", payload.ProductID, o.text("packageId"))
	}
	return nil
}
