package main

import "time"

// revokedCA is the name of the CA that the root has revoked.
const revokedCA = "Contoso Test Revoked CA"

// revocationCases are the certificates that the lists below speak of.
var revocationCases = []testCase{
	{"revoked.pem", "revoked since 2026-11-01: keyCompromise", leaf()},
	{"revoked-hold.pem", "on hold since 2026-11-10; the delta CRL takes that back", leaf()},
	{"revoked-delta.pem", "revoked on 2026-11-21, in the delta CRL alone", leaf()},
	{"issuing-revoked.pem", "an issuing CA that the root has revoked: cACompromise", ca(revokedCA, "signer-rsa2048", by(rootName, "root-rsa2048"), aki())},
	{"leaf-of-revoked-ca.pem", "a leaf of the revoked CA", leaf(by(revokedCA, "signer-rsa2048"), aki(), cdp("http://crl.contoso.com/revoked-ca.crl"))},
}

const listAttributes = "* -text\n*.crl binary\n"

const listReadme = `# CRLs for the tests

Made like the certificates in ` + "`testdata/certs`" + `, by the same command. Unless a row says otherwise: DER, version 2, by "Contoso Test Issuing CA", signed with SHA-256 and RSA, from 2026-11-20T12:00:00Z to 2026-11-27T12:00:00Z, with AKI and the number 100; it lists revoked.pem (keyCompromise, since 2026-11-01), revoked-hold.pem (certificateHold, since 2026-11-10) and two others. The tests' clock stands at 2026-11-21T12:00:00Z.

| file | what is special |
|---|---|
`

// What an error page looks like.
const page = "<!DOCTYPE html>\n<html><head><title>404</title></head><body>The file was not found.</body></html>\n"

// lists are all CRLs, in the order of the README.
var lists = []testCase{
	{"good.crl", "the good case", crl()},
	{"root.crl", "by the root; lists issuing-revoked.pem", crl(byCA(rootName, "root-rsa2048"), listing(entry("issuing-revoked.pem", day(-5), caCompromise)))},
	{"empty.crl", "lists nothing", crl(listing())},

	// Times.
	{"expired.crl", "from 2026-11-01 to 2026-11-08, without revoked-hold.pem", crl(times(day(-20), day(-13)), listing(oldEntries()...))},
	{"not-yet.crl", "from 2026-11-22 on", crl(times(day(1), day(8)))},
	{"no-next-update.crl", "says not until when it holds", crl(times(day(-1), time.Time{}))},
	{"ends-soon.crl", "ends eight hours after the tests' clock", crl(times(day(-6), now.Add(8*time.Hour)))},
	{"future-entry.crl", "an entry that is revoked from 2026-12-24 on", crl(listing(append(goodEntries(), entry("yet another certificate", day(33), superseded))...))},
	{"invalidity.crl", "reason and invalidityDate, and dates in GeneralizedTime before 2050", crl(listing(
		revocation{serialOf("revoked.pem"), generalized(day(-20)), entry("", now, keyCompromise, extension{oid: oidInvalidity, value: generalized(day(-25))}).extensions},
		revocation{serialOf("revoked-hold.pem"), generalized(day(-11)), nil},
	))},
	{"next-publish.crl", "Windows' Next CRL Publish, 2026-11-26", crl(nextPublish(day(5)))},
	{"next-publish-overdue.crl", "Windows' Next CRL Publish, six hours ago", crl(nextPublish(now.Add(-6 * time.Hour)))},

	// Issuers and signatures.
	{"wrong-key.crl", "signed with another key than the AKI names", crl(changedList(func(l *list) { l.signer = "signer-rsa2048" }))},
	{"wrong-aki.crl", "the AKI names the root's key", crl(akiOf("root-rsa2048"))},
	{"no-aki.crl", "without AKI", crl(lacking(oidAKI))},
	{"other-issuer.crl", "key and AKI of the issuing CA, the name of another", crl(changedList(func(l *list) { l.issuer = commonName("Contoso Other CA") }))},
	{"printable-issuer.crl", "the issuer's name in a PrintableString", crl(changedList(printableIssuer))},
	{"renewed.crl", "by the issuing CA with its other key (issuing-renewed.pem)", crl(byCA(issuingName, "signer-rsa2048"))},
	{"fabrikam.crl", "by Fabrikam Root", crl(byCA("Fabrikam Root", "signer-rsa2048"))},
	{"sha1.crl", "signed with SHA-1", crl(changedList(func(l *list) { l.signature = sha1RSA }))},

	// Numbers and deltas.
	{"no-number.crl", "without a number", crl(lacking(oidNumber))},
	{"number-99.crl", "the one before: number 99, from 2026-11-13 to 2026-11-20", crl(number(99), times(day(-8), day(-1)))},
	{"number-100-other.crl", "number 100 with other content: lists revoked-delta.pem, too", crl(listing(append(goodEntries(), entry("revoked-delta.pem", day(-2), keyCompromise))...))},
	{"freshest.crl", "names a delta CRL", crl(freshest("http://crl.contoso.com/issuing+.crl"))},
	{"delta.crl", "delta to 100, number 101, from 2026-11-21T06:00Z for a day: revokes revoked-delta.pem, takes back revoked-hold.pem", delta(100, 101)},
	{"delta-same.crl", "delta to 100 with the same number and no entries, as Windows publishes it with the base", delta(100, 100, listing())},
	{"delta-old.crl", "delta to 98, number 99: older than the base", delta(98, 99)},
	{"delta-gap.crl", "delta to 101, number 102: the base in between is missing", delta(101, 102)},
	{"delta-expired.crl", "the delta, ended six hours ago", delta(100, 101, times(now.Add(-30*time.Hour), now.Add(-6*time.Hour)), listing(entry("revoked-delta.pem", now.Add(-31*time.Hour), keyCompromise)))},
	{"delta-wrong-key.crl", "the delta, signed with another key than the AKI names", delta(100, 101, changedList(func(l *list) { l.signer = "signer-rsa2048" }))},

	// Scopes.
	{"scope-users.crl", "for user certificates only", crl(scope(flagField(1)))},
	{"scope-cas.crl", "for CA certificates only", crl(scope(flagField(2)))},
	{"scope-reasons.crl", "for the reason keyCompromise only", crl(scope(der(0x83, []byte{6, 0x40})))},
	{"scope-attributes.crl", "for attribute certificates only", crl(scope(flagField(5)))},
	{"scope-own.crl", "for the distribution point http://crl.contoso.com/issuing.crl", crl(scope(point("http://crl.contoso.com/issuing.crl")))},
	{"scope-other.crl", "for the distribution point http://crl.contoso.com/issuing-7.crl", crl(scope(point("http://crl.contoso.com/issuing-7.crl")))},
	{"indirect.crl", "indirect: two entries, with the serial numbers of good.pem and revoked-hold.pem, belong to another CA", crl(scope(flagField(4)), listing(
		entry("revoked.pem", day(-20), keyCompromise),
		entry("good.pem", day(-19), keyCompromise, entryIssuer("Contoso Other CA")),
		entry("revoked-hold.pem", day(-18), keyCompromise),
		entry("another certificate", day(-17), superseded, entryIssuer(issuingName)),
	))},
	{"unknown-critical.crl", "a critical extension that nobody knows", crl(extended(extension{oidUnknown, true, []byte{5, 0}}))},
	{"entry-unknown-critical.crl", "a critical extension of an entry that nobody knows", crl(listing(append(goodEntries(), entry("yet another certificate", day(-3), superseded, extension{oidUnknown, true, []byte{5, 0}}))...))},

	// Versions and encodings.
	{"version-1.crl", "version 1, which has neither reasons nor extensions", crl(changedList(listVersion1))},
	{"version-1-extensions.crl", "version 1 with extensions", crl(changedList(func(l *list) { l.version = 0 }))},
	{"long-length.crl", "the outermost length has a byte more than DER wants", written(crl(), longLength)},
	{"trailing.crl", "a byte after the end", []maker{extra(crl()[0])}},
	{"pem.crl", "PEM", written(crl(), asPEM)},

	// No CRLs.
	{"base64.crl", "base64 without the lines around it", written(crl(), asBase64)},
	{"page.crl", "a web page", []maker{junk([]byte(page))}},
	{"nothing.crl", "nothing", []maker{junk(nil)}},
	{"truncated.crl", "the first half", []maker{half(crl()[0])}},
	{"indefinite.crl", "an indefinite length, which BER allows", written(crl(), indefinite)},
	{"certificate.crl", "the certificate of the issuing CA", inFile("issuing.pem", issuing())},
}

func listVersion1(l *list) {
	l.version, l.extensions = 0, nil
	for i := range l.entries {
		l.entries[i].extensions = nil
	}
}
