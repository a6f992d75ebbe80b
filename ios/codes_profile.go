package ios

import "github.com/easkit/easkit/certs/preflight"

// What to look at, where several errors need it.
const (
	lookShow   = "easkit show alice.mobileconfig"
	lookVerify = "easkit verify alice.mobileconfig --roots root.pem (profile.signature, profile.signer)"
	lookPlutil = "plutil -lint alice.mobileconfig, on a Mac, for a profile without signature"
	lookServer = "How the file came: a portal, mail program or device management that changed a byte of it breaks it"
)

var profileErrors = domain{
	name: "MCProfileErrorDomain", seen: seenReading, check: []string{lookShow, lookPlutil},
	errors: []numbered{
		{
			number: 1000, title: "The profile is malformed", basis: preflight.Observed,
			means: "It is no property list that the phone takes for a profile. A signature that does not verify was seen to give this number too, and so was an impossible TargetDeviceType.",
			check: []string{lookShow, lookVerify, lookServer},
			fix:   "Build the profile anew and deliver the file as it is, as application/x-apple-aspen-config.",
		},
		{
			number: 1001, title: "The profile's version is not supported", basis: preflight.Observed,
			means: "PayloadVersion at the top is a number other than 1 (2 was seen to pass).",
			fix:   "Set PayloadVersion to the integer 1.",
		},
		{
			number: 1002, title: "A required key of the profile is missing", basis: preflight.Observed,
			means: "PayloadIdentifier, PayloadUUID, PayloadType or PayloadVersion at the top is missing or empty.",
			fix:   "Add the key. macOS lets some pass that iOS refuses, so a test on a Mac proves little.",
		},
		{
			number: 1003, title: "A key of the profile has the wrong type", basis: preflight.Observed,
			means: "A value at the top is of another type than the schema says; a PayloadVersion written as a string is the usual one.",
			fix:   "Write the value in its type: <integer>1</integer>, not <string>1</string>.",
		},
		{
			number: 1004, title: "The profile's signature is bad",
			means: "The signature does not fit the content. An unknown or expired signer is no error: the phone then says Not Verified and goes on.",
			check: []string{lookVerify, lookServer},
			fix:   "Sign the profile again, as its last step, and let nothing change it after that.",
		},
		{
			number: 1005, title: "The profile is empty",
			means: "It holds no payload.",
			fix:   "Build the profile anew.",
		},
		{
			number: 1006, title: "The profile cannot be decrypted", basis: preflight.Observed,
			means: "EncryptedPayloadContent is there, and the phone has no key that opens it, or the cipher is one that it does not know. The key has to be on the phone before: encryption is no help for a first installation by hand.",
			fix:   "Encrypt for a certificate whose key the phone has (AES-CBC, not GCM), or deliver it through device management without encryption.",
		},
		{
			number: 1007, title: "Two payloads have the same UUID", basis: preflight.Observed,
			means: "PayloadUUID has to be unique within the profile.",
			fix:   "Give each payload a UUID of its own.",
		},
		{
			number: 1008, title: "Two payloads have the same identifier", basis: preflight.Observed,
			means: "PayloadIdentifier has to be unique among the payloads; one may be equal to the profile's.",
			fix:   "Give each payload an identifier of its own.",
		},
		{
			number: 1009, title: "The profile's installation failed", basis: preflight.Inferred,
			means: "A general error: the ones below it in the log or ErrorChain name the payload and the reason.",
			check: []string{"The next error in the log or ErrorChain: easkit explain takes that one too", lookShow},
			fix:   "Mend what the error below names.",
		},
		{
			number: 1010, title: "A key of the profile has a value that is not supported",
			means: "The type is right, the value is none of those allowed.",
			fix:   "Compare the keys at the top with Apple's schema (TopLevel.yaml).",
		},
		{
			number: 1016, title: "The PayloadType at the top is not supported", basis: preflight.Observed, source: srcSchema,
			means: "It is something other than Configuration. Apple's list lacks the number; it was seen in a phone.",
			fix:   "Set PayloadType at the top to Configuration.",
		},
		{
			number: 1017, title: "The PayloadType at the top is not supported", basis: preflight.Observed, source: srcSchema,
			means: "It is something other than Configuration. Apple's list lacks the number; it was seen in a phone, beside 1016.",
			fix:   "Set PayloadType at the top to Configuration.",
		},
	},
}

var payloadErrors = domain{
	name: "MCPayloadErrorDomain", seen: seenReading, check: []string{lookShow, lookPlutil},
	errors: []numbered{
		{number: 2000, title: "A payload is malformed", means: "One of the payloads is no dictionary as its type wants it.", fix: "Compare the payload with Apple's schema for its PayloadType."},
		{number: 2001, title: "A payload's version is not supported", means: "PayloadVersion of a payload is not 1.", fix: "Set PayloadVersion to the integer 1."},
		{number: 2002, title: "A required key of a payload is missing", means: "The message names the key. A mail account without Host is one case, unless it signs in by OAuth without an OAuthSignInURL (observed).", basis: preflight.Observed, fix: "Add the key."},
		{number: 2003, title: "A key of a payload has the wrong type", means: "The message names the key: a string in place of data, an integer in place of a boolean. Unknown keys are no error (observed).", basis: preflight.Observed, fix: "Write the value in the type of Apple's schema."},
		{number: 2004, title: "A key of a payload has a value that is not supported", means: "The message names the key. An OAuthSignInURL that is no URL was seen to be refused as a bad value.", basis: preflight.Observed, fix: "Correct the value."},
		{number: 2005, title: "The phone failed on a payload", means: "An internal error: it says nothing of the profile.", fix: "Restart the phone and try again; if it stays, leave payloads out until the one that does it is found."},
	},
}

var installationErrors = domain{
	name: "MCInstallationErrorDomain", seen: seenInstall, check: []string{lookShow},
	errors: []numbered{
		{number: 4000, basis: preflight.Inferred, title: "The profile cannot be parsed", means: "The file is not read as a profile; an error of MCProfileErrorDomain or MCPayloadErrorDomain below it says why.", check: []string{"The next error in the log or ErrorChain", lookShow}, fix: "Mend what the error below names."},
		{
			number: 4001, title: "The installation failed", basis: preflight.Inferred,
			means: "The outer error for nearly everything: the one below it in the log or ErrorChain says which payload and why.",
			check: []string{"The next error in the log or ErrorChain: easkit explain takes that one too"},
			fix:   "Mend what the error below names.",
		},
		{number: 4002, title: "The UUID is there already", means: "Another profile on the phone has this PayloadUUID.", fix: "Give each profile a UUID of its own; to update one, keep its PayloadIdentifier as well."},
		{number: 4003, title: "The profile is not waiting for installation", means: "A downloaded profile is deleted if it is not installed within 8 minutes, and only one waits at a time.", fix: "Download it again and install it at once: Settings > Profile Downloaded."},
		{number: 4004, title: "The user cancelled", means: "The user left one of the installation's questions, such as that for the certificate's password.", fix: "Install it again; tell users which questions come, and where they find the password."},
		{number: 4005, title: "The passcode is not good enough", means: "The phone's passcode does not meet a policy, of this profile or of the mail server.", fix: "Let the user set a passcode that does, then install again."},
		{number: 4006, title: "The removal date is over", means: "RemovalDate, or the time that DurationUntilRemoval leaves, lies in the past.", fix: "Build the profile with a later date; check the phone's clock."},
		{number: 4007, title: "The file's format is unknown", means: "It is neither a profile nor a certificate nor a PKCS#12 file.", check: []string{lookShow, lookServer}, fix: "Deliver the .mobileconfig as it is, as application/x-apple-aspen-config, and not as a web page or text."},
		{
			number: 4008, title: "The update is signed by another certificate", basis: preflight.Observed,
			means: "A signed profile is replaced only by one that is signed with the very same certificate: the same CA or key is not enough, and neither is a profile without signature. Installations by device management are exempt.",
			check: []string{lookVerify, "Settings > General > VPN & Device Management > the profile: who signed the one that is there"},
			fix:   "Sign with the certificate of the first, or let the user remove the old profile before; mail is downloaded again then.",
		},
		{number: 4009, title: "The phone is locked", means: "It has to be unlocked for this.", fix: "Unlock it and try again."},
		{number: 4010, title: "The update has another identifier", means: "What is to replace a profile has another PayloadIdentifier.", fix: "Build it with the identifier of the first."},
		{number: 4012, basis: preflight.Inferred, title: "The profile cannot be updated", means: "The one on the phone offers no way to update it.", fix: "Install the new one over it by hand, or remove it first."},
		{number: 4013, basis: preflight.Inferred, title: "The update failed", means: "An error below it in the log or ErrorChain says why.", check: []string{"The next error in the log or ErrorChain"}, fix: "Mend what the error below names."},
		{number: 4014, basis: preflight.Inferred, title: "The phone has no identity of its own", means: "The step needs the certificate of the device, and there is none.", fix: "Enrol the phone again, or leave out what needs it (over-the-air enrolment, encryption for the device)."},
		{number: 4016, title: "The phone failed", means: "An internal error: it says nothing of the profile.", fix: "Restart the phone and try again."},
		{number: 4020, title: "Profiles may not be installed by hand", means: "A restriction on the phone forbids it.", check: []string{"The restrictions that device management set on the phone"}, fix: "Deliver the profile by device management, or lift the restriction."},
		{number: 4021, basis: preflight.Inferred, title: "The profile cannot be installed by hand", means: "A payload in it may only come without the user.", fix: "Deliver it by device management, or leave that payload out."},
		{number: 4022, basis: preflight.Inferred, title: "The profile has to come by device management", means: "A payload in it is for managed phones.", fix: "Deliver it by device management, or leave that payload out."},
		{number: 4023, basis: preflight.Inferred, title: "A payload is not acceptable here", means: "The phone or the way of enrolment does not allow it.", fix: "Compare the payload's support in Apple's schema with how the phone is enrolled."},
		{number: 4024, title: "The profile is not found", means: "What is to be changed or removed is not on the phone.", fix: "Look at the list of profiles on the phone, and compare identifiers."},
		{number: 4025, title: "The phone is not supervised, and has to be", means: "A key or payload is for supervised phones. PayloadRemovalDisallowed is only ignored elsewhere (observed).", basis: preflight.Observed, fix: "Supervise the phone, or leave that key or payload out."},
		{number: 4026, title: "The removal date is over", means: "As 4006: RemovalDate or DurationUntilRemoval leads to the past.", fix: "Build the profile with a later date; check the phone's clock."},
		{number: 4027, title: "The profile wants the passcode changed", means: "A policy in it asks for a passcode that the phone does not have yet.", fix: "Let the user change the passcode, then install again."},
	},
}
