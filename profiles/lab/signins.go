package lab

import (
	"encoding/json"
	"time"
)

// SignInsFile is the file of a lab that holds an export of its sign-in log.
const SignInsFile = "signins.json"

// exchangeOnline is the application that mail apps sign in to.
// Source: https://learn.microsoft.com/troubleshoot/entra/entra-id/governance/verify-first-party-apps-sign-in
const exchangeOnline = "00000002-0000-0ff1-ce00-000000000000"

// SignIns is an export of the lab's sign-in log, in the form of Graph's beta: who still
// signs in directly, and who has moved. It is made up, and nothing else of the lab
// depends on it.
func SignIns(now time.Time) ([]byte, error) {
	type object = map[string]any
	row := func(days int, id, user, app, agent, system, method, detail string) object {
		return object{
			"id": id, "createdDateTime": now.UTC().AddDate(0, 0, -days).Truncate(time.Second), "userPrincipalName": user,
			"appId": exchangeOnline, "appDisplayName": "Office 365 Exchange Online", "clientAppUsed": app, "userAgent": agent, "isInteractive": true,
			"status": object{"errorCode": 0}, "deviceDetail": object{"operatingSystem": system},
			"authenticationDetails": []object{{"authenticationMethod": method, "authenticationMethodDetail": detail, "succeeded": true}},
		}
	}
	const eas, check = "Exchange ActiveSync", "Exchange Active Sync validity check"
	page := object{"value": []object{
		row(1, "1ab00000-0000-4000-8000-000000000011", "alice@contoso.com", eas, "Apple-iPhone14C5/2301.355", "iOS 18", "Certificate", check),
		row(2, "1ab00000-0000-4000-8000-000000000012", "bob@contoso.com", eas, "Android-Mail/2026.10", "Android 14", "Certificate", check),
		row(3, "1ab00000-0000-4000-8000-000000000013", "carol@contoso.com", "Mobile Apps and Desktop clients", "Apple-iPhone16C2/2401.10", "iOS 26", "X.509 Certificate", ""),
	}}
	return json.MarshalIndent(page, "", "  ")
}
