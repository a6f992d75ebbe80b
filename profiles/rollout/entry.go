package rollout

import (
	"time"

	"github.com/easkit/easkit/certs/preflight"
)

// Status is what came of a user on one platform.
type Status string

// The statuses. Each row of the table, and of its share, ends as one of them.
const (
	Done    Status = "done"    // made now
	Kept    Status = "kept"    // made by an earlier run, of the same inputs, and still there, or handed out and deleted
	Failed  Status = "failed"  // a check failed, or an input could not be used
	Skipped Status = "skipped" // not in the wave
	Left    Status = "left"    // the run ended before
)

// Platform is what phones an artefact is for.
type Platform string

// The platforms.
const (
	IOS     Platform = "ios"
	Android Platform = "android"
)

// Entry is one line of a manifest: what was made for one user on one platform, of what,
// or why nothing was.
type Entry struct {
	User     string   `json:"user"` // Row.Key
	Line     int      `json:"line"` // in the table
	Platform Platform `json:"platform"`
	Status   Status   `json:"status"`
	// Input is the SHA-256, in hex, of everything that the artefact follows from: the
	// identity's file, the row, platform, template, options, signer and version of easkit.
	// Neither the password of the file is among it nor the time.
	Input    string              `json:"input,omitempty"`
	Identity *Identity           `json:"identity,omitempty"`
	Files    []File              `json:"files,omitempty"`    // in the target
	Findings []preflight.Finding `json:"findings,omitempty"` // worse than a pass
	// Made stands in an entry of what is kept for the input and the files: it is the Ref
	// of the entry that made them, which lists them. A user who is kept week after week
	// would fill the manifest with the same otherwise.
	Made string `json:"made,omitempty"`
	// HandedOut is when what is kept was handed out, where it was deleted since.
	HandedOut time.Time `json:"handedOut,omitzero"`
	Began     time.Time `json:"began,omitzero"` // of what was made or failed
	Ended     time.Time `json:"ended"`
}

// Identity is the certificate that an artefact was made with. Of what is kept, it may be
// NotAfter alone, or that and Thumbprint.
type Identity struct {
	File       string    `json:"file,omitempty"`
	SHA256     string    `json:"sha256,omitempty"` // of the file, in hex
	Thumbprint string    `json:"thumbprint,omitempty"`
	Subject    string    `json:"subject,omitempty"`
	Names      []string  `json:"names,omitempty"` // its addresses, in small letters: "upn …" and "mail …"
	NotAfter   time.Time `json:"notAfter"`
	Found      string    `json:"found,omitempty"` // how it was matched: column, name or san
}

// File is one file of an artefact in the target.
type File struct {
	Name   string `json:"name"`
	SHA256 string `json:"sha256"` // of the content as it lies there, in hex
	Size   int    `json:"size"`
}
