//go:build pkcs11 && cgo

package signer

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/miekg/pkcs11"

	"github.com/easkit/easkit/certs"
)

// maxObjects bounds what is listed of a token. Smart cards hold a few dozen objects.
const maxObjects = 1000

// token is a session with a token.
type token struct {
	mu      sync.Mutex // held while it signs, which a session does once at a time, and closes
	module  *pkcs11.Ctx
	info    pkcs11.TokenInfo
	session pkcs11.SessionHandle
	// closers undo what was opened, the last first.
	closers []func() error
	pin     certs.Password // of a key that wants it for every signature; empty for others
	ended   error          // why nothing is signed any more; nil while it is
}

// openToken opens a signer whose key stays on a token (PKCS #11 v2.40).
func openToken(u tokenURI, o Options) (*Signer, error) {
	t := &token{}
	s, err := t.open(u, o)
	if err != nil {
		t.close() // the first error is the one to tell
		return nil, err
	}
	s.close = t.close
	return s, nil
}

func (t *token) open(u tokenURI, o Options) (*Signer, error) {
	if err := t.load(u.module); err != nil {
		return nil, err
	}
	slot, err := t.find(u)
	if err != nil {
		return nil, err
	}
	// Nothing is written, and cards that are write-protected sign as well.
	if t.session, err = t.module.OpenSession(slot, pkcs11.CKF_SERIAL_SESSION); err != nil {
		return nil, t.failed("opening a session with", err)
	}
	t.closers = append(t.closers, func() error { return t.module.CloseSession(t.session) })
	pin, err := t.login(u, o)
	if err != nil {
		return nil, err
	}
	return t.signer(u, o, pin)
}

// load loads the module, which is a library of C.
func (t *token) load(path string) error {
	const hint = "SoftHSM's is /usr/lib/softhsm/libsofthsm2.so, OpenSC's opensc-pkcs11.so; the maker of the token names its own"
	if path == "" {
		return &Error{Kind: ErrKey, Text: "the PKCS#11 URI names no module", Hint: "add ?module-path=FILE: " + hint}
	}
	if info, err := os.Stat(path); err != nil || info.IsDir() {
		return &Error{Kind: ErrKey, Text: fmt.Sprintf("there is no PKCS#11 module %q", path), Hint: hint}
	}
	if t.module = pkcs11.New(path); t.module == nil {
		return &Error{Kind: ErrKey, Text: fmt.Sprintf("%q can't be loaded as a PKCS#11 module", path), Hint: "see whether it is made for this system and processor: file " + path}
	}
	t.closers = append(t.closers, func() error { t.module.Destroy(); return nil })
	switch err := t.module.Initialize(); {
	case err == nil:
		t.closers = append(t.closers, t.module.Finalize)
	case err == pkcs11.Error(pkcs11.CKR_CRYPTOKI_ALREADY_INITIALIZED):
		return &Error{Kind: ErrInUse, Text: fmt.Sprintf("this process has the PKCS#11 module %q open already", path), Hint: hintInUse}
	default:
		return &Error{Kind: ErrKey, Text: fmt.Sprintf("the PKCS#11 module %q does not start: %s", path, reason(err)), Hint: "see its configuration, and whether you may read it"}
	}
	return nil
}

// hintInUse is for a second signer.
const hintInUse = "close the signer that was opened first, or sign with that one"

func (t *token) close() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.end(fmt.Errorf("%w: its token was closed", ErrKey))
}

// end gives back what is open, and the PIN. The first reason is the one that is told to
// those who still sign.
func (t *token) end(why error) error {
	if t.ended == nil {
		t.ended = why
	}
	t.pin = ""
	var first error
	for _, undo := range slices.Backward(t.closers) {
		if err := undo(); err != nil && first == nil {
			first = fmt.Errorf("closing the token: %w", err)
		}
	}
	t.closers = nil
	return first
}

// find finds the one token that the URI names.
func (t *token) find(u tokenURI) (slot uint, err error) {
	slots, err := t.module.GetSlotList(true)
	if err != nil {
		return 0, t.failed("listing the tokens of", err)
	}
	var labels []string
	found := 0
	for _, s := range slots {
		info, err := t.module.GetTokenInfo(s)
		if err != nil || info.Flags&pkcs11.CKF_TOKEN_INITIALIZED == 0 {
			continue
		}
		labels = append(labels, fmt.Sprintf("%q", info.Label))
		if u.names(s, info) {
			found++
			slot, t.info = s, info
		}
	}
	there := "there are: " + strings.Join(labels, ", ")
	if len(labels) == 0 {
		there = "there is none"
	}
	switch {
	case found == 0:
		return 0, &Error{Kind: ErrKey, Text: fmt.Sprintf("no token of the module is the PKCS#11 URI's %q (%s)", u.token, there), Hint: "plug the token in, or name it as token=LABEL: pkcs11-tool --list-slots"}
	case found > 1:
		return 0, &Error{Kind: ErrKey, Text: fmt.Sprintf("%d tokens match the PKCS#11 URI (%s)", found, there), Hint: "name one by token=LABEL or serial=NUMBER: pkcs11-tool --list-slots"}
	}
	return slot, nil
}

// names reports whether the URI means the token (RFC 7512 section 2.5).
func (u tokenURI) names(slot uint, info pkcs11.TokenInfo) bool {
	for _, has := range []struct{ wanted, is string }{
		{u.token, info.Label}, {u.manufacturer, info.ManufacturerID}, {u.serial, info.SerialNumber}, {u.model, info.Model},
		{u.slot, strconv.FormatUint(uint64(slot), 10)},
	} {
		if has.wanted != "" && has.wanted != has.is {
			return false
		}
	}
	return true
}

// login logs in with the PIN, once: tokens lock themselves after a few wrong ones.
func (t *token) login(u tokenURI, o Options) (certs.Password, error) {
	if t.info.Flags&pkcs11.CKF_USER_PIN_LOCKED != 0 {
		return "", t.failed("", pkcs11.Error(pkcs11.CKR_PIN_LOCKED))
	}
	if t.info.Flags&pkcs11.CKF_LOGIN_REQUIRED == 0 {
		return "", nil
	}
	pin, err := o.pin(u)
	if err != nil {
		return "", err
	}
	switch err := t.module.Login(t.session, pkcs11.CKU_USER, string(pin)); {
	case err == pkcs11.Error(pkcs11.CKR_USER_ALREADY_LOGGED_IN): // whatever the PIN is
		return "", &Error{Kind: ErrInUse, Text: fmt.Sprintf("this process has the token %q open already", t.info.Label), Hint: hintInUse}
	case err != nil:
		return "", t.failed("logging in to", err)
	}
	return pin, nil
}

// failures are what tokens answer that somebody can do something about.
// Source: PKCS #11 v2.40 section 5.1.
var failures = []struct {
	code       pkcs11.Error
	text, hint string
}{
	{pkcs11.CKR_PIN_INCORRECT, "the PIN is wrong", "look the PIN up before the next try: tokens lock themselves after a few wrong ones"},
	{pkcs11.CKR_PIN_LEN_RANGE, "the PIN is wrong: it is too short or too long", "look the PIN up before the next try: tokens lock themselves after a few wrong ones"},
	{pkcs11.CKR_PIN_INVALID, "the PIN is wrong: it has letters that the token doesn't take", "look the PIN up before the next try: tokens lock themselves after a few wrong ones"},
	{pkcs11.CKR_PIN_LOCKED, "the PIN is locked after too many wrong ones", "have the token's administrator (SO PIN, PUK) unlock it"},
	{pkcs11.CKR_PIN_EXPIRED, "the PIN has expired", "set a new one: pkcs11-tool --login --change-pin"},
	{pkcs11.CKR_USER_PIN_NOT_INITIALIZED, "no PIN was set on it yet", "pkcs11-tool --login --login-type so --init-pin"},
	{pkcs11.CKR_TOKEN_NOT_PRESENT, "the token was taken out", "plug the token in again"},
	{pkcs11.CKR_DEVICE_REMOVED, "the token was taken out", "plug the token in again"},
	{pkcs11.CKR_KEY_FUNCTION_NOT_PERMITTED, "the key may not sign", "name a key that was made for signing (CKA_SIGN)"},
	{pkcs11.CKR_USER_NOT_LOGGED_IN, "it wants a PIN", hintPIN},
}

// failed says what a token's answer means.
func (t *token) failed(what string, err error) error {
	at := fmt.Sprintf("the token %q", t.info.Label)
	for _, known := range failures {
		if err == known.code {
			return &Error{Kind: ErrKey, Text: at + ": " + known.text, Hint: known.hint}
		}
	}
	if t.info.Label == "" {
		at = "the module"
	}
	return &Error{Kind: ErrKey, Text: strings.TrimSpace(what+" "+at) + ": " + reason(err), Hint: "try the token with pkcs11-tool --login --test"}
}

// reason is the name of an answer, such as CKR_DEVICE_ERROR.
func reason(err error) string {
	_, name, ok := strings.Cut(err.Error(), "CKR_")
	if !ok {
		return err.Error()
	}
	return "CKR_" + name
}
