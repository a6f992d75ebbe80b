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
	Kept    Status = "kept"    // made by an earlier run, of the same inputs, and still there
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
	// identity, its password, the row, template, options, signer and version.
	Input    string              `json:"input,omitempty"`
	Identity *Identity           `json:"identity,omitempty"`
	Files    []File              `json:"files,omitempty"`    // in the target
	Findings []preflight.Finding `json:"findings,omitempty"` // worse than a pass
	Began    time.Time           `json:"began"`
	Ended    time.Time           `json:"ended"`
}

// Identity is the certificate that an artefact was made with.
type Identity struct {
	File       string    `json:"file"`
	SHA256     string    `json:"sha256"` // of the file, in hex
	Thumbprint string    `json:"thumbprint"`
	Subject    string    `json:"subject"`
	NotAfter   time.Time `json:"notAfter"`
	Found      string    `json:"found"` // how it was matched: column, name or san
}

// File is one file of an artefact in the target.
type File struct {
	Name   string `json:"name"`
	SHA256 string `json:"sha256"` // of the content as it lies there, in hex
	Size   int    `json:"size"`
}
