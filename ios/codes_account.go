package ios

import "github.com/easkit/easkit/certs/preflight"

// What to look at, where several errors need it.
const (
	lookP12    = "easkit check cert alice.p12 --password-file alice.password (cert.p12.ios)"
	lookFile   = "easkit show alice.p12 --password-file alice.password"
	lookHost   = "easkit show alice.mobileconfig (host, user name, sign-in)"
	lookPolicy = "Exchange admin center > Mobile > Mobile device mailbox policies, or Get-MobileDeviceMailboxPolicy"
)

var certificateErrors = domain{
	name: "MCCertificateErrorDomain", seen: seenInstall, check: []string{lookFile, lookP12},
	errors: []numbered{
		{
			number: 9000, title: "The certificate file does not open", basis: preflight.Observed, source: srcImporter,
			means: "The phone says that the password is incorrect, and was seen to say so whatever it is that it cannot read: an encryption or MAC that this version does not know, " +
				"an empty password, a key that is neither RSA nor EC. Files by newer OpenSSL, Java and Firefox are the usual case, with the right password.",
			check: []string{lookP12, lookFile, "easkit help pkcs12"},
			fix:   "Let easkit ios write the file anew, or export it with 3DES and SHA-1. If easkit finds nothing against the file, the password is wrong indeed.",
		},
		{
			number: 9001, title: "There is not exactly one identity in the payload", basis: preflight.Observed,
			means: "A certificate payload holds one certificate, and a PKCS#12 file in a profile one identity. Apple's title speaks of too many; none was seen to count as well.",
			fix:   "Export one certificate with its key. CAs go into payloads of their own, as easkit ios does it.",
		},
		{number: 9002, title: "The certificate cannot be stored", means: "The keychain did not take it.", fix: "Remove an older profile with the same certificate, restart the phone and install again."},
		{number: 9003, title: "The WAPI data cannot be stored", means: "The keychain did not take an identity for WAPI, a Chinese Wi-Fi standard. Mail accounts have none.", fix: "Leave that payload out of a mail profile."},
		{number: 9004, title: "The root certificate cannot be stored", means: "The phone did not take a CA as a root.", fix: "Remove an older profile with the same root, restart the phone and install again."},
		{number: 9005, title: "The certificate is malformed", means: "What is in the payload is no certificate.", check: []string{lookShow, lookFile}, fix: "Put the certificate into it in DER, one to a payload."},
		{number: 9006, title: "The certificate comes without its key", means: "An identity is wanted, and the payload holds only a certificate.", fix: "Export the certificate with its private key, and build the profile from that."},
	},
}

// accountErrors is Apple's domain of what accounts have in common.
var accountErrors = domain{
	name: "MCDAErrorDomain", seen: "While the account is tried during installation. " + seenInstall, check: []string{lookHost},
	errors: []numbered{
		{number: 18000, title: "The account's test failed for a reason unknown", basis: preflight.Inferred, means: "The phone asked the server and could not make sense of the answer.", fix: "Look into the server's log at that minute."},
		{
			number: 18001, title: "The mail server is not reached", basis: preflight.Inferred,
			means: "No connection to the host: its name, DNS, the network, a firewall, or a certificate of the server that the phone does not trust.",
			check: []string{lookHost, "The address https://HOST/Microsoft-Server-ActiveSync in the phone's browser"},
			fix:   "Correct the host, or let the phone reach it during the installation.",
		},
		{
			number: 18002, title: "The mail server refuses the credentials", basis: preflight.Observed,
			means: "The phone says wrong password, also where no password plays a part: the certificate was not taken, or its user was not found.",
			check: []string{"easkit check cert alice.p12 --ca cas/ --users users.csv", "easkit explain http-401 http-403 (what the server answered)", "Entra ID's sign-in log; on premises the IIS log"},
			fix:   "Mend what the server's side names; the certificate is the first suspect, the user's ActiveSync switch the second.",
		},
	},
}

var easErrors = domain{
	name: "MCEASErrorDomain", seen: seenInstall, check: []string{lookHost},
	errors: []numbered{
		{
			number: 21000, title: "The server's policy cannot be fetched", basis: preflight.Observed,
			means: "The phone asks for the ActiveSync policy during the installation, for up to a minute. Network errors can be skipped, others end it.",
			check: []string{lookHost, "Get-CASMailbox USER: is ActiveSyncEnabled true?", "Get-MobileDevice -Mailbox USER: is the phone blocked or in quarantine?"},
			fix:   "Let the server be reached, enable ActiveSync for the user, allow the device.",
		},
		{number: 21001, title: "The phone cannot meet the server's policy", means: "The mailbox policy asks for something that this phone does not do.", check: []string{lookPolicy}, fix: "Take that out of the policy, or give the user another policy."},
		{number: 21002, title: "The phone cannot meet the server's encryption policy", means: "The mailbox policy asks for an encryption of the device that the phone does not report.", check: []string{lookPolicy}, fix: "Set a passcode on the phone; if it stays, take the demand out of the policy."},
		{
			number: 21003, title: "The account has no host", basis: preflight.Observed,
			means: "Host is missing or empty. It may be missing only where the account signs in by OAuth and has no OAuthSignInURL.",
			fix:   "Build the profile with a host: easkit ios alice.p12 --host outlook.office365.com",
		},
		{number: 21004, title: "The account cannot be created", means: "The phone did not make the account; the error below it says why, if there is one.", fix: "Remove an older account for the same mailbox, restart the phone and install again."},
		{
			number: 21005, title: "The account is there already", basis: preflight.Observed,
			means: "Another account has the same address, host and user name, made by hand or by another profile.",
			check: []string{lookHost, "Settings > Apps > Mail > Mail Accounts, on the phone"},
			fix:   "Remove the other account. For an update keep the profile's identifier and UUIDs, which easkit ios does by itself.",
		},
		{
			number: 21006, title: "The account's own certificate does not open", basis: preflight.Observed, source: srcImporter,
			means: "The identity sits in the account itself (Certificate, CertificatePassword) and cannot be imported: see ios-9000, whose causes it shares.",
			check: []string{lookP12, lookHost},
			fix:   "Build the profile with easkit ios, which puts the identity into a payload of its own and refers to it.",
		},
		{
			number: 21007, title: "The account cannot be verified", basis: preflight.Observed,
			means: "The phone tried to sign in during the installation, for up to 30 seconds, and did not get in. The user may go on all the same; mail then does not work until the cause is gone. With a certificate that is fetched by SCEP the test is left out.",
			check: []string{"easkit check cert alice.p12 --ca cas/ --users users.csv", lookHost, "Entra ID's sign-in log; on premises the IIS log"},
			fix:   "Mend what the server's side names. With sign-in by OAuth, let the user go on to the sign-in page.",
		},
		{
			number: 21008, title: "The server asks to wipe the account", basis: preflight.Observed, source: srcSchema,
			means: "A wipe of this device or account is pending on the server. Apple's list lacks the number; it was seen in a phone.",
			check: []string{"Get-MobileDeviceStatistics -Mailbox USER: DeviceWipeRequestTime, DeviceWipeSentTime"},
			fix:   "Find out who asked for the wipe. If it is to be undone: Clear-MobileDevice -Cancel, or remove the device's partnership.",
		},
		{
			number: 21009, title: "The account has every service switched off", basis: preflight.Observed, source: srcSchema,
			means: "One of mail, contacts, calendars, reminders and notes has to be on. Apple's schema has the rule, a phone was seen with the number.",
			check: []string{lookHost, "easkit template schema (services)"},
			fix:   "Leave one of EnableMail, EnableContacts, EnableCalendars, EnableReminders and EnableNotes on.",
		},
	},
}

var scepErrors = domain{
	name: "MCSCEPErrorDomain", seen: "While the phone fetches its certificate by SCEP. " + seenInstall, basis: preflight.Inferred,
	check: []string{"The SCEP server's log (NDES: IIS log and Application event log)", "The SCEP payload: URL, Challenge, Key Usage, CAFingerprint"},
	errors: []numbered{
		{number: 22000, title: "The key usage is not valid", means: "Key Usage of the payload is no sum of 1 (signing) and 4 (encryption).", fix: "Set it to 1, 4 or 5. The key is called Key Usage, with a space.", basis: preflight.Documented},
		{number: 22001, title: "No key pair was made", means: "The phone could not make a key of this kind and size.", fix: "Ask for RSA with 2048 bits."},
		{number: 22002, title: "The answer with the CA's certificate is not valid", means: "What GetCACert returned is no certificate, or no chain of them.", fix: "Open URL?operation=GetCACert in a browser; it has to be DER or a certs-only message."},
		{number: 22003, title: "The answer with the RA's certificates is not valid", means: "The registration authority's certificates in the answer cannot be used.", fix: "Renew the RA's certificates on the SCEP server; they expire unnoticed."},
		{number: 22004, title: "The certificates of the server do not fit together", means: "The phone finds no CA and RA certificates in the answer that it can use for signing and encryption.", fix: "Correct the key usages of CA and RA; compare CAFingerprint."},
		{number: 22005, title: "The SCEP server is not reached", means: "No connection to the URL, or it answered with an HTTP error.", fix: "Let the phone reach the URL, with a server certificate that it trusts."},
		{number: 22006, title: "The server lacks a capability", means: "What GetCACaps lists is not enough for the phone.", fix: "Let the server offer SHA-256, AES and POSTPKIOperation."},
		{number: 22007, title: "The certificate that was issued is not valid", means: "It does not fit the key that was asked for, or cannot be read.", fix: "Look at the certificate in the CA's database, and at the template."},
		{number: 22008, title: "No identity was made of key and certificate", means: "The phone could not put the two together.", fix: "As 22007; then restart the phone and try again."},
		{number: 22009, title: "The temporary identity was not made", means: "The phone signs its request with a certificate that it makes itself, and failed at that.", fix: "Restart the phone and try again; ask for RSA with 2048 bits."},
		{number: 22010, title: "The temporary identity was not stored", means: "The keychain did not take it.", fix: "Unlock the phone, restart it and try again."},
		{number: 22011, title: "The request was not made", means: "The phone could not write the certificate request, mostly for a Subject or SubjectAltName that it cannot encode.", fix: "Correct Subject (arrays of OID and value) and SubjectAltName (ntPrincipalName is one string)."},
		{number: 22012, title: "The CA's certificate was not stored", means: "The keychain did not take the CA.", fix: "Remove an older profile with the same CA, restart the phone and try again."},
		{number: 22013, title: "The server's answer to the request is not valid", means: "The server refused, or what it sent cannot be read: a challenge that is wrong or used up is the usual reason.", fix: "Look into the server's log at that minute; give the payload a fresh challenge."},
	},
}
