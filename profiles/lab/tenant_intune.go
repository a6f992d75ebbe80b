package lab

import (
	"encoding/base64"

	"github.com/easkit/easkit/certs/graph/graphtest"
	"github.com/easkit/easkit/certs/lab"
)

// MailUsers is the group of the lab's tenant that gets mail by Intune.
const MailUsers = "Mail users"

// certificateGroup is the one that the sign-in method is on for.
const certificateGroup = "Certificate users"

// mobileApps are the mail apps that a colleague has approved.
func mobileApps() []graphtest.Object {
	app := func(kind, id, name, property, value string) graphtest.Object {
		return graphtest.Object{"@odata.type": "#microsoft.graph." + kind, "id": id, "displayName": name, property: value}
	}
	return []graphtest.Object{
		app("androidManagedStoreApp", "1ab00000-0000-4000-8000-000000000021", "Microsoft Outlook", "packageId", "app:com.microsoft.office.outlook"),
		app("androidManagedStoreApp", "1ab00000-0000-4000-8000-000000000022", "Gmail", "packageId", "app:com.google.android.gm"),
		app("iosStoreApp", "1ab00000-0000-4000-8000-000000000023", "Microsoft Outlook", "bundleId", "com.microsoft.Office.Outlook"),
	}
}

// oldMail is what a colleague set up in Intune before: mail for iOS that signs in
// directly, with certificates that two users have and would lose if anybody edited the
// profile that gave them.
func oldMail(l *lab.Lab) []graphtest.Object {
	object := func(kind, id, name string, more graphtest.Object) graphtest.Object {
		o := graphtest.Object{"@odata.type": "#microsoft.graph." + kind, "id": id, "displayName": name, "description": "made by a colleague",
			"assignments": []any{certificateGroup}}
		for key, value := range more {
			o[key] = value
		}
		return o
	}
	held := func(user, device string) any {
		return map[string]any{"userDisplayName": user, "deviceDisplayName": device, "group": certificateGroup}
	}
	return []graphtest.Object{
		object("iosTrustedRootCertificate", "1ab00000-0000-4000-8000-000000000031", "Old root", graphtest.Object{
			"certFileName": "root.cer", "trustedRootCertificate": base64.StdEncoding.EncodeToString(l.Root.Certificate.Raw)}),
		object("iosScepCertificateProfile", "1ab00000-0000-4000-8000-000000000032", "Old certificate", graphtest.Object{
			"rootCertificate": "Old root", "scepServerUrls": []any{"https://ndes.contoso.com/certsrv/mscep/mscep.dll"},
			"certificateStore": "user", "certificateValidityPeriodScale": "years", "certificateValidityPeriodValue": 1, "renewalThresholdPercentage": 20,
			"keySize": "size2048", "keyUsage": "keyEncipherment,digitalSignature",
			"subjectNameFormat": "custom", "subjectNameFormatString": "CN={{UserPrincipalName}}", "subjectAlternativeNameType": "userPrincipalName",
			"customSubjectAlternativeNames": []any{map[string]any{"sanType": "userPrincipalName", "name": "{{UserPrincipalName}}"}},
			"extendedKeyUsages":             []any{map[string]any{"name": "Client Authentication", "objectIdentifier": "1.3.6.1.5.5.7.3.2"}},
			"certificates":                  []any{held("Alice Example", "iPhone of Alice"), held("Bob Example", "iPad of Bob")}}),
		object("iosEasEmailProfileConfiguration", "1ab00000-0000-4000-8000-000000000033", "Old iOS mail", graphtest.Object{
			"identityCertificate": "Old certificate", "accountName": "Mail", "hostName": "outlook.office365.com", "requireSsl": true,
			"authenticationMethod": "certificate", "useOAuth": false, "easServices": "calendars,contacts,email,notes,reminders",
			"durationOfEmailToSync": "oneMonth", "emailAddressSource": "primarySmtpAddress", "usernameSource": "userPrincipalName",
			"usernameAADSource": "userPrincipalName", "requireSmime": false}),
	}
}
