package certs

import (
	"errors"
	"slices"
)

// OutlinePKCS12 reads what a PKCS#12 file says of its protection without being
// opened: RFC 7292 leaves the MAC's algorithm, that of each encrypted safe, and
// what lies in a safe that isn't encrypted in the clear. The last is where most
// tools put the key, shrouded by itself.
//
// What it returns is marked Locked. It has Raw, BER, MAC and Safes in full, and
// those Keys and Certificates that lie in the clear: of a key its scheme and
// names, never the key, even where that isn't encrypted. Nothing in it was
// checked against the MAC. EmptyPassword stays false, since nothing was tried.
//
// It derives no key, so that it takes no longer for a file that asks for 2e9
// rounds, and does not fail with ErrPassword or ErrIterations. What it doesn't
// understand it refuses as [ParsePKCS12] does, with ErrFormat, ErrTruncated or
// ErrUnsupported where one of them is the case; a file that ParsePKCS12 opens has
// an outline.
func OutlinePKCS12(raw []byte) (*PKCS12, error) {
	file, safe, err := readPFX(raw)
	if err != nil {
		return nil, err
	}
	r := p12Reader{PKCS12: &PKCS12{Raw: raw, BER: isBER(raw), Locked: true}}
	if len(file.MAC.Digest.Algorithm.Algorithm) > 0 {
		if _, err := r.readMAC(file.MAC); exceptIterations(err) != nil {
			return nil, err
		}
	}
	if err := r.readSafes(safe); err != nil {
		return nil, err
	}
	return r.PKCS12, nil
}

// exceptIterations drops the refusal to derive a key, which an outline never does.
func exceptIterations(err error) error {
	if errors.Is(err, ErrIterations) {
		return nil
	}
	return err
}

// outlineWords are the kinds of problem that an outline is enough for: what it
// shows is there, whatever else the file turns out to hold.
var outlineWords = []string{"no-mac", "mac", "pbmac1", "cipher", "prf", "prf-null", "plain-key"}

// Rounds is how many rounds of key derivation it takes to open the file, so far as that
// stands openly in it.
func (p *PKCS12) Rounds() int {
	n := p.MAC.Iterations
	for _, s := range p.Safes {
		n += s.Iterations
	}
	for _, k := range p.Keys {
		n += k.Scheme.Iterations
	}
	return n
}

// LockedProblemsIOS lists those problems of ProblemsIOS, in the same words, that
// are certain from how the file is protected, without its password. None means
// only that the rest takes opening it.
func (p *PKCS12) LockedProblemsIOS(version int) []Problem {
	return outlineProblems(p.ProblemsIOS(version))
}

// LockedProblemsAndroid is for Android what LockedProblemsIOS is for iOS.
func (p *PKCS12) LockedProblemsAndroid(version int) []Problem {
	return outlineProblems(p.ProblemsAndroid(version))
}

func outlineProblems(all []Problem) (certain []Problem) {
	for _, problem := range all {
		if slices.Contains(outlineWords, problem.Word) {
			certain = append(certain, problem)
		}
	}
	return certain
}

// told keeps what may be said of the file: all, or of a locked one what is certain.
func (p *PKCS12) told(found []Problem) []Problem {
	if p.Locked {
		return outlineProblems(found)
	}
	return found
}
