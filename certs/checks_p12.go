package certs

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/rsa"
	"fmt"
	"slices"
	"strings"

	"github.com/easkit/easkit/certs/preflight"
)

func checkP12IOS(s preflight.Scenario, sub *Subject) []preflight.Outcome {
	if skip := noP12(sub); skip != nil {
		return skip
	}
	return p12Outcomes(sub.PKCS12.ProblemsIOS(s.IOS), fmt.Sprintf("iOS %d and later import it", s.IOS))
}

func checkP12Android(s preflight.Scenario, sub *Subject) []preflight.Outcome {
	if skip := noP12(sub); skip != nil {
		return skip
	}
	return p12Outcomes(sub.PKCS12.ProblemsAndroid(s.Android), fmt.Sprintf("Android %d and later import it", s.Android))
}

func checkP12Alias(_ preflight.Scenario, sub *Subject) []preflight.Outcome {
	if skip := noP12(sub); skip != nil {
		return skip
	}
	if problem := sub.PKCS12.ProblemAlias(); problem != "" {
		return preflight.Warn("%s", problem)
	}
	return preflight.Pass("%s", sub.PKCS12.Keys[0].FriendlyName)
}

func noP12(sub *Subject) []preflight.Outcome {
	switch {
	case sub.PKCS12 == nil:
		return preflight.Skip("it is not a PKCS#12 file")
	case len(sub.PKCS12.Keys) == 0:
		return preflight.Skip("there is no key in the file")
	}
	return nil
}

func p12Outcomes(problems []Problem, fine string) []preflight.Outcome {
	if len(problems) == 0 {
		return preflight.Pass("%s", fine)
	}
	var outcomes []preflight.Outcome
	for _, p := range problems {
		outcomes = append(outcomes, preflight.Outcome{Status: preflight.StatusFail, Message: p.Text, Basis: p.Basis, Value: p.Word})
	}
	return outcomes
}

// Problem is one thing that keeps a phone from importing a file.
type Problem struct {
	Word  string          // names the kind of problem, for scripts: "mac", "cipher"
	Text  string          // a clause that names what was found
	Basis preflight.Basis // what that rests on
}

// problems gathers them.
type problems []Problem

func (ps *problems) add(word, format string, args ...any) {
	*ps = append(*ps, Problem{word, fmt.Sprintf(format, args...), preflight.FromSource})
}

// doubt adds what is likely, or told differently by different sources.
func (ps *problems) doubt(word, format string, args ...any) {
	*ps = append(*ps, Problem{word, fmt.Sprintf(format, args...), preflight.Inferred})
}

// ProblemsIOS lists, as clauses, what keeps iOS from importing the file in that
// version and later ones; none means that it can. Of a locked file it lists what
// LockedProblemsIOS does, and none means nothing. The rules are those of
// Apple's published importer (p12import.c, pkcs12Templates.c); which iOS has
// which importer is inferred from the macOS release of the same year.
func (p *PKCS12) ProblemsIOS(version int) []Problem {
	var found problems
	add := found.add
	modern := version >= ModernSinceIOS
	switch {
	case p.MAC.Digest == "":
		add("no-mac", "it has no MAC, which iOS requires")
	case p.MAC.PBMAC1:
		add("pbmac1", "its MAC is PBMAC1 (RFC 9579), which iOS does not read")
	case p.MAC.Digest == "MD5", p.MAC.Digest != "SHA-1" && !modern:
		add("mac", "its MAC is %s: iOS before %d reads only HMAC-SHA-1", p.MAC, ModernSinceIOS)
	}
	if p.EmptyPassword {
		add("password-empty", "its password is empty, with which iOS never opens a file")
	}
	for _, s := range p.schemes() {
		if word, why := iosScheme(s, modern); why != "" {
			add(word, "%s", why)
		}
	}
	for _, k := range p.Keys {
		switch k.public().(type) {
		case *rsa.PublicKey, *ecdsa.PublicKey:
		case nil:
			found.doubt("key-kind", "its key is of a kind that is not known here: %v", k.Err)
		default:
			add("key-kind", "its key is neither RSA nor EC, on which iOS aborts")
		}
		if k.Scheme.Name == "none" {
			add("plain-key", "its key lies in it unencrypted, in a plain key bag, which iOS skips")
		}
	}
	if n := p.identities(); n != 1 && !p.strangeKey() {
		add("identities", "it holds %d identities, and iOS wants exactly one", n)
	}
	if p.unpaired() {
		found.doubt("pairing", "its key and its certificate share neither localKeyID nor friendlyName, by which iOS pairs them")
	}
	if p.caTakesLeafsName() {
		add("ca-name", "a CA certificate in it bears the name of the user's, and iOS takes it for the user's")
	}
	return p.told(found)
}

// iosScheme says what keeps iOS from decrypting a part, with a word for it, or "".
func iosScheme(s Scheme, modern bool) (word, why string) {
	switch {
	case s.Name == "none":
		return "", ""
	case s.Cipher == "3DES-2KEY-CBC":
		return "cipher", "it is encrypted with two-key 3DES, which iOS does not read"
	case s.Name != "PBES2":
		return "", ""
	case !modern:
		return "cipher", fmt.Sprintf("it is encrypted with %s: iOS before %d reads only 3DES and RC2", s, ModernSinceIOS)
	case s.Cipher != "AES-256-CBC":
		return "cipher", fmt.Sprintf("it is encrypted with %s: of the AES ciphers iOS reads only AES-256", s)
	case s.PRF != "HMAC-SHA-256":
		return "prf", fmt.Sprintf("it is encrypted with %s: iOS derives the key with HMAC-SHA-256 alone", s)
	case !s.PRFNull:
		return "prf-null", "its key derivation names HMAC-SHA-256 without the NULL parameter that iOS requires"
	}
	return "", ""
}

// plainKeySinceAndroid is the first version that takes an unencrypted key: up to
// android-15.0.0_r9 external/bouncycastle looks for shrouded keys only in a safe
// that isn't encrypted; its main branch of 2025-02 looks for both.
const plainKeySinceAndroid = 16

// ProblemsAndroid lists what keeps Android from importing the file by hand, in
// that version and later ones; of a locked file what LockedProblemsAndroid does.
// The rules are those of the BouncyCastle in AOSP.
func (p *PKCS12) ProblemsAndroid(version int) []Problem {
	var found problems
	add := found.add
	modern := version >= ModernSinceAndroid
	switch {
	case p.MAC.Digest == "":
		found.doubt("no-mac", "it has no MAC, without which not every version may open it")
	case p.MAC.PBMAC1:
		add("pbmac1", "its MAC is PBMAC1 (RFC 9579), which Android does not read")
	case p.MAC.Digest != "SHA-1" && !modern:
		add("mac", "its MAC is %s: Android before %d reads only HMAC-SHA-1", p.MAC, ModernSinceAndroid)
	}
	if p.EmptyPassword {
		found.doubt("password-empty", "its password is empty, which Android's installer does not reliably take")
	}
	for _, s := range p.schemes() {
		switch {
		case s.Name == "PBES2" && !modern:
			add("cipher", "it is encrypted with %s: Android before %d reads only 3DES and RC2 (12 and 13 with a Play system update since 2023 read more)", s, ModernSinceAndroid)
		case strings.HasPrefix(s.Cipher, "RC4"):
			found.doubt("cipher", "it is encrypted with %s, which not every version may read", s)
		}
	}
	for _, k := range p.Keys {
		if k.Scheme.Name == "none" && version < plainKeySinceAndroid {
			add("plain-key", "its key lies in it unencrypted, in a plain key bag, which Android before %d skips", plainKeySinceAndroid)
		}
	}
	if n := p.identities(); n != 1 && !p.strangeKey() {
		add("identities", "it holds %d identities; one is what a mail account needs", n)
	}
	return p.told(found)
}

// ProblemAlias says what Android makes of the name of the key, where it doesn't
// keep it; nothing where the key is out of sight in a locked file. Android offers
// the key bag's friendlyName, cut at the last dot (CertInstaller, getDefaultName).
func (p *PKCS12) ProblemAlias() string {
	switch {
	case len(p.Keys) == 0 && p.Locked:
		return ""
	case len(p.Keys) == 0:
		return "there is no key to name"
	}
	name := p.Keys[0].FriendlyName
	switch i := strings.LastIndexByte(name, '.'); {
	case name == "":
		return "the key has no friendlyName: Android offers it under forty hexadecimal digits"
	case i >= 0:
		return fmt.Sprintf("the key is named %q: Android cuts the name at its last dot and offers %q", name, name[:i])
	case strings.ContainsFunc(name, func(r rune) bool { return r <= ' ' || r > '~' }):
		return fmt.Sprintf("the key is named %q: spaces and letters outside ASCII do not survive every installer", name)
	}
	return ""
}

// schemes lists each different way in which parts of the file are encrypted.
func (p *PKCS12) schemes() []Scheme {
	var all []Scheme
	add := func(s Scheme) {
		for _, have := range all {
			if have.String() == s.String() && have.PRFNull == s.PRFNull {
				return
			}
		}
		all = append(all, s)
	}
	for _, k := range p.Keys {
		add(k.Scheme)
	}
	for _, c := range p.Certificates {
		add(c.Scheme)
	}
	for _, s := range p.Safes { // of which the phone decrypts each, whatever lies in it
		add(s)
	}
	return all
}

// public is the public part of a key that was understood, or nil.
func (k P12Key) public() any {
	if k.Key == nil {
		return nil
	}
	return k.Key.Public()
}

// identities counts the keys that are paired with a certificate.
func (p *PKCS12) identities() int {
	n := 0
	for _, k := range p.Keys {
		for _, c := range p.Certificates {
			if samePublicKey(c.PublicKey, k.public()) {
				n++
				break
			}
		}
	}
	return n
}

// strangeKey reports whether a key was not understood, so that nothing can be
// said of what it belongs to.
func (p *PKCS12) strangeKey() bool {
	return slices.ContainsFunc(p.Keys, func(k P12Key) bool { return k.Err != nil })
}

// unpaired reports whether a key and its certificate are filed under different
// names by Apple's importer: the localKeyID, or the friendlyName without one.
func (p *PKCS12) unpaired() bool {
	for _, k := range p.Keys {
		for _, c := range p.Certificates {
			if !samePublicKey(c.PublicKey, k.public()) {
				continue
			}
			sameID := len(k.LocalKeyID) > 0 && bytes.Equal(k.LocalKeyID, c.LocalKeyID)
			sameName := len(k.LocalKeyID) == 0 && len(c.LocalKeyID) == 0 && k.FriendlyName != "" && k.FriendlyName == c.FriendlyName
			if !sameID && !sameName {
				return true
			}
		}
	}
	return false
}

// caTakesLeafsName reports whether a CA without localKeyID shares the leaf's
// friendlyName: Apple's importer files certificates by localKeyID, else by name,
// and the later one replaces the earlier.
func (p *PKCS12) caTakesLeafsName() bool {
	for _, leaf := range p.Certificates {
		if leaf.IsCA || leaf.FriendlyName == "" || len(leaf.LocalKeyID) > 0 {
			continue
		}
		for _, ca := range p.Certificates {
			if ca.IsCA && ca.FriendlyName == leaf.FriendlyName && len(ca.LocalKeyID) == 0 {
				return true
			}
		}
	}
	return false
}
