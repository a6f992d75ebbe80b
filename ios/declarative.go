package ios

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/url"

	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/profiles"
)

// ErrDeclarationTooNew says that the oldest version to serve does not know a
// declaration that the account needs.
var ErrDeclarationTooNew = errors.New("the declaration is too new for a phone that is to be served")

// Declaration is one declaration of declarative device management, as an MDM server
// hands it to a phone. Nothing secret is in it.
// Source: https://github.com/apple/device-management, declarationbase.yaml
type Declaration struct {
	Type        string         `json:"Type"`
	Identifier  string         `json:"Identifier"`  // of at most 64 octets; the same one replaces what the phone has
	ServerToken string         `json:"ServerToken"` // another one for another content, so that the phone fetches it anew
	Payload     map[string]any `json:"Payload"`
}

// Marshal writes the declaration as JSON, the keys of its payload in alphabetical
// order.
func (d Declaration) Marshal() ([]byte, error) { return document(d) }

// DataFile is a JSON document that an asset refers to. The MDM server has to host it
// under the URL that [NewDeclarations] was given, as application/json, and to give it
// to the account's phone alone.
type DataFile struct {
	Name    string // the last part of its URL
	Content []byte `json:"-"`
	Secret  bool   // it holds a password or a challenge, and maybe a key
}

// String names the file and leaves out what it says.
func (f DataFile) String() string { return f.Name }

// GoString keeps the content out of %#v.
func (f DataFile) GoString() string { return fmt.Sprintf("ios.DataFile{Name: %q}", f.Name) }

// Declarations is a mail account for declarative device management.
type Declarations struct {
	Configuration Declaration   // com.apple.configuration.account.exchange
	Assets        []Declaration // what it refers to: the user, the user name, the identity
	Data          []DataFile    // what the assets refer to
	Notes         []string      // what the account asks for and a declaration cannot say, a sentence each
}

// NewDeclarations makes the declarations of an account. They are for an MDM server
// that speaks declarative device management, which sends them with an activation of
// its own; base is the https URL under which that server hosts the data files, and a
// phone shows it the certificate of its enrolment to get them. Options.At is not looked
// at: no declaration has a date.
//
// It refuses what [New] refuses of identity, names and services, an identity without
// its password, a port other than 443, and with [ErrDeclarationTooNew] an oldest
// version before 17, the first that knows the assets for an identity.
func NewDeclarations(a profiles.Account, o Options, base string) (*Declarations, error) {
	o.Oldest = cmp.Or(o.Oldest, preflight.DefaultIOS)
	for _, refuse := range []func(profiles.Account, Options) error{refuseIdentity, refuseSettings, refuseDeclared} {
		if err := refuse(a, o); err != nil {
			return nil, err
		}
	}
	root, err := parseBase(base)
	if err != nil {
		return nil, err
	}
	d := &declarer{account: &a, base: root, made: &Declarations{Notes: unsaid(&a, &o)}}
	if err := d.declare(&o); err != nil {
		return nil, fmt.Errorf("writing the declarations of %s: %w", a.Email, err)
	}
	return d.made, nil
}

// declarer collects what is made for an account.
type declarer struct {
	account *profiles.Account
	base    *url.URL
	made    *Declarations
}

func (d *declarer) declare(o *Options) error {
	user, err := d.asset(typeAssetUser, roleUser, dict{"EmailAddress": d.account.Email}, nil)
	if err != nil {
		return err
	}
	login, err := d.credential(login(d.account))
	if err != nil {
		return err
	}
	identity, err := d.credential(identityOf(d.account, o))
	if err != nil {
		return err
	}
	payload := exchange(d.account, identity)
	payload["UserIdentityAssetReference"] = user
	payload["AuthenticationCredentialsAssetReference"] = login
	payload["AuthenticationIdentityAssetReference"] = identity
	d.made.Configuration, err = declaration(typeExchange, declarationID(d.account, roleExchange), payload, nil)
	return err
}

// asset adds an asset and gives its identifier. content is what the asset refers to,
// so far as it counts for the token.
func (d *declarer) asset(kind, role string, payload, content dict) (string, error) {
	made, err := declaration(kind, declarationID(d.account, role), payload, content)
	if err != nil {
		return "", err
	}
	d.made.Assets = append(d.made.Assets, made)
	return made.Identifier, nil
}

// mediaType is the one that Apple asks for where a credential is fetched.
const mediaType = "application/json"

// credential adds the file with a credential and the asset that refers to it, and
// gives the asset's identifier.
func (d *declarer) credential(c credential) (string, error) {
	content, err := document(c.content)
	if err != nil {
		return "", err
	}
	f := DataFile{Name: declarationID(d.account, c.role) + ".json", Content: content, Secret: c.secret != ""}
	d.made.Data = append(d.made.Data, f)
	reference := dict{"DataURL": d.base.JoinPath(f.Name).String(), "ContentType": mediaType}
	// The phone refuses data of another size or hash (Apple), and placeholders are
	// filled in later.
	if !f.Secret && len(profiles.Tokens(string(content))) == 0 {
		sum := sha256.Sum256(content)
		reference["Size"], reference["Hash-SHA-256"] = len(content), hex.EncodeToString(sum[:])
	}
	counts := maps.Clone(c.content)
	delete(counts, c.secret)
	return d.asset(c.kind, c.role, dict{"Reference": reference, "Authentication": dict{"Type": authenticationMDM}}, counts)
}

// authenticationMDM has the phone ask for the data as it asks for its commands: with
// the certificate of its enrolment.
const authenticationMDM = "MDM"

// maxDeclarationName is how long an identifier and a token may be, in octets (Apple,
// declarationbase.yaml).
const maxDeclarationName = 64

// declarationID is the profile's identifier with the role, or the UUID of the role
// where that would be too long.
func declarationID(a *profiles.Account, role string) string {
	if id := identifier(*a) + "." + role; len(id) <= maxDeclarationName {
		return id
	}
	return a.UUID("declaration-" + role)
}

// declaration gives a payload its token: the hash, in as many digits as a token may
// have, of what the declaration says and of the content that it refers to.
func declaration(kind, id string, payload, content dict) (Declaration, error) {
	d := Declaration{Type: kind, Identifier: id, Payload: payload}
	says, err := document([]any{d, content})
	if err != nil {
		return Declaration{}, err
	}
	sum := sha256.Sum256(says)
	d.ServerToken = hex.EncodeToString(sum[:])
	return d, nil
}

// document writes JSON for people to read, with a line's end.
func document(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// parseBase reads the URL that data files are hosted under. The error does not repeat
// it: people put passwords into URLs.
func parseBase(s string) (*url.URL, error) {
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "https" || u.Hostname() == "" || u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" {
		return nil, errors.New("the URL under which the MDM server hosts the data files has to be https://HOST/PATH, without user name, query or fragment: phones fetch them by https alone")
	}
	return u, nil
}
