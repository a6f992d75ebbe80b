package profiles

import (
	"bytes"
	"encoding/base64"
)

// pemKey ends the first line of every private key in PEM (RFC 7468 10 and 11, and the
// older forms of OpenSSL and OpenSSH), and pemKeyLine is what [oneLine] makes of it.
const (
	pemKey     = "PRIVATE KEY-----"
	pemKeyLine = "PRIVATEKEY+++++"
)

// HoldsKey reports whether there is a private key anywhere in data, which may be text or
// not: in PEM, locked or not; in DER, as PKCS#8 (RFC 5208, locked or not), PKCS#1
// (RFC 8017), SEC 1 (RFC 5915) or OpenSSL's form for DSA; what begins as a PKCS#12 file
// does, of which nobody can tell without its password whether it has a key; or the
// configuration of a tunnel of WireGuard. Each of these but the last counts in base64 as
// well, of either alphabet (RFC 4648), padded or not, with blanks and line breaks in it
// as they are or as JSON, XML and URLs escape them, and with other text around it.
//
// It looks at the first fields of whatever begins like a key, so that the work is that of
// reading data a few times, and it looks at all of it, however large.
//
// What it does not find: a key of OpenPGP, and one in hexadecimal digits, in base64 of
// base64, in UTF-16, in something that is compressed or encrypted, or cut short.
func HoldsKey(data []byte) bool {
	if bytes.Contains(data, []byte(pemKey)) || holdsTunnel(data) || keyInBytes(data) {
		return true
	}
	text := oneLine(data)
	if bytes.Contains(text, []byte(pemKeyLine)) {
		return true
	}
	for before := range base64Group {
		if bytes.Contains(text, inBase64(pemKey, before)) {
			return true
		}
	}
	return keyInBase64(text)
}

// Base64 writes so many bytes as so many letters.
const (
	base64Group   = 3
	base64Letters = 4
)

// inBase64 is the base64 of a text behind so many bytes that are not known, less the
// letters that what stands around it has a part in.
func inBase64(text string, before int) []byte {
	const bits, letter = 8, 6
	all := base64.RawStdEncoding.AppendEncode(nil, append(make([]byte, before), text...))
	first := (before*bits + letter - 1) / letter
	last := (before + len(text)) * bits / letter
	return all[first:last]
}

// What WireGuard's configuration has before its key, and how many letters of base64 that
// has, with the one that pads it (wg(8), https://man7.org/linux/man-pages/man8/wg.8.html).
const (
	tunnelKey        = "PrivateKey"
	tunnelKeyLetters = 43
)

// holdsTunnel reports whether a configuration of WireGuard with its key is in data.
func holdsTunnel(data []byte) bool {
	for {
		_, after, found := bytes.Cut(data, []byte(tunnelKey))
		if !found {
			return false
		}
		data = after
		value, is := bytes.CutPrefix(bytes.TrimLeft(after, " \t"), []byte("="))
		if value = bytes.TrimLeft(value, " \t"); is && lettersOf(value) == tunnelKeyLetters && bytes.HasPrefix(value[tunnelKeyLetters:], []byte("=")) {
			return true
		}
	}
}

// lettersOf counts the letters of base64 that a text begins with.
func lettersOf(text []byte) int {
	for i, c := range text {
		if !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '+' || c == '/') {
			return i
		}
	}
	return len(text)
}

// keyInBytes looks for keys that stand in data as they are.
func keyInBytes(data []byte) bool {
	for i := 0; i < len(data); i++ {
		next := bytes.IndexByte(data[i:], tagSequence)
		if next < 0 {
			return false
		}
		i += next
		if of := data[i:]; isKey(outline{len(of), func(at int, head *[headSize]byte) []byte { return head[:copy(head[:], of[at:])] }}) {
			return true
		}
	}
	return false
}

// keyInBase64 looks for keys in base64. Whatever stands before and behind one, it begins
// with the letters of its first bytes.
func keyInBase64(text []byte) bool {
	end := 0 // of the letters of base64 that i is among
	for i := 0; i < len(text); i++ {
		next := bytes.IndexByte(text[i:], 'M') // the first six bits of a sequence
		if next < 0 {
			return false
		}
		if i += next; i >= end {
			end = i + lettersOf(text[i:])
		}
		if i+1 == end || text[i+1] < 'A' || text[i+1] > 'P' { // the other two, and any four
			continue
		}
		if of := text[i:end]; isKey(outline{base64.RawStdEncoding.DecodedLen(len(of)), func(at int, head *[headSize]byte) []byte { return decodeAt(of, at, head) }}) {
			return true
		}
	}
	return false
}

// decodeAt decodes what base64 has from a byte on, into head.
func decodeAt(text []byte, at int, head *[headSize]byte) []byte {
	const groups = headSize/base64Group + 2 // the first and the last may be parts
	first := at / base64Group * base64Letters
	text = text[first:min(first+groups*base64Letters, len(text))]
	var decoded [groups * base64Group]byte
	if len(text)%base64Letters == 1 { // six bits are no byte
		text = text[:len(text)-1]
	}
	n, err := base64.RawStdEncoding.Decode(decoded[:], text)
	if err != nil || n <= at%base64Group {
		return nil
	}
	return head[:copy(head[:], decoded[at%base64Group:n])]
}
