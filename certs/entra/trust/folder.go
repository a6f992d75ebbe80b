package trust

import (
	"encoding/asn1"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/entra"
	"github.com/easkit/easkit/certs/preflight"
)

// Folder is what a folder says that a tenant shall trust.
type Folder struct {
	Wanted  []Wanted
	Refused []Refusal
	Notes   []string // what was left alone, or taken in a way that may surprise
}

// Wanted is a CA that shall be trusted.
type Wanted struct {
	File        string // the file that it is in
	Certificate *certs.Certificate
	Entry       Entry
	CRLFrom     string // what names its CRL's address: "crl.yaml line 3", or whose distribution point; "" where nothing does
	DeltaSet    bool   // crl.yaml says whether it has a delta CRL
	HintSet     bool   // crl.yaml says whether it is named in the handshake
}

// Refusal is what of the folder must not be trusted, or can't be read.
type Refusal struct {
	File string
	Why  string
	Fix  string
}

// Desired are the authorities for a plan: what the folder does not say of one stays
// as the store has it.
func (f *Folder) Desired() []Desired {
	desired := make([]Desired, len(f.Wanted))
	for i, w := range f.Wanted {
		desired[i] = Desired{Entry: w.Entry, OpenCRL: w.CRLFrom == "", OpenDelta: w.Entry.Delta == "" && !w.DeltaSet, OpenHint: !w.HintSet}
	}
	return desired
}

// Entries are the authorities with no more than what the folder says of them.
func (f *Folder) Entries() []Entry {
	entries := make([]Entry, len(f.Wanted))
	for i, w := range f.Wanted {
		entries[i] = w.Entry
	}
	return entries
}

// FolderOptions is what is known beside the folder.
type FolderOptions struct {
	At       time.Time            // which CAs have expired
	Issued   []*certs.Certificate // users' certificates: they name the address of their issuer's CRL
	AllowLab bool                 // the tenant is itself for trials: CAs of easkit's lab are taken
}

// The bounds of a folder. A tenant takes 250 CAs.
const (
	maxFolderFiles        = 1000
	maxFolderCertificates = 2000
)

// ReadFolder reads a folder of CAs: certificates (.cer .crt .pem .der .p7b .p7c),
// lists in the older schema (.json, see [ReadLegacy]), and at most one crl.yaml or
// crl.yml. Folders in it and other files are left alone, with a note.
//
// Refused are private keys, files that can't be read, what is no CA, and CAs that
// have expired, that are public ([entra.Public]) or of easkit's lab. What is
// refused is not looked at for anything else.
//
// The address of a CA's CRL is the one that crl.yaml gives, or else the older
// schema, or else the one that certificates which the CA issued name: the other
// CAs of the folder and o.Issued, the first by http. A CA's own certificate names
// its issuer's CRL. crl.yaml names CAs by file, thumbprint (SHA-1 or SHA-256), key
// identifier in hex, or common name:
//
//	issuing.pem:
//	  crl: http://crl.contoso.com/issuing.crl
//	  delta: http://crl.contoso.com/issuing+.crl
//	  issuer-hint: true
//	root.cer: http://crl.contoso.com/root.crl
//	"Contoso Old CA": none # no check of revocation
//
// What crl.yaml says of a CA that is refused is left alone. An error of ReadFolder
// is one of the folder as a whole, or of crl.yaml; beside other refusals, which may
// be why, crl.yaml is refused with them, and nothing is wanted then.
func ReadFolder(fsys fs.FS, o FolderOptions) (*Folder, error) {
	files, err := fs.ReadDir(fsys, ".")
	if err != nil {
		return nil, fmt.Errorf("reading the folder of CAs: %w", err)
	}
	if len(files) > maxFolderFiles {
		return nil, fmt.Errorf("reading the folder of CAs: it holds %d files, more than %d: give a folder with the CAs alone", len(files), maxFolderFiles)
	}
	r := folderReader{fsys: fsys, options: o, first: map[string]string{}, addresses: map[string]addresses{}}
	for _, file := range files {
		if err := r.file(file); err != nil {
			return nil, fmt.Errorf("reading the folder of CAs: %w", err)
		}
	}
	r.judge()
	if err := r.setAddresses(); err != nil {
		return nil, fmt.Errorf("reading the folder of CAs: %w", err)
	}
	return &r.folder, nil
}

// folderReader reads one folder.
type folderReader struct {
	fsys      fs.FS
	options   FolderOptions
	folder    Folder
	yaml      string               // the name of crl.yaml, where it is there
	first     map[string]string    // by certificate, the file that it was in first
	addresses map[string]addresses // by certificate, as the older schema has them
	found     []Wanted             // what is yet to be judged
	unwanted  []Wanted             // what was judged, and is refused
}

// addresses are where the CRLs of a CA are.
type addresses struct{ crl, delta, from string }

// kinds of files by their extension.
var (
	certificateFiles = []string{".cer", ".crt", ".pem", ".der", ".p7b", ".p7c"}
	keyFiles         = []string{".p12", ".pfx", ".key"}
	addressFiles     = []string{"crl.yaml", "crl.yml"}
)

func (r *folderReader) file(file fs.DirEntry) error {
	name := file.Name()
	extension := strings.ToLower(path.Ext(name))
	switch {
	case strings.HasPrefix(name, "."):
		r.note("%s: hidden, and left alone", shown(name))
	case file.IsDir():
		r.note("%s: a folder, and left alone: the CAs are read from one folder", shown(name))
	case slices.Contains(addressFiles, strings.ToLower(name)):
		if r.yaml != "" {
			return fmt.Errorf("there are both %s and %s: keep one", shown(r.yaml), shown(name))
		}
		r.yaml = name
	case slices.Contains(keyFiles, extension):
		r.refuse(name, holdsKeyWhy, holdsKeyFix)
	case slices.Contains(certificateFiles, extension):
		r.certificates(name)
	case extension == ".json":
		r.legacy(name)
	default:
		r.note("%s: not a certificate by its name, and left alone", shown(name))
	}
	if len(r.found) > maxFolderCertificates {
		return fmt.Errorf("it holds more than %d certificates: give a folder with the CAs alone", maxFolderCertificates)
	}
	return nil
}

func (r *folderReader) note(format string, args ...any) {
	r.folder.Notes = append(r.folder.Notes, fmt.Sprintf(format, args...))
}

func (r *folderReader) refuse(file, why, fix string) {
	r.folder.Refused = append(r.folder.Refused, Refusal{shown(file), why, fix})
}

// find notes a certificate of a file; one that was in another before counts once.
func (r *folderReader) find(file string, c *certs.Certificate) {
	if before, twice := r.first[string(c.Raw)]; twice {
		if before != file {
			r.note("%s: %q is also in %s, and counts once", shown(file), c, shown(before))
		}
		return
	}
	r.first[string(c.Raw)] = file
	e := Entry{Certificate: c.Raw, Root: isRoot(c)}
	r.found = append(r.found, Wanted{File: file, Certificate: c, Entry: e})
}

// isRoot reports what a CA is to be called: a root is signed with its own key, or
// says so where the signature is of a kind that can't be checked here.
func isRoot(c *certs.Certificate) bool {
	return c.IsRoot() || c.SelfIssued() && unsupported(c.SignedBy(c))
}

// judge parts what is wanted from what is refused.
func (r *folderReader) judge() {
	pool := make([]*certs.Certificate, len(r.found))
	for i, w := range r.found {
		pool[i] = w.Certificate
	}
	for _, w := range r.found {
		if why, fix := r.objection(w.Certificate, pool); why != "" {
			r.refuse(w.File, fmt.Sprintf("%q: %s", w.Certificate, why), fix)
			r.unwanted = append(r.unwanted, w)
			continue
		}
		r.folder.Wanted = append(r.folder.Wanted, w)
	}
}

// The uses of certificates that tell users from servers (RFC 5280 4.2.1.12).
const (
	clientAuth = "1.3.6.1.5.5.7.3.2"
	serverAuth = "1.3.6.1.5.5.7.3.1"
)

// isUsers reports whether a certificate that is not a CA's is plainly a user's: it has
// a UPN, or is for clients and not for servers.
func isUsers(c *certs.Certificate) bool {
	is := func(use string) bool {
		return slices.ContainsFunc(c.EKU, func(o asn1.ObjectIdentifier) bool { return o.String() == use })
	}
	return len(c.Values(certs.KindUPN)) > 0 || is(clientAuth) && !is(serverAuth)
}

// objection says why a certificate must not be trusted, and what to do.
func (r *folderReader) objection(c *certs.Certificate, pool []*certs.Certificate) (why, fix string) {
	switch {
	case !c.IsCA && isUsers(c):
		return "it is a user's certificate", "give the CA that issued it"
	case !c.IsCA && c.HasBasic:
		return "it is no CA, its basicConstraints say so", "give the CA that issued it"
	case !c.IsCA:
		return "it is no CA, as it has no basicConstraints", "give the CA that issued it; if it is a CA, renew it with basicConstraints"
	case r.options.At.After(c.NotAfter):
		return "it expired on " + c.NotAfter.UTC().Format(time.DateOnly), "take it out, and renew the CA if certificates below it are in use: while an expired CA is in the tenant, no other can be added"
	case c.Lab && !r.options.AllowLab:
		return "it is a CA of easkit's lab, whose key lies in a folder", "take it out; only in a tenant that is itself for trials can it be allowed"
	}
	for _, ca := range append([]*certs.Certificate{c}, certs.BuildChain(c, pool)...) {
		if public, ok := entra.Public(ca); ok {
			if ca != c {
				public = fmt.Sprintf("below %q, which is %s", ca, public)
			}
			return "it is a public CA (" + preflight.Printable(public) + "), which issues to anybody", "take it out; trust a CA of your own, which issues to your users only"
		}
	}
	return "", ""
}
