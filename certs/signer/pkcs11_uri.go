package signer

import (
	"fmt"
	"net/url"
	"path/filepath"
	"strings"
)

// tokenURI is what a PKCS #11 URI says of a key. What is empty matches everything.
// Source: RFC 7512 section 2.3.
type tokenURI struct {
	token, manufacturer, serial, model string // of the token
	slot                               string // a number
	object, id                         string // label and CKA_ID of key and certificate
	module                             string // path of the library
	pinFile                            string // path of the file with the PIN
}

const (
	hintToken = `write pkcs11:token=NAME;object=LABEL?module-path=FILE, with % escapes as p11tool --list-all prints them`
	hintPIN   = "give the PIN with --signer-password-file FILE, or with pin-source=file:/PATH in the URI: it is never an argument, which other users can see"
)

// parseTokenURI reads a PKCS #11 URI. Attributes that aren't looked at are refused,
// since the URI would name another key than it seems to. No error repeats a value.
func parseTokenURI(text string) (tokenURI, error) {
	var u tokenURI
	if strings.Contains(strings.ToLower(text), "pin-value") {
		return u, &Error{Kind: ErrKey, Text: "the PKCS#11 URI holds a PIN (pin-value)", Hint: hintPIN}
	}
	path, query, _ := strings.Cut(text[len("pkcs11:"):], "?")
	var kind, source string
	err := parseAttributes(path, ";", map[string]*string{
		"token": &u.token, "manufacturer": &u.manufacturer, "serial": &u.serial, "model": &u.model,
		"slot-id": &u.slot, "object": &u.object, "id": &u.id, "type": &kind,
	})
	if err == nil {
		err = parseAttributes(query, "&", map[string]*string{"module-path": &u.module, "pin-source": &source})
	}
	if err == nil && source != "" {
		u.pinFile, err = pinFile(source)
	}
	switch kind {
	case "", "private", "cert", "public": // one name for the key and what belongs to it
	default:
		err = fmt.Errorf("its type %q is no key's", kind)
	}
	if err != nil {
		return u, &Error{Kind: ErrKey, Text: "the PKCS#11 URI can't be used", Cause: err, Hint: hintToken}
	}
	return u, nil
}

// parseAttributes sets what a part of the URI says of the known attributes.
func parseAttributes(part, separator string, known map[string]*string) error {
	if part == "" {
		return nil
	}
	for attribute := range strings.SplitSeq(part, separator) {
		name, escaped, _ := strings.Cut(attribute, "=")
		to, ok := known[name]
		value, err := url.PathUnescape(escaped)
		switch {
		case !ok:
			return fmt.Errorf("its attribute %.40q is none that a signer is found by", name)
		case err != nil:
			return fmt.Errorf("its attribute %s has a wrong %% escape", name)
		case value == "":
			return fmt.Errorf("its attribute %s is empty", name)
		case *to != "":
			return fmt.Errorf("its attribute %s is there twice", name)
		}
		*to = value
	}
	return nil
}

// pinFile is the path that a pin-source names: an absolute one, or that of a file:
// URI of this machine (RFC 7512 section 2.4). Commands aren't run.
func pinFile(source string) (string, error) {
	if filepath.IsAbs(source) {
		return source, nil
	}
	u, err := url.Parse(source)
	if err != nil || u.Scheme != "file" || u.Host != "" && u.Host != "localhost" || !filepath.IsAbs(u.Path) {
		return "", fmt.Errorf("its pin-source is neither an absolute path nor file:/PATH")
	}
	return u.Path, nil
}
