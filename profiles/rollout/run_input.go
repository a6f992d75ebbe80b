package rollout

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/easkit/easkit/certs/crl"
	"github.com/easkit/easkit/profiles/vault"
)

// words are the options that decide what an artefact is like, for people who read the
// manifest.
func (o *Options) words() map[string]string {
	words := map[string]string{"ios": strconv.Itoa(o.Request.Scenario.IOS), "android": strconv.Itoa(o.Request.Scenario.Android)}
	set := func(name string, on bool) {
		if on {
			words[name] = "true"
		}
	}
	set("for-mdm", o.Request.ForMDM)
	set("new-password", o.Request.NewPassword)
	set("bundle", o.Request.BundleOnly)
	if o.Sealer != nil {
		words["encrypted"] = strings.TrimPrefix(o.Sealer.Suffix(), ".")
	}
	return words
}

// inputs is the SHA-256 over what all users' artefacts follow from. The time is not among
// it: a profile that was right yesterday is kept.
func (o *Options) inputs() []byte {
	s := o.Request.Scenario
	var cas []string
	for _, ca := range o.Request.CAs {
		cas = append(cas, ca.Thumbprint())
	}
	text, err := json.Marshal([]any{
		o.Version, o.Template.SHA256, o.Request.Template, o.Request.Overrides.App, o.Request.Overrides.Host,
		s.Auth, s.Issuer, s.Mailbox, s.Cloud, s.IOS, s.Android, o.words(), Thumbprint(o.Request.Signer), o.ignored(), cas,
	})
	if err != nil { // it is made of text and numbers
		text = []byte(err.Error())
	}
	sum := sha256.Sum256(text)
	return sum[:]
}

// ignored are the checks whose failures don't keep an artefact from being made, in their
// order. Those of CRLs decide anew in each run whom it is for, and the reasons say nothing
// about what is made.
func (o *Options) ignored() []string {
	var ids []string
	for id := range o.Request.Ignore {
		if !strings.HasPrefix(id, "crl.") && id != checkRevoked && id != crl.CARevoked.ID {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}

// input is the SHA-256, in hex, of what one artefact follows from. The password is not
// among it, or the manifest would help to guess it: the file's content stands for it.
func (r *run) input(record Record, p Platform, file [sha256.Size]byte) string {
	h := sha256.New()
	fmt.Fprintf(h, "%x\x00%x\x00%s\x00%s\x00%s", r.base, file, p, record.User, record.Email)
	return hex.EncodeToString(h.Sum(nil))
}

// shortHash is how much of a hash tells names apart that were changed.
const shortHash = 8

// artefactName is what the files of a user are called: the key, as far as every file system
// takes it, and no other user's files of Android are called so. A name that had to be
// changed has a part of the key's hash, so that no two users have the same.
func artefactName(key string) string {
	name := strings.Map(func(r rune) rune {
		if r > unicode.MaxASCII || !unicode.IsPrint(r) || strings.ContainsRune(`/\:*?"<>|%`, r) {
			return '-'
		}
		return r
	}, key)
	name = strings.Trim(name, " .")
	if name == key && len(name) <= maxFileName && vault.CheckName(name) == nil && !strings.HasSuffix(name, androidFolder) {
		return name
	}
	sum := sha256.Sum256([]byte(key))
	return strings.Trim(name[:min(len(name), maxFileName)], " .") + "-" + hex.EncodeToString(sum[:])[:shortHash]
}

// maxFileName leaves room within the 255 bytes of an element for what is put behind it.
const maxFileName = 160
