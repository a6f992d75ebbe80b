"""What each profile is made of, and what a check has to find in it.

Findings are (check, status, word, part of the message, where); for the last see
line_of in profiles.py. Only what is worse than a skip is listed, and all of it.
"""
import re

UNSIGNED = ("profile.signature", "warn", "unsigned", "Not Signed", None)
RETIRES = ("profile.retirement", "warn", "", "ends in 40 days", None)
RETIRES_MAYBE = ("profile.retirement", "warn", "", "that may be in Exchange Online", None)
PILOT = ("profile.secrets", "warn", "key", "one user's private key", "PayloadCertificateUUID")
SERVER, ONLINE = "exchange-server", "exchange-online"
PASSWORD = "correct horse"
CAS = "../foreign/chain.pem"
ROOT = "../foreign/root-ca.pem"
FILES = []


def profile(file, shape, about, *expect, **more):
    FILES.append({"file": file + ".mobileconfig", "shape": shape, "about": about, "expect": list(expect), **more})


def schema(status, word, message, where):
    return ("profile.schema", status, word, message, where)


def identity(word, message, where="PayloadContent#2", status="fail"):
    return ("profile.identity", status, word, message, where)


def embedded(where="Password", status="warn"):
    return ("profile.secrets", status, "p12-password", "is the password of the identity", where)


# --- Sound ones: nothing fails, by differing generators ------------------------------

profile("manifest-editor", "manifest-editor", "Sound: OAuth against Exchange Online; the phone asks for the certificate's password.",
        UNSIGNED, password=PASSWORD, cas=CAS, prompts=["passcode", "certificate-password"])
profile("desktop-editor", "desktop-editor", "Sound: root, intermediate, identity and account, each in a payload; consent in two languages.",
        UNSIGNED, mailbox=SERVER, password=PASSWORD, prompts=["device", "passcode", "consent", "trust", "certificate-password"])
profile("configurator", "configurator", "Sound for device management, with the password embedded.", **{"for": "mdm"}, mailbox=SERVER, cas=CAS)
profile("by-hand", "by-hand", "Sound: comments, indentation as it came, no DOCTYPE, DOMAIN\\user for Exchange Server.",
        UNSIGNED, mailbox=SERVER, password=PASSWORD, cas=CAS)
profile("minified", "go-mdm", "Sound: one line, uploaded to a device management in Go.", **{"for": "mdm"}, password=PASSWORD, cas=CAS)
profile("intune-tokens", "intune-tokens", "Sound: no key inside, SCEP and placeholders, for Intune.", **{"for": "intune"})
profile("acme", "acme-server", "Sound: a key of the phone's own by ACME, for iOS 16 and later.", UNSIGNED, ios=16)
profile("javascript", "javascript", "Sound: self-closed tags, the DOCTYPE in the first line, Cyrillic and Japanese, an EC key.", **{"for": "mdm"}, mailbox=SERVER, cas=CAS)
profile("scep-many-payloads", "profile-manager", "Sound but for what counts on supervised phones only: passcode, Wi-Fi, web clip, SCEP and mail; the challenge lies open.",
        ("profile.schema", "warn", "supervised", "PayloadRemovalDisallowed counts on supervised phones only", "=PayloadRemovalDisallowed"),
        ("profile.secrets", "warn", "challenge", "Challenge", "Challenge"), **{"for": "mdm"}, mailbox=SERVER)
profile("signed", "desktop-editor", "Sound: signed with the intermediate inside, in DER, by OpenSSL.", mailbox=SERVER, password=PASSWORD, roots=ROOT, made=True)
profile("signed-stream", "manifest-editor", "Sound: signed in BER with indefinite lengths, as openssl -stream writes it.", password=PASSWORD, cas=CAS, roots=ROOT, made=True)
profile("signed-nss", "by-hand", "Sound: signed by NSS, in BER.", mailbox=SERVER, password=PASSWORD, cas=CAS, roots=ROOT, made=True)
profile("binary", "configurator", "Sound: a binary property list, by plistlib.", **{"for": "mdm"}, mailbox=SERVER, cas=CAS, made=True, binary=True)
profile("two-accounts", "two-accounts", "Sound: two accounts on two servers with one identity.", **{"for": "mdm"}, mailbox=SERVER, password=PASSWORD, cas=CAS)
profile("consent-inside-comments", "by-hand", "Sound: the identity is referred to before it comes, and a comment holds what looks like another account.",
        UNSIGNED, mailbox=SERVER, password=PASSWORD, cas=CAS,
        edits=[("<!-- 2: the account -->", "<!-- was: <key>SSL</key><false/> <dict> & so on -->")])

# --- What generators really write ------------------------------------------------------

profile("apple-page", "apple-page", "Apple's own example: a stray quote in the profile's UUID, which nobody checks, and keys that are deprecated; no identity.",
        UNSIGNED,
        schema("warn", "deprecated", "SMIMEEnabled is deprecated since iOS 10", "=SMIMEEnabled"),
        schema("warn", "deprecated", "SMIMEEncryptionEnabled is deprecated since iOS 12", "=SMIMEEncryptionEnabled"),
        identity("none", "names no identity", "^SMIMEEnabled"), mailbox=SERVER)
profile("reference-site", "reference-site", "A reference site's example with every key once: a version and a certificate as strings, everything else empty.",
        UNSIGNED,
        schema("fail", "wrong-type", "PayloadVersion is", "PayloadVersion"),
        schema("warn", "missing-key", "PayloadUUID is empty", "PayloadUUID#2"),
        schema("fail", "wrong-type", "Certificate is", "Certificate"),
        schema("warn", "deprecated", "SMIMEEnabled", "=SMIMEEnabled"),
        schema("warn", "deprecated", "HeaderMagic", "=HeaderMagic"),
        identity("none", "names no identity", "PayloadCertificateUUID"),
        ("profile.account", "fail", "no-host", "there is no Host", "Host"),
        ("profile.account", "warn", "no-email", "there is no EmailAddress", "EmailAddress"),
        ("profile.account", "warn", "no-user", "there is no UserName", "UserName"),
        RETIRES_MAYBE)
profile("campus-php", "campus-php", "A university's PHP: 365 days, the payload has the profile's identifier, no identity.",
        UNSIGNED, schema("warn", "bad-value", "MailNumberOfPastDaysToSync is the integer 365", "MailNumberOfPastDaysToSync"),
        identity("none", "names no identity", "^EmailAddress"), mailbox=SERVER)
profile("root-wifi-php", "root-wifi-php", "A university's PHP: root, Wi-Fi and mail in Japanese, the user's password inside, Google's old host, no identity.",
        UNSIGNED, identity("none", "names no identity", "^EmailAddress"),
        ("profile.secrets", "warn", "account-password", "is the password of the account", "Password"), RETIRES_MAYBE,
        prompts=["device", "passcode", "trust"])
profile("groupware-java", "groupware-java", "A groupware's servlet: the same UUIDs for everybody, umlauts; no identity.",
        UNSIGNED, identity("none", "names no identity", "^EmailAddress"), mailbox=SERVER)
profile("blog-php", "blog-php", "A blog's PHP of 2013: one UUID for profile and payload, the address as identifier; no identity.",
        UNSIGNED, ("profile.structure", "warn", "uuid-of-profile", "PayloadUUID of the profile itself", "PayloadUUID"),
        identity("none", "names no identity", "^EmailAddress"), mailbox=SERVER)
profile("configuration-utility", "configuration-utility", "iPhone Configuration Utility: Wi-Fi and mail, an empty host, nobody's account.",
        UNSIGNED, identity("none", "names no identity", "^MailNumberOfPastDaysToSync"),
        ("profile.account", "fail", "no-host", "there is no Host", "Host"),
        ("profile.account", "warn", "no-email", "phones ask for it", "^Host"),
        ("profile.account", "warn", "no-user", "there is no UserName", "^Host"), RETIRES_MAYBE,
        prompts=["device", "passcode", "email", "user-name", "password"])
profile("configuration-utility-26", "configuration-utility", "The same for iOS 26, whose schema lacks two of its keys.",
        schema("warn", "removed", "HasRemovalPasscode is no longer", "=HasRemovalPasscode"),
        schema("warn", "removed", "IsEncrypted is no longer", "=IsEncrypted"),
        identity("none", "names no identity", "^MailNumberOfPastDaysToSync"),
        ("profile.account", "fail", "no-host", "there is no Host", "Host"),
        ("profile.account", "warn", "no-email", "phones ask for it", "^Host"),
        ("profile.account", "fail", "no-user", "there is no UserName", "^Host"), RETIRES_MAYBE, **{"for": "mdm"}, ios=26)
profile("console-fragment", "console-fragment", "One payload as a console's custom settings take it: no profile.",
        ("profile.format", "fail", "not-a-profile", "it is a single payload", None), **{"for": "mdm"})
profile("console-whole", "console-fragment", "The same payload with a profile around it: no SSL, lookup values of another console as they stand, UUIDs that are none.",
        identity("none", "names no identity", "^EmailAddress"),
        ("profile.account", "fail", "no-ssl", "SSL is not there", "^EmailAddress"),
        RETIRES_MAYBE, **{"for": "mdm"},
        edits=[('<plist version="1.0">', '<?xml version="1.0" encoding="UTF-8"?>\n<plist version="1.0"><dict><key>PayloadType</key><string>Configuration</string><key>PayloadVersion</key><integer>1</integer>'
                '<key>PayloadIdentifier</key><string>com.contoso.custom</string><key>PayloadUUID</key><string>A1B2C3D4-0000-4000-8000-CUSTOM000001</string><key>PayloadContent</key><array>'),
               ("</plist>", "</array></dict></plist>")])
profile("gateway-python", "gateway-python", "A security gateway's Python: the identity in the account, and once more with its chain in payloads that nothing refers to; a made-up password.",
        UNSIGNED, embedded("CertificatePassword"),
        ("profile.secrets", "warn", "account-password", "is the password of the account", "Password"),
        embedded("Password#2"), mailbox=SERVER)
profile("powershell", "powershell", "Sound: a help desk's PowerShell, with a byte order mark and CRLF.",
        UNSIGNED, mailbox=SERVER, password=PASSWORD, cas=CAS,
        finish=lambda t: "\ufeff" + t.replace("\n", "\r\n"))
profile("mac-ews", "mac-ews", "A Mac's mail profile: nothing for a phone.", UNSIGNED,
        schema("warn", "not-ios", "com.apple.ews.account", "PayloadType#2"),
        ("profile.account", "warn", "none", "there is no mail account", 4))
profile("encrypted", "encrypted", "Payloads encrypted for a phone: nothing can be said of them.", UNSIGNED,
        ("profile.structure", "warn", "encrypted", "its payloads are encrypted", "EncryptedPayloadContent"))

# --- Files that are no profiles ---------------------------------------------------------

profile("dotnet-doctype", "powershell", "Saved by .NET's XmlDocument, which writes [] into the DOCTYPE: Apple's reader takes no bracket there.", UNSIGNED,
        ("profile.format", "fail", "not-well-formed", "its DOCTYPE ends in []", 2), edits=[('.dtd">', '.dtd"[]>')], finish=lambda t: t.replace("\n", "\r\n"))
profile("comment-in-text", "by-hand", "A comment within a value, where Apple's reader takes none.", UNSIGNED,
        ("profile.format", "fail", "not-well-formed", "a comment stands within <string>", "Host"), edits=[("mail.contoso.com</string>", "mail.contoso.com<!-- was: owa --></string>")])
profile("blank-behind-number", "campus-php", "A number with a line's end behind it, which Apple's reader does not take.", UNSIGNED,
        ("profile.format", "fail", "not-well-formed", "has a blank behind it", "MailNumberOfPastDaysToSync"), edits=[("365</integer>", "7\n      </integer>")])
profile("date-with-zone", "configurator", "A date with a time zone, which property lists do not have.",
        ("profile.format", "fail", "not-well-formed", "no date in the one form", "RemovalDate"), **{"for": "mdm"},
        edits=[("	<key>PayloadRemovalDisallowed</key>", "	<key>RemovalDate</key>\n	<date>2027-09-30T00:00:00+02:00</date>\n	<key>PayloadRemovalDisallowed</key>")])

profile("cut-short", "groupware-java", "The download broke off.", UNSIGNED,
        ("profile.format", "fail", "not-well-formed", "the file ends here", 31), finish=lambda t: t[:1120])
profile("ampersand", "groupware-java", "A company's name with a bare &, put in by a text template.", UNSIGNED,
        ("profile.format", "fail", "not-well-formed", "has to be written &amp;", "PayloadOrganization"), edits=[("&amp;", "&")])
profile("wrong-end", "apple-page", "Edited by hand: a tag is closed by another.",
        ("profile.format", "fail", "not-well-formed", "</key> stands where the <string> of line 11", "Host"), **{"for": "mdm"},
        edits=[("mail.contoso.com</string>", "mail.contoso.com</key>")])
profile("latin1", "groupware-java", "Saved in Latin-1, declared as UTF-8.", UNSIGNED,
        ("profile.format", "fail", "not-well-formed", "not in UTF-8", "PayloadOrganization"), finish=lambda t: t.encode("latin-1"), encoding="latin-1")
profile("nbsp", "groupware-java", "An entity of HTML.", UNSIGNED,
        ("profile.format", "fail", "not-well-formed", "&nbsp; is not defined", "PayloadDisplayName"), edits=[("für Zoë", "für&nbsp;Zoë")])
profile("sign-in-page", "html", "What a portal answers to somebody who is not signed in, saved under the profile's name.", UNSIGNED,
        ("profile.format", "fail", "not-a-profile", "no property list", None),
        text="<!DOCTYPE html>\n<html><head><title>Sign in</title></head><body><form>User: <input name=\"user\"></form></body></html>\n")

# --- Encodings ----------------------------------------------------------------------------

profile("utf16", "javascript", "Saved as Unicode by an editor on Windows: UTF-16, which Apple's reader takes.",
        ("profile.structure", "warn", "odd", "UTF-16", 1), **{"for": "mdm"}, mailbox=SERVER, cas=CAS,
        edits=[('encoding="UTF-8"', 'encoding="UTF-16"')], finish=lambda t: b"\xff\xfe" + t.encode("utf-16-le"), encoding="utf-16")
profile("declared-latin1", "by-hand", "Declared as ISO-8859-1, and ASCII.", UNSIGNED,
        ("profile.structure", "warn", "odd", "ISO-8859-1", 1), mailbox=SERVER, password=PASSWORD, cas=CAS,
        edits=[("<?xml version='1.0'?>", "<?xml version='1.0' encoding='ISO-8859-1'?>")])
profile("latin1-declared", "groupware-java", "In Latin-1 and declared so, which Apple's reader takes.", UNSIGNED,
        ("profile.structure", "warn", "odd", "ISO-8859-1", 1), identity("none", "names no identity", "^EmailAddress"), mailbox=SERVER,
        edits=[("UTF-8", "ISO-8859-1")], finish=lambda t: t.encode("latin-1"), encoding="latin-1")
profile("comment-dashes", "by-hand", "Rows of dashes in a comment, which only Apple's reader takes.", UNSIGNED,
        ("profile.structure", "warn", "odd", "a comment holds --", "~<!-- 2"), mailbox=SERVER, password=PASSWORD, cas=CAS,
        edits=[("<!-- 2: the account -->", "<!-- 2 ---------- the account ---------- -->")])
profile("php-warning", "blog-php", "A warning of PHP behind the end, which Apple's reader does not look at.", UNSIGNED,
        ("profile.structure", "warn", "odd", "something follows after its end", "~<br />"), ("profile.structure", "warn", "uuid-of-profile", "PayloadUUID of the profile itself", "PayloadUUID"),
        identity("none", "names no identity", "^EmailAddress"), mailbox=SERVER,
        finish=lambda t: t + "<br />\n<b>Warning</b>:  Cannot modify header information in <b>/srv/www/profile.php</b> on line <b>40</b><br />\n")
profile("intune-bom", "intune-tokens", "With a byte order mark, for which Intune's upload was seen to refuse files.",
        ("profile.intune", "warn", "bom", "byte order mark", None), **{"for": "intune"}, finish=lambda t: "\ufeff" + t)
profile("no-plist-element", "apple-page", "The element <plist> is missing, and a key stands twice.",
        ("profile.structure", "warn", "odd", "<plist> is missing", 3),
        ("profile.structure", "warn", "duplicate-key", "is there twice", "=Host#2"),
        schema("warn", "deprecated", "SMIMEEnabled", "=SMIMEEnabled"), schema("warn", "deprecated", "SMIMEEncryptionEnabled", "=SMIMEEncryptionEnabled"),
        identity("none", "names no identity", "^OAuth"), **{"for": "mdm"}, mailbox=SERVER,
        edits=[('<plist version="1.0">\n', ""), ("</plist>\n", ""), ("            <key>OAuth</key>", "            <key>Host</key>\n            <string>mail.contoso.com</string>\n            <key>OAuth</key>")])

# --- Signatures ---------------------------------------------------------------------------

profile("signed-soon", "manifest-editor", "The signer's certificate ends in 29 days.",
        ("profile.signer", "warn", "expires-soon", "soon", None), password=PASSWORD, cas=CAS, roots=ROOT, made=True)
profile("signed-expired", "two-accounts", "The signer's certificate has ended.",
        ("profile.signer", "warn", "expired", "Not Verified", None), mailbox=SERVER, password=PASSWORD, cas=CAS, roots=ROOT, made=True)
profile("signed-self", "groupware-java", "Signed by a help desk's own certificate, which no phone trusts; no identity.",
        ("profile.signer", "warn", "untrusted", "Help desk", None), identity("none", "names no identity", "^EmailAddress"), mailbox=SERVER, roots=ROOT, made=True)
profile("signed-no-intermediate", "desktop-editor", "Signed without the intermediate, as most libraries do.",
        ("profile.signer", "warn", "untrusted", "Contoso Profile Signing", None), mailbox=SERVER, password=PASSWORD, roots=ROOT, made=True)
profile("signed-sha1", "go-mdm", "Signed with SHA-1, as the Go library of device managements does by default.",
        ("profile.signature", "warn", "weak-digest", "SHA-1", None), **{"for": "mdm"}, password=PASSWORD, cas=CAS, roots=ROOT, made=True)
profile("signed-tampered", "manifest-editor", "Changed after it was signed.",
        ("profile.signature", "fail", "broken", "the signed digest", None),
        ("profile.match", "warn", "other-names", "the account for mally@contoso.com", "UserName"), password=PASSWORD, cas=CAS, roots=ROOT, made=True)
profile("signed-detached", "apple-page", "A signature that lies beside its profile, under the profile's name.",
        ("profile.format", "fail", "not-a-profile", "a signature without the profile in it", None),
        ("profile.signature", "fail", "", "the signature is detached", None), roots=ROOT, made=True, binary=True)
profile("signed-for-intune", "intune-tokens", "Signed, and uploaded to Intune, which takes nothing signed.",
        ("profile.intune", "fail", "signed", "it is signed", None), **{"for": "intune"}, roots=ROOT, made=True)
profile("binary-intune", "intune-tokens", "Binary, and uploaded to Intune, which takes XML.",
        ("profile.intune", "fail", "binary", "binary property list", None), **{"for": "intune"}, made=True, binary=True)
profile("intune-broken", "intune-tokens", "XML that Intune refuses: a bare <.",
        ("profile.format", "fail", "not-well-formed", "has to be written &lt;", "PayloadDisplayName"),
        ("profile.intune", "fail", "not-well-formed", "not well-formed XML", None), **{"for": "intune"},
        edits=[("<string>Certificate</string>", "<string>Certificate < 2027</string>")])

# --- Structure ------------------------------------------------------------------------------

profile("duplicate-uuid", "two-accounts", "Two payloads with one UUID, by copy and paste.",
        ("profile.structure", "fail", "duplicate-uuid", "have the same PayloadUUID", "PayloadUUID#3"), **{"for": "mdm"}, mailbox=SERVER, password=PASSWORD, cas=CAS,
        edits=[("333344445503", "333344445502")])
profile("duplicate-identifier", "two-accounts", "Two payloads with one identifier, and one account twice.",
        ("profile.structure", "fail", "duplicate-identifier", "have the same PayloadIdentifier", "PayloadIdentifier#3"),
        ("profile.account", "warn", "second-account", "address, server and user name of", "^Host#2"), **{"for": "mdm"}, mailbox=SERVER, password=PASSWORD, cas=CAS,
        edits=[("com.contoso.both.second", "com.contoso.both.first"), ("archive.contoso.com", "mail.contoso.com")])
profile("removal-date", "configurator", "It should have been removed from all phones by now, and is expired.",
        ("profile.structure", "fail", "removal-date", "RemovalDate is over", "RemovalDate"),
        ("profile.structure", "warn", "expired", "PayloadExpirationDate was 2026-06-30", "PayloadExpirationDate"), **{"for": "mdm"}, mailbox=SERVER, cas=CAS,
        edits=[("	<key>PayloadRemovalDisallowed</key>", "	<key>PayloadExpirationDate</key>\n	<date>2026-06-30T08:00:00Z</date>\n	<key>RemovalDate</key>\n	<date>2026-09-30T00:00:00Z</date>\n	<key>PayloadRemovalDisallowed</key>")])
profile("no-payloads", "javascript", "A template whose loop ran over nothing.", UNSIGNED,
        ("profile.structure", "fail", "no-payloads", "PayloadContent is empty", "PayloadContent"),
        ("profile.account", "warn", "none", "there is no mail account", 3),
        finish=lambda t: re.sub(r"<array>.*</array>", "<array/>", t, flags=re.S))
profile("payload-not-dictionary", "by-hand", "A comma of another format among the payloads: a string.", UNSIGNED,
        ("profile.structure", "fail", "payload-not-dictionary", "payload 2 is a value of type string", "~<string>,</string>"), mailbox=SERVER, password=PASSWORD, cas=CAS,
        edits=[("<!-- 2: the account -->", "<string>,</string>")])

# --- Schema -----------------------------------------------------------------------------------

profile("types", "apple-page", "Types: SSL and the version as strings, an integer for a boolean.",
        schema("fail", "wrong-type", "SSL is", "SSL"), schema("fail", "wrong-type", "OAuth is", "OAuth"),
        schema("fail", "wrong-type", "PayloadVersion is", "PayloadVersion"),
        schema("fail", "wrong-type", "MailNumberOfPastDaysToSync is", "MailNumberOfPastDaysToSync"),
        identity("none", "names no identity", "^EmailAddress"), **{"for": "mdm"}, mailbox=SERVER,
        edits=[("<key>SSL</key>\n            <true/>", "<key>SSL</key>\n            <string>true</string>"),
               ("<key>OAuth</key>\n            <false/>", "<key>OAuth</key>\n            <integer>0</integer>"),
               ("            <key>PayloadVersion</key>\n            <integer>1</integer>", "            <key>PayloadVersion</key>\n            <string>1</string>"),
               ("<integer>7</integer>", "<string>7</string>"),
               ("            <key>SMIMEEnabled</key>\n            <true/>\n", ""), ("            <key>SMIMEEncryptionEnabled</key>\n            <true/>\n", "")])
profile("missing-keys", "campus-php", "Neither version nor identifier, and a payload without a type.",
        schema("fail", "missing-key", "PayloadVersion is missing", 4), schema("fail", "missing-key", "PayloadIdentifier is missing", 4),
        schema("fail", "missing-key", "PayloadType is missing", 7),
        ("profile.account", "warn", "none", "there is no mail account", 4), **{"for": "mdm"},
        edits=[("      <key>PayloadType</key><string>com.apple.eas.account</string>\n", ""),
               ("  <key>PayloadIdentifier</key><string>edu.contoso.campus.mail</string>\n  <key>PayloadOrganization", "  <key>PayloadOrganization"),
               ("a2d9c44</string>\n  <key>PayloadVersion</key><integer>1</integer>", "a2d9c44</string>")])
profile("values", "manifest-editor", "Values: version 2, device 9, a reference that is no UUID.",
        schema("warn", "bad-value", "PayloadVersion is the integer 2, not 1", "PayloadVersion#3"), schema("fail", "bad-value", "TargetDeviceType is the integer 9", "TargetDeviceType"),
        schema("fail", "bad-value", "PayloadCertificateUUID is", "PayloadCertificateUUID"),
        identity("dangling", "is the UUID of no payload", "PayloadCertificateUUID"), **{"for": "mdm"},
        edits=[("<integer>1</integer>\n	<key>TargetDeviceType</key>\n	<integer>1</integer>", "<integer>2</integer>\n	<key>TargetDeviceType</key>\n	<integer>9</integer>"),
               ("<key>PayloadCertificateUUID</key>\n			<string>8C0F3E9A-53B1-4E55-8F7E-6B1A2C3D4E02", "<key>PayloadCertificateUUID</key>\n			<string>identity")])
profile("misspelt", "by-hand", "Keys in other letters than Apple's: each is a key that is not there.",
        schema("warn", "misspelt-key", "did you mean EmailAddress?", "=Emailaddress"), schema("warn", "misspelt-key", "did you mean UserName?", "=Username"),
        schema("warn", "unknown-key", "UseSSL is not in Apple's schema", "=UseSSL"), schema("warn", "misspelt-key", "did you mean PayloadCertificateUUID?", "=PayloadCertificateUuid"),
        identity("none", "names no identity", "^UseSSL"),
        ("profile.account", "fail", "no-ssl", "SSL is not there", "^UseSSL"),
        ("profile.account", "warn", "no-email", "there is no EmailAddress", "^UseSSL"),
        ("profile.account", "fail", "no-user", "there is no UserName", "^UseSSL"), **{"for": "mdm"}, mailbox=SERVER,
        edits=[("EmailAddress", "Emailaddress"), ("UserName", "Username"), ("SSL", "UseSSL"), ("PayloadCertificateUUID", "PayloadCertificateUuid")])
profile("unknown-keys", "manifest-editor", "Keys that no version of Apple's schema has, one for Macs, one that phones were seen to read, and a payload of nobody.",
        schema("warn", "unknown-key", "Domain", "=Domain"), schema("warn", "unknown-key", "SyncDefaultFoldersOnly", "=SyncDefaultFoldersOnly"),
        schema("warn", "not-ios", "KeyIsExtractable", "=KeyIsExtractable"),
        schema("warn", "unknown-payload", "com.contoso.settings", "PayloadType#3"), **{"for": "mdm"}, password=PASSWORD, cas=CAS,
        edits=[("			<key>EmailAddress</key>", "			<key>Domain</key>\n			<string></string>\n			<key>SyncDefaultFoldersOnly</key>\n			<true/>\n			<key>EmailAddress</key>"),
               ("			<key>PayloadCertificateFileName</key>", "			<key>KeyIsExtractable</key>\n			<false/>\n			<key>PayloadCertificateFileName</key>"),
               ("	</array>", "		<dict>\n			<key>PayloadIdentifier</key>\n			<string>com.contoso.settings.1</string>\n			<key>PayloadType</key>\n			<string>com.contoso.settings</string>\n"
                "			<key>PayloadUUID</key>\n			<string>8C0F3E9A-53B1-4E55-8F7E-6B1A2C3D4E03</string>\n			<key>PayloadVersion</key>\n			<integer>1</integer>\n		</dict>\n	</array>")])
profile("mistyped-payload", "javascript", "The account's type is misspelt, so that there is no account.",
        schema("warn", "unknown-payload", "did you mean com.apple.eas.account?", "PayloadType#3"),
        ("profile.account", "warn", "none", "there is no mail account", 3), **{"for": "mdm"},
        edits=[("com.apple.eas.account", "com.apple.eas.acount")])
profile("too-new", "configurator", "Settings of iOS 13 and 14 on iOS 12, one of which says what holds anyway.",
        schema("warn", "too-new", "EnableNotes is known since iOS 13", "=EnableNotes"),
        schema("warn", "too-new", "VPNUUID is known since iOS 14", "=VPNUUID"),
        **{"for": "mdm"}, ios=12, mailbox=SERVER, cas=CAS,
        edits=[("<key>EnableNotes</key>\n			<true/>", "<key>EnableNotes</key>\n			<false/>"),
               ("			<key>allowMailDrop</key>", "			<key>VPNUUID</key>\n			<string>2C1DC3C2-6E73-4B5C-8E0C-0B0F7B0C5A11</string>\n			<key>allowMailDrop</key>")])
profile("acme-on-15", "acme-server", "ACME on iOS 15, which does not have it.", UNSIGNED,
        schema("fail", "payload-too-new", "known since iOS 16", "PayloadType#2"))
profile("acme-key", "acme-server", "A hardware key of RSA, over plain HTTP.", UNSIGNED,
        schema("fail", "acme-key", "HardwareBound is true and KeyType is RSA", "HardwareBound"),
        schema("fail", "bad-value", "DirectoryURL is", "DirectoryURL"), ios=17,
        edits=[("ECSECPrimeRandom", "RSA"), ("<integer>384</integer>", "<integer>2048</integer>"), ("https://ca.contoso.com", "http://ca.contoso.com")])
profile("no-services", "manifest-editor", "Every service is switched off: the phone refuses the account.",
        schema("fail", "no-services", "are all false", "EnableMail"), **{"for": "mdm"}, password=PASSWORD, cas=CAS,
        edits=[(f"<key>Enable{s}</key>\n			<true/>", f"<key>Enable{s}</key>\n			<false/>") for s in ("Calendars", "Contacts", "Mail", "Reminders")])
profile("removal-password", "configurator", "A removal password, which counts on supervised phones, and lies open.",
        schema("warn", "supervised", "com.apple.profileRemovalPassword", "PayloadType#2"),
        ("profile.secrets", "warn", "removal-password", "RemovalPassword", "RemovalPassword"), **{"for": "mdm"}, mailbox=SERVER, cas=CAS,
        edits=[("		<dict>\n			<key>EmailAddress</key>", "		<dict>\n			<key>PayloadIdentifier</key>\n			<string>com.contoso.removal</string>\n			<key>PayloadType</key>\n			<string>com.apple.profileRemovalPassword</string>\n"
                "			<key>PayloadUUID</key>\n			<string>F0A5D9B2-8C6E-4B1A-BD0B-0A9C8E7D6F03</string>\n			<key>PayloadVersion</key>\n			<integer>1</integer>\n			<key>RemovalPassword</key>\n			<string>let-me-out</string>\n		</dict>\n		<dict>\n			<key>EmailAddress</key>")])

# --- Identities ----------------------------------------------------------------------------------

profile("p12-password-wrong", "configurator", "The embedded password is another file's: that, and nothing else.",
        identity("password-wrong", "the password in the profile does not open", "PayloadContent#2"), **{"for": "mdm"}, mailbox=SERVER, cas=CAS,
        edits=[("correct horse", "correct mule")])
profile("p12-not-opened", "manifest-editor", "Its password is not in the profile and was not given: nothing is said of the identity.", UNSIGNED, cas=CAS)
profile("p12-modern", "manifest-editor", "AES-256 and SHA-256, as OpenSSL 3 writes them, for iOS 15.",
        identity("mac", "SHA-256"), identity("cipher", "AES-256-CBC"), **{"for": "mdm"}, password=PASSWORD, cas=CAS,
        edits=[("openssl-3des.p12", "openssl-modern.p12")])
profile("p12-modern-18", "manifest-editor", "The same for iOS 18, which reads it.", **{"for": "mdm"}, ios=18, password=PASSWORD, cas=CAS,
        edits=[("openssl-3des.p12", "openssl-modern.p12")])
profile("p12-half-advice", "desktop-editor", "AES-256 under a SHA-1 MAC: half of the advice on old phones followed.", UNSIGNED,
        identity("cipher", "AES-256-CBC", "PayloadContent#4"), mailbox=SERVER, password=PASSWORD, edits=[("keytool-legacy.p12", "openssl-aes256-sha1mac.p12")])
profile("p12-aes128", "configurator", "AES-128 for iOS 18: of AES only AES-256 is read.",
        identity("cipher", "of the AES ciphers iOS reads only AES-256"), **{"for": "mdm"}, ios=18, mailbox=SERVER, cas=CAS,
        edits=[("gopkcs12-legacydes.p12", "openssl-aes128-sha512mac.p12")])
profile("p12-prf", "configurator", "Its key is derived with HMAC-SHA-512.",
        identity("prf", "HMAC-SHA-256 alone"), **{"for": "mdm"}, ios=18, mailbox=SERVER, cas=CAS, edits=[("../foreign/gopkcs12-legacydes.p12", "work/prf-sha512.p12")])
profile("p12-prf-null", "manifest-editor", "A PRF without NULL, as go-pkcs12 wrote it up to v0.7.3.",
        identity("prf-null", "without the NULL parameter"), **{"for": "mdm"}, ios=18, password=PASSWORD, cas=CAS, edits=[("../foreign/openssl-3des.p12", "work/prf-no-null.p12")])
profile("p12-pbmac1", "by-hand", "PBMAC1, the MAC of OpenSSL 3.4 and Java 26 to come.", UNSIGNED,
        identity("pbmac1", "PBMAC1"), ios=18, mailbox=SERVER, password=PASSWORD, cas=CAS, edits=[("openssl-3des.p12", "pbmac1.p12")])
profile("p12-no-mac", "by-hand", "No MAC at all.", UNSIGNED,
        identity("no-mac", "it has no MAC"), ios=18, mailbox=SERVER, password=PASSWORD, cas=CAS, edits=[("openssl-3des.p12", "openssl-nomac.p12")])
profile("p12-plain-key", "desktop-editor", "The key lies unencrypted in the file.", UNSIGNED,
        identity("plain-key", "unencrypted", "PayloadContent#4"), ios=18, mailbox=SERVER, password=PASSWORD, edits=[("keytool-legacy.p12", "openssl-plainkey.p12")])
profile("p12-ed25519", "javascript", "An Ed25519 key.",
        identity("key-kind", "neither RSA nor EC"), **{"for": "mdm"}, ios=18, mailbox=SERVER, cas=CAS,
        edits=[("work/bob-3des.p12", "../foreign/openssl-ed25519.p12"), ("bob@contoso.com", "dave@contoso.com"), ("bob@contoso.com", "dave@contoso.com")])
profile("p12-two-identities", "configurator", "Two identities in one file.",
        identity("identities", "it holds 2 identities"), **{"for": "mdm"}, ios=18, mailbox=SERVER, cas=CAS, edits=[("gopkcs12-legacydes.p12", "two-identities.p12")])
profile("p12-no-key", "configurator", "A file of certificates without a key.",
        identity("identities", "it holds 0 identities"), **{"for": "mdm"}, ios=18, mailbox=SERVER, cas=CAS, edits=[("gopkcs12-legacydes.p12", "openssl-nokey.p12")])
profile("p12-empty-password", "powershell", "The empty password, with which iOS opens nothing.",
        identity("password-empty", "its password is empty"),
        ("profile.secrets", "fail", "open-key", "needs no password", "PayloadCertificateUUID"), UNSIGNED, ios=18, mailbox=SERVER, cas=CAS,
        edits=[("openssl-legacy.p12", "openssl-emptypass.p12")])
profile("p12-ca-name", "configurator", "The issuing CA bears the user's name in the file.",
        identity("ca-name", "bears the name of the user's"), **{"for": "mdm"}, mailbox=SERVER, cas=CAS, edits=[("../foreign/gopkcs12-legacydes.p12", "work/one-name.p12")])
profile("p12-pairing", "manifest-editor", "Key and certificate are not paired by anything.",
        identity("pairing", "share neither localKeyID nor friendlyName", status="warn"), **{"for": "mdm"}, password=PASSWORD, cas=CAS,
        edits=[("../foreign/openssl-3des.p12", "work/unpaired.p12")])
profile("p12-certificate", "manifest-editor", "The identity's payload holds a certificate without a key.",
        identity("not-pkcs12", "holds no PKCS#12 file"), **{"for": "mdm"}, cas=CAS, edits=[("openssl-3des.p12 raw", "alice.crt der")])
profile("p12-java-store", "desktop-editor", "The identity's payload holds a Java key store.", UNSIGNED,
        identity("not-pkcs12", "a Java keystore", "PayloadContent#4"), mailbox=SERVER, edits=[("keytool-legacy.p12", "keytool.jks")])
profile("p12-truncated", "configurator", "Half of a file.",
        identity("not-pkcs12", "cut short", "PayloadContent#2"), **{"for": "mdm"}, mailbox=SERVER, cas=CAS, edits=[("gopkcs12-legacydes.p12", "truncated.p12")])
profile("reference-root", "desktop-editor", "The account refers to the root in place of the identity; the root's payload holds PEM, which phones read.", UNSIGNED,
        identity("mistyped", "which brings no identity", "PayloadCertificateUUID"), mailbox=SERVER,
        edits=[("<key>PayloadCertificateUUID</key>\n				<string>D4E11B60-7E42-4DF0-8A6B-2E8D9B1C7F03", "<key>PayloadCertificateUUID</key>\n				<string>D4E11B60-7E42-4DF0-8A6B-2E8D9B1C7F01"),
               ("root-ca.pem der 0", "root-ca.pem raw 0")])
profile("reference-dangling", "go-mdm", "The identity's UUID was changed, and not the reference.",
        identity("dangling", "is the UUID of no payload", 3), **{"for": "mdm"}, edits=[("<string>b7f8a0d1-6a0c-4d4e-8e0f-5b6c7d8e9f01</string><key>PayloadVersion", "<string>b7f8a0d1-6a0c-4d4e-8e0f-5b6c7d8e9f0a</string><key>PayloadVersion")])
profile("reference-case", "go-mdm", "The reference is in capitals, and the UUID is not.",
        identity("case", "differs from the UUID of", 3, "warn"), **{"for": "mdm"}, edits=[("<key>PayloadCertificateUUID</key><string>b7f8a0d1-6a0c-4d4e-8e0f-5b6c7d8e9f01", "<key>PayloadCertificateUUID</key><string>B7F8A0D1-6A0C-4D4E-8E0F-5B6C7D8E9F01")])
profile("certificate-unused", "configurator", "An identity in the account beside a reference to another: it is not used.",
        schema("warn", "excluded", "Certificate is there beside PayloadCertificateUUID", "Certificate"), **{"for": "mdm"}, mailbox=SERVER, cas=CAS,
        edits=[("			<key>EmailAddress</key>", "			<key>Certificate</key>\n			<data>AAEC</data>\n			<key>EmailAddress</key>")])
profile("chain-missing", "powershell", "No CA in the profile: the PKCS#12 file's own are of no use.", UNSIGNED,
        identity("chain", "the chain of", status="warn"), mailbox=SERVER, password=PASSWORD)
profile("chain-no-root", "desktop-editor", "The intermediate is there, and its root is nowhere.", UNSIGNED,
        identity("chain", "no payload holds CN=Contoso Test Root", "PayloadContent#3", "warn"), mailbox=SERVER, password=PASSWORD,
        finish=lambda t: t.replace(re.search(r"\t\t\t<dict>\n(?:(?!</dict>).)*com\.apple\.security\.root<(?:(?!</dict>).)*</dict>\n", t, re.S).group(), "", 1))
profile("chain-pem-of-two", "desktop-editor", "A payload with two certificates in PEM, of which phones take one.", UNSIGNED,
        ("profile.structure", "warn", "certificate", "holds 2 certificates, and phones take one", "PayloadContent#3"), mailbox=SERVER, password=PASSWORD,
        edits=[("<string>com.apple.security.pkcs1</string>", "<string>com.apple.security.pem</string>"), ("@@data ../foreign/issuing-ca.pem der 0@@", "@@data work/two.pem raw 0@@")])
profile("scep-no-address", "intune-tokens", "A SCEP request without any address: nobody can tell whose certificate it is.",
        identity("no-san", "asks for no address", "^PayloadDisplayName", "warn"), **{"for": "intune"},
        finish=lambda t: re.sub(r" *<key>SubjectAltName</key>\n *<dict>.*?</dict>\n", "", t, flags=re.S))

profile("p12-rc2", "by-hand", "Sound: RC2-128, which no browser takes any more and every iOS does.", UNSIGNED, mailbox=SERVER, password=PASSWORD, cas=CAS,
        edits=[("openssl-3des.p12", "openssl-rc2-128.p12")])
profile("p12-rc4", "by-hand", "Sound for a phone: RC4-128, which Apple's importer reads.", UNSIGNED, mailbox=SERVER, password=PASSWORD, cas=CAS,
        edits=[("openssl-3des.p12", "openssl-rc4.p12")])
profile("p12-nss", "manifest-editor", "As Firefox writes it, for iOS 18: AES-128 for the certificate, and PRFs without NULL.",
        identity("prf-null", "without the NULL parameter"), identity("cipher", "AES-128-CBC"), **{"for": "mdm"}, ios=18, password=PASSWORD, cas=CAS,
        edits=[("openssl-3des.p12", "nss-default.p12")])
profile("p12-password-letters", "javascript", "Sound: a password beyond ASCII, in the profile.", **{"for": "mdm"}, ios=18, mailbox=SERVER, cas=CAS,
        edits=[("work/bob-3des.p12", "../foreign/openssl-utf8pass.p12"), ("correct horse", "pässwörd"), ("bob@contoso.com", "alice@contoso.com"), ("bob@contoso.com", "alice@contoso.com")])
profile("p12-iterations", "configurator", "An iteration count of two thousand million: a file that is never opened.",
        identity("iterations", "too many rounds of key derivation", "PayloadContent#2", "warn"), **{"for": "mdm"}, ios=18, mailbox=SERVER, cas=CAS, edits=[("gopkcs12-legacydes.p12", "openssl-hugeiter.p12")])

# --- Accounts ---------------------------------------------------------------------------------------

profile("account-no-ssl", "by-hand", "SSL is false.", UNSIGNED,
        ("profile.account", "fail", "no-ssl", "SSL is false", "SSL"), mailbox=SERVER, password=PASSWORD, cas=CAS,
        edits=[("<key>SSL</key>               <true/>", "<key>SSL</key>               <false/>")])
profile("account-invented", "go-mdm", "No address: the phone makes one up out of user name and host.",
        ("profile.account", "warn", "invented-email", "alice@contoso.com@outlook.office365.com", 3), **{"for": "mdm"}, password=PASSWORD, cas=CAS,
        edits=[("<key>EmailAddress</key><string>alice@contoso.com</string>", "")])
profile("account-no-user", "manifest-editor", "No user name, where device management asks nobody.",
        ("profile.account", "fail", "no-user", "there is no UserName", "^EmailAddress"), **{"for": "mdm"}, password=PASSWORD, cas=CAS,
        edits=[("			<key>UserName</key>\n			<string>alice@contoso.com</string>\n", "")])
profile("account-host-url", "by-hand", "An address of a web page for a host.", UNSIGNED,
        ("profile.account", "fail", "host", "is a URL", "Host"), mailbox=SERVER, password=PASSWORD, cas=CAS,
        edits=[("mail.contoso.com", "https://mail.contoso.com/Microsoft-Server-ActiveSync")])
profile("account-autodiscovery", "manifest-editor", "Sound: OAuth without a host, which the phone finds by itself.", **{"for": "mdm"}, password=PASSWORD, cas=CAS,
        edits=[("			<key>Host</key>\n			<string>outlook.office365.com</string>\n", "")])
profile("account-no-host", "powershell", "No host, and no OAuth to find one.", UNSIGNED,
        ("profile.account", "fail", "no-host", "there is no Host", "^EmailAddress"), mailbox=SERVER, password=PASSWORD, cas=CAS,
        edits=[("        <key>Host</key>\n        <string>mail.contoso.com</string>\n", "")])
profile("account-internal", "manifest-editor", "An address of the inside: Exchange Online has no mailbox under it.",
        ("profile.account", "fail", "", "alice@contoso.local", None),
        ("profile.match", "warn", "", "mail is to come to alice@contoso.local", "UserName"), **{"for": "mdm"}, password=PASSWORD, cas=CAS,
        edits=[("<string>alice@contoso.com</string>", "<string>alice@contoso.local</string>")])
profile("match-other", "configurator", "Bob's account with Alice's certificate, straight to Exchange Online.",
        ("profile.match", "fail", "other-names", "the certificate is for alice@contoso.com", "UserName"), RETIRES, **{"for": "mdm"}, cas=CAS,
        edits=[("alice@contoso.com", "bob@contoso.com"), ("<string>alice@contoso.com", "<string>bob@contoso.com"), ("mail.contoso.com", "outlook.office365.com")])
profile("match-user", "manifest-editor", "The user name is not the UPN of the certificate.",
        ("profile.match", "warn", "", "sign in as alice.example@contoso.com", "UserName"), **{"for": "mdm"}, password=PASSWORD, cas=CAS,
        edits=[("<key>UserName</key>\n			<string>alice@", "<key>UserName</key>\n			<string>alice.example@")])

# --- Sign-in -----------------------------------------------------------------------------------------

profile("direct-online", "configurator", "Direct sign-in to Exchange Online, which ends.", RETIRES, **{"for": "mdm"}, cas=CAS, edits=[("mail.contoso.com", "outlook.office365.com")])
profile("direct-own-host", "configurator", "Direct sign-in to a host of one's own, behind which Exchange Online may be.", RETIRES_MAYBE, **{"for": "mdm"}, cas=CAS)
profile("oauth-absent", "by-hand", "Direct without the key OAuth: the phone asks for a password that may stay empty.", UNSIGNED,
        ("profile.auth", "warn", "oauth-key-absent", "the key OAuth is not there", "^SSL"), mailbox=SERVER, password=PASSWORD, cas=CAS,
        edits=[("        <key>OAuth</key>             <false/>\n", "")], prompts=["device", "passcode", "certificate-password", "password"])
profile("oauth-password", "manifest-editor", "OAuth with a password, which there is none with.",
        schema("fail", "excluded", "Password is given although OAuth is true", "Password"),
        ("profile.secrets", "warn", "account-password", "is the password of the account", "Password"), **{"for": "mdm"}, password=PASSWORD, cas=CAS,
        edits=[("			<key>PayloadCertificateUUID</key>", "			<key>Password</key>\n			<string>Winter2026</string>\n			<key>PayloadCertificateUUID</key>")])
profile("oauth-no-host", "go-mdm", "A sign-in address turns autodiscovery off, and there is no host.",
        ("profile.account", "fail", "no-host", "there is no Host", 3),
        ("profile.auth", "fail", "sign-in-url-without-host", "there is no Host", 3), **{"for": "mdm"}, password=PASSWORD, cas=CAS,
        edits=[("<key>Host</key><string>outlook.office365.com</string>", "<key>OAuthSignInURL</key><string>https://login.contoso.com/authorize</string>")])
profile("oauth-no-ssl", "manifest-editor", "A sign-in address, by which phones build their own with http:// where SSL is not on.",
        ("profile.account", "fail", "no-ssl", "SSL is false", "SSL"), **{"for": "mdm"}, password=PASSWORD, cas=CAS,
        edits=[("<key>SSL</key>\n			<true/>", "<key>SSL</key>\n			<false/>"),
               ("			<key>PayloadCertificateUUID</key>", "			<key>OAuthSignInURL</key>\n			<string>https://login.contoso.com/authorize</string>\n			<key>PayloadCertificateUUID</key>")])
profile("oauth-url-unused", "desktop-editor", "A sign-in address without OAuth.", UNSIGNED,
        ("profile.auth", "warn", "url-without-oauth", "counts only where OAuth is true", "OAuthSignInURL"), mailbox=SERVER, password=PASSWORD,
        edits=[("				<key>EmailAddress</key>", "				<key>OAuthSignInURL</key>\n				<string>https://login.contoso.com/authorize</string>\n				<key>EmailAddress</key>")])
profile("oauth-ios-11", "go-mdm", "OAuth on iOS 11, which does not know it.",
        schema("warn", "too-new", "OAuth is known since iOS 12", 3),
        ("profile.auth", "fail", "oauth-too-old", "iOS 11 does not know OAuth", 3), **{"for": "mdm"}, ios=11, password=PASSWORD, cas=CAS)

profile("oauth-wanted", "by-hand", "Direct sign-in, where OAuth was asked for.", UNSIGNED,
        ("profile.auth", "fail", "other-auth", "sign-in is direct, and oauth was asked for", "OAuth"), mailbox=SERVER, auth="oauth", password=PASSWORD, cas=CAS)

# --- Secrets and placeholders ------------------------------------------------------------------------

profile("embedded-password", "configurator", "The identity's password beside it, in a profile that users download.", UNSIGNED, embedded("Password"), mailbox=SERVER, cas=CAS)
profile("intune-key", "configurator", "One user's identity and its password in Intune: every reader of the console has both.",
        embedded("Password", "fail"), PILOT, **{"for": "intune"}, mailbox=SERVER, cas=CAS)
profile("intune-pilot", "manifest-editor", "One user's identity in Intune, without its password.", PILOT, **{"for": "intune"}, password=PASSWORD, cas=CAS)
profile("intune-challenge", "profile-manager", "A SCEP challenge in Intune.",
        schema("warn", "supervised", "PayloadRemovalDisallowed", "=PayloadRemovalDisallowed"),
        ("profile.secrets", "fail", "challenge", "Challenge", "Challenge"), **{"for": "intune"}, mailbox=SERVER)
profile("tokens-by-hand", "intune-tokens", "Intune's placeholders in a profile that users install: nobody fills them in.", UNSIGNED,
        *[("profile.tokens", "fail", "literal", token, where) for token, where in (
            ("{{userprincipalname}}", "~<string>{{userprincipalname}}"), ("{{userprincipalname}}", "ntPrincipalName"), ("{{mail}}", "rfc822Name"),
            ("{{mail}}", "EmailAddress"), ("{{userprincipalname}}", "UserName"))])
profile("tokens-apple-business", "go-mdm", "A placeholder in Apple Business, which has none.", UNSIGNED, PILOT,
        ("profile.tokens", "fail", "literal", "{{username}}", 3), **{"for": "apple-business"}, password=PASSWORD, cas=CAS,
        edits=[("<string>Mail</string>", "<string>Mail of {{username}}</string>")])
profile("tokens-case", "intune-tokens", "A placeholder in other letters, which Intune leaves as it stands, and one that it does not have.",
        ("profile.tokens", "fail", "misspelt-token", "{{Mail}}", "EmailAddress"),
        ("profile.tokens", "warn", "unknown-token", "{{company}}", "PayloadOrganization"), **{"for": "intune"},
        edits=[("<key>EmailAddress</key>\n        <string>{{mail}}", "<key>EmailAddress</key>\n        <string>{{Mail}}"), ("<string>Contoso</string>", "<string>{{company}}</string>")])
