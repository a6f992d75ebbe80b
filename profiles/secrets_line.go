package profiles

import (
	"bytes"
	"strconv"
)

// oneLine takes blanks and line breaks out of a text, and turns the alphabet of base64
// for URLs into the standard one. What JSON, XML or a URL escape counts as what it stands
// for, however often JSON was put into JSON.
func oneLine(data []byte) []byte {
	line := make([]byte, 0, len(data))
	for i := 0; i < len(data); {
		c, n := data[i], 1
		switch c {
		case '\\':
			c, n = fromJSON(data[i:])
		case '%':
			c, n = fromHex(data[i:], len("%"), 2)
		case '&':
			c, n = fromXML(data[i:])
		}
		i += n
		switch c {
		case ' ', '\t', '\r', '\n', '\v', '\f':
			continue
		case '-':
			c = '+'
		case '_':
			c = '/'
		}
		line = append(line, c)
	}
	return line
}

// fromJSON is what an escape of JSON (RFC 8259 7) stands for, and its length.
func fromJSON(text []byte) (c byte, n int) {
	for n < len(text) && text[n] == '\\' {
		n++
	}
	if n == len(text) {
		return '\\', n
	}
	switch text[n] {
	case 'n', 'r', 't', 'f':
		return '\n', n + 1
	case '/':
		return '/', n + 1
	case 'u':
		if c, length := fromHex(text[n-1:], len(`\u`), 4); length > 1 {
			return c, n - 1 + length
		}
	}
	return '\\', n
}

// fromXML is what a character reference (XML 1.0, 4.1) stands for, and its length.
func fromXML(text []byte) (c byte, n int) {
	const longest = 12 // with some zeros
	end := bytes.IndexByte(text[:min(longest, len(text))], ';')
	if end < 0 || !bytes.HasPrefix(text, []byte("&#")) {
		return text[0], 1
	}
	digits, base := text[2:end], 10
	if bytes.HasPrefix(digits, []byte("x")) {
		digits, base = digits[1:], 16
	}
	code, err := strconv.ParseUint(string(digits), base, 7)
	if err != nil {
		return text[0], 1
	}
	return byte(code), end + 1
}

// fromHex is the character of ASCII that so many digits stand for behind so many letters,
// and the length of both. Where it is none, it is the first letter.
func fromHex(text []byte, letters, digits int) (c byte, n int) {
	if len(text) < letters+digits {
		return text[0], 1
	}
	code, err := strconv.ParseUint(string(text[letters:letters+digits]), 16, 7)
	if err != nil {
		return text[0], 1
	}
	return byte(code), letters + digits
}
