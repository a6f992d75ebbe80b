package schema

import "github.com/easkit/easkit/ios/plist"

var pkcs12 = Payload{
	Type: "com.apple.security.pkcs12", Title: "Certificate (PKCS #12)", Introduced: ios4, Multiple: true, ManualInstall: true, UserEnrollment: allowed,
	Keys: []Key{
		{Name: "PayloadCertificateFileName", Type: plist.String},
		{Name: "PayloadContent", Type: plist.Data, Required: true, Secret: true},
		{Name: "Password", Type: plist.String, Secret: true},
		{Name: "AllowAllAppsAccess", Type: plist.Boolean, Default: false, NotIOS: true},
		{Name: "KeyIsExtractable", Type: plist.Boolean, Default: true, NotIOS: true},
	},
}

// The three types of payloads with a certificate, which differ in nothing but the
// name: iOS was seen to read DER and PEM in each.
var (
	root  = certificate("com.apple.security.root", "Certificate (Root)")
	pkcs1 = certificate("com.apple.security.pkcs1", "Certificate (PKCS #1)")
	pem   = certificate("com.apple.security.pem", "Certificate (PEM)")
)

func certificate(payloadType, title string) Payload {
	return Payload{
		Type: payloadType, Title: title, Introduced: ios4, Multiple: true, ManualInstall: true, UserEnrollment: allowed,
		Keys: []Key{
			{Name: "PayloadCertificateFileName", Type: plist.String},
			{Name: "PayloadContent", Type: plist.Data, Required: true},
		},
	}
}
