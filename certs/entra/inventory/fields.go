package inventory

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
)

// fields calls each with the members of an object, their names in small letters:
// PowerShell writes the same ones with capitals. Values stay as they stand there,
// and both are valid during the call.
func fields(object []byte, each func(name, value []byte) error) error {
	s := records{buf: object, eof: true}
	var name [64]byte
	for i := 1; ; {
		key, at, err := s.key(i)
		if err != nil || key == nil {
			return err
		}
		if i, err = s.value(at); err != nil {
			return err
		}
		if len(key) > len(name) {
			continue // none that matters is so long
		}
		if err := each(lower(name[:0], key), object[at:i]); err != nil {
			return err
		}
	}
}

func lower(to, from []byte) []byte {
	for _, c := range from {
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		to = append(to, c)
	}
	return to
}

// elements calls each with the elements of an array; a single value counts as an
// array of one, as PowerShell writes those.
func elements(array []byte, each func(value []byte) error) error {
	if len(array) == 0 || array[0] != '[' {
		if isNull(array) {
			return nil
		}
		return each(array)
	}
	s := records{buf: array, eof: true}
	for i := 1; ; {
		at, c, err := s.skipSpace(i)
		if err != nil {
			return cut(err)
		}
		switch c {
		case ']':
			return nil
		case ',':
			i = at + 1
			continue
		}
		if i, err = s.value(at); err != nil {
			return err
		}
		if err := each(array[at:i]); err != nil {
			return err
		}
	}
}

func isObject(value []byte) bool { return len(value) > 0 && value[0] == '{' }

func isNull(value []byte) bool { return len(value) == 0 || bytes.Equal(value, []byte("null")) }

// text is a value as text: a string, or a number or truth value as it is written.
// Null, and what is no plain value, is empty.
func text(value []byte) string {
	switch {
	case isNull(value) || value[0] == '{' || value[0] == '[':
		return ""
	case value[0] != '"':
		return string(value)
	case bytes.IndexByte(value, '\\') < 0:
		return string(value[1 : len(value)-1])
	}
	var s string
	if json.Unmarshal(value, &s) != nil {
		return strings.Trim(string(value), `"`)
	}
	return s
}

// inner is JSON that a value holds: the value itself, or what its text is. Log
// Analytics keeps objects as text.
func inner(value []byte) ([]byte, error) {
	if isNull(value) || value[0] == '{' || value[0] == '[' {
		return value, nil
	}
	s := bytes.TrimSpace([]byte(text(value)))
	if len(s) == 0 {
		return nil, nil
	}
	if s[0] != '{' && s[0] != '[' || !json.Valid(s) {
		return nil, errors.New("it is neither an object nor text that holds one")
	}
	return s, nil
}
