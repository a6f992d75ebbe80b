package main

// cases are all files, in the order of the README.
var cases = []testCase{
	{"good.pem", "the good case", leaf()},
	{"good-chain.pem", "the good case, its issuing CA and the root", several(leaf(), issuing(), root())},
	{"good-issuing.pem", "the good case and its issuing CA, without the root", several(leaf(), issuing())},

	// Names.
	{"upn-only.pem", "only a UPN", leaf(san(upn(alice)))},
	{"upn-only-critical.pem", "only a UPN, in a SAN that is critical: Go's verifier doesn't understand it", leaf(with(extension{oidSAN, true, sanOf(upn(alice)).value}))},
	{"mail-only.pem", "only an rfc822Name", leaf(san(mail(alice)))},
	{"san-none.pem", "no SAN; the mail address is in the subject, where it doesn't count", leaf(without(oidSAN), changed(emailInSubject))},
	{"san-empty.pem", "a SAN without names", leaf(san())},
	{"san-dns-only.pem", "only a dNSName", leaf(san(der(tagDNS, []byte("alice.contoso.com"))))},
	{"san-smtp-utf8-only.pem", "only a SmtpUTF8Mailbox (RFC 9598)", leaf(san(otherName(oidSmtpUTF8, der(tagUTF8, []byte("älice@contoso.com")))))},
	{"san-doubled-broken.pem", "two SANs, both broken: Go refuses it", leaf(san([]byte{tagMail, 0x7f}), also(sanOf([]byte{tagDNS, 0x7f})))},
	{"san-broken.pem", "a SAN whose second entry says that it is longer than the SAN: Go refuses it", leaf(san(upn(alice), []byte{tagMail, 0x7f, 'a'}))},
	{"upn-local.pem", "UPN alice@contoso.local and nothing else", leaf(san(upn("alice@contoso.local")))},
	{"upn-local-mail-routable.pem", "UPN alice@contoso.local, rfc822Name alice@contoso.com", leaf(san(upn("alice@contoso.local"), mail(alice)))},
	{"upn-single-label.pem", "UPN alice@contoso", leaf(san(upn("alice@contoso")))},
	{"upn-onmicrosoft.pem", "both addresses under the tenant's initial domain", leaf(san(upn("alice@contoso.onmicrosoft.com"), mail("alice@contoso.onmicrosoft.com")))},
	{"upn-public-suffix.pem", "both addresses right under co.uk, a public suffix", leaf(san(upn("alice@co.uk"), mail("alice@co.uk")))},
	{"upn-several-at.pem", "a UPN with two @", leaf(san(upn("alice@home@contoso.com")))},
	{"upn-idn.pem", "UPN with a U-label, rfc822Name with the A-label of the same domain", leaf(san(upn("alice@Bücher.de"), mail("alice@xn--bcher-kva.de")))},
	{"upn-ia5.pem", "the UPN in an IA5String", leaf(san(otherName(oidUPN, der(tagIA5, []byte(alice)))))},
	{"upn-bmp.pem", "the UPN in a BMPString", leaf(san(upnBMP(alice)))},
	{"upn-nul.pem", "a UPN with a NUL in it", leaf(san(upn("alice@contoso.com\x00.fabrikam.com")))},
	{"upn-two.pem", "two UPNs, Alice's and Bob's", leaf(san(upn(alice), upn("bob@contoso.com")))},
	{"mail-two.pem", "two rfc822Names, Alice's and Bob's", leaf(san(mail(alice), mail("bob@contoso.com")))},
	{"names-differ.pem", "UPN alice@contoso.com, rfc822Name alice.example@contoso.com", leaf(san(upn(alice), mail("alice.example@contoso.com")))},
	{"mail-not-ascii.pem", "an rfc822Name outside ASCII: Go refuses it", leaf(san(upn(alice), mail("älice@contoso.com")))},
	{"uri-bad.pem", "a URI that doesn't parse: Go refuses it", leaf(san(upn(alice), uri("http://[contoso/")))},
	{"subject-newline.pem", "a subject with a line break and an escape in it", leaf(named("Alice\n\x1b[31mExample"))},

	// The SID.
	{"sid-extension.pem", "the SID extension", leaf(sid(aliceSID))},
	{"sid-uri.pem", "the SID in a URI of the SAN", leaf(san(upn(alice), uri(sidURI+aliceSID)))},
	{"sid-broken.pem", "a SID extension whose text is no SID", leaf(sid("S-1-5"))},

	// Usages.
	{"eku-none.pem", "no extended key usage", leaf(without(oidEKU))},
	{"eku-any.pem", "anyExtendedKeyUsage alone", leaf(eku(anyUsage))},
	{"eku-server.pem", "serverAuth alone", leaf(eku(serverAuth))},
	{"eku-smartcard.pem", "smart card logon alone", leaf(eku(smartcard))},
	{"eku-several.pem", "smart card logon, clientAuth and anyExtendedKeyUsage", leaf(eku(smartcard, clientAuth, anyUsage))},
	{"ku-none.pem", "no key usage", leaf(without(oidKU))},
	{"ku-encipher.pem", "key usage without digitalSignature", leaf(keyUsage(mayEncipher))},
	{"ca-as-user.pem", "a CA certificate with a user's names", leaf(isCA())},

	// Keys and signatures.
	{"key-rsa1024.pem", "RSA 1024", leaf(forKey("erin-rsa1024"), ski())},
	{"key-rsa512.pem", "RSA 512, a made-up modulus", leaf(forKey("rsa512"), ski())},
	{"key-p224.pem", "EC P-224", leaf(forKey("p224"), ski())},
	{"key-p256.pem", "EC P-256", leaf(forKey("bob-p256"), ski())},
	{"key-p384.pem", "EC P-384", leaf(forKey("carol-p384"), ski())},
	{"key-p521.pem", "EC P-521", leaf(forKey("p521"), ski())},
	{"key-ed25519.pem", "Ed25519", leaf(forKey("dave-ed25519"), ski())},
	{"key-brainpool.pem", "EC on brainpoolP256r1: Go refuses it", leaf(forKey("brainpool"), ski())},
	{"key-off-curve.pem", "EC P-256 with a point that is not on the curve: Go refuses it", leaf(forKey("off-curve"), ski())},
	{"signed-md5.pem", "signed with MD5", leaf(signedWith(md5RSA))},
	{"signed-sha1.pem", "signed with SHA-1", leaf(signedWith(sha1RSA))},
	{"signed-sha224.pem", "signed with SHA-224, which Go has no name for", leaf(signedWith(sha224RSA))},
	{"signed-sha512.pem", "signed with SHA-512", leaf(signedWith(sha512RSA))},

	// Validity.
	{"expired.pem", "valid from 2024 to 2025", leaf(valid(year(2024), year(2026)))},
	{"not-yet-valid.pem", "valid from 2027 on", leaf(valid(year(2027), until))},
	{"expires-soon.pem", "ends ten days after 2026-11-21T12:00:00Z", leaf(valid(from, day(10)))},
	{"year-2050.pem", "ends in 2060, as a GeneralizedTime", leaf(valid(from, year(2060)))},

	// Authorities and chains.
	{"root.pem", "the root", root()},
	{"issuing.pem", "the issuing CA", issuing()},
	{"issuing-renewed.pem", "the issuing CA renewed: same name, another key", issuing(forKey("signer-rsa2048"), ski())},
	{"issuing-renewed-no-ski.pem", "the issuing CA renewed with another key, without SKI", issuing(forKey("signer-rsa2048"), without(oidSKI))},
	{"issuing-shorter.pem", "the issuing CA with the same name and key, valid to 2027 only", issuing(valid(from, year(2027)))},
	{"issuing-longer.pem", "the issuing CA with the same name and key, valid to 2040", issuing(valid(from, year(2040)))},
	{"issuing-no-ski.pem", "the issuing CA without SKI", issuing(without(oidSKI))},
	{"issuing-no-aki.pem", "the issuing CA without AKI", issuing(without(oidAKI))},
	{"issuing-not-ca.pem", "the issuing CA's name and key without basicConstraints", issuing(without(oidBasic))},
	{"issuing-expired.pem", "the issuing CA with the same name and key, ended in 2025", issuing(valid(year(2024), year(2026)))},
	{"issuing-no-certsign.pem", "the issuing CA with a key usage that lacks keyCertSign", issuing(keyUsage(maySign))},
	{"issuing-printable.pem", "the issuing CA with its name in a PrintableString", issuing(changed(printableName))},
	{"root-pathlen0.pem", "the root with a path length of 0, which allows no CA below it", ca(rootName, "root-rsa2048", pathLen(0))},
	{"root-cross-signed.pem", "the root's name and key, signed by Fabrikam Root, valid to 2040", ca(rootName, "root-rsa2048", by("Fabrikam Root", "signer-rsa2048"), aki(), valid(from, year(2040)))},
	{"fabrikam-root.pem", "a root that has nothing to do with the others", ca("Fabrikam Root", "signer-rsa2048")},
	{"aki-none.pem", "a leaf without AKI", leaf(without(oidAKI))},
	{"self-signed.pem", "a leaf signed with its own key", leaf(by("Alice Example", "alice-rsa2048"), aki())},
	{"cross-signed.pem", "a leaf, and two authorities that signed each other", several(
		leaf(by("Contoso Test East", "issuing-rsa2048"), aki()),
		ca("Contoso Test East", "issuing-rsa2048", by("Contoso Test West", "root-rsa2048"), aki()),
		ca("Contoso Test West", "root-rsa2048", by("Contoso Test East", "issuing-rsa2048"), aki()),
	)},
	{"deep-10.pem", "a leaf below ten authorities", deep(10)},
	{"deep-12.pem", "a leaf below twelve authorities", deep(12)},
	{"lab.pem", "easkit's lab marker", leaf(with(extension{oid: oidLab, value: []byte{5, 0}}))},

	// Outside the standard, and yet issued.
	{"serial-negative.pem", "a negative serial number: Go refuses it", leaf(serial(-4711))},
	{"serial-zero.pem", "the serial number 0", leaf(serial(0))},
	{"extension-doubled.pem", "two SANs, Alice's and Bob's: Go refuses it", leaf(also(sanOf(upn("bob@contoso.com"), mail("bob@contoso.com"))))},
	{"boolean-01.pem", "critical written as 01 in place of ff: Go refuses it", leaf(patched("\x01\x01\xff", "\x01\x01\x01"))},
	{"version-1.pem", "version 1, which has no extensions", leaf(changed(version1))},

	// No certificates any more.
	{"truncated.der", "the first half of a certificate", []maker{half(leaf()[0])}},
	{"trailing.der", "a byte after the end", []maker{extra(leaf()[0])}},
	{"validity-broken.der", "a validity whose times are text", leaf(patched("\x17\x0d260101", "\x0c\x0d260101"))},
	{"extensions-broken.der", "an extension with a value that is no OCTET STRING", leaf(patched("\x03\x55\x1d\x0e\x04", "\x03\x55\x1d\x0e\x05"))},
	{"body-broken.der", "a serial number that is no INTEGER", leaf(serial(0x1234), patched("\x02\x02\x12\x34", "\x04\x02\x12\x34"))},
	{"empty-sequence.der", "a SEQUENCE of nothing", []maker{junk([]byte{tagSequence, 0})}},
}
