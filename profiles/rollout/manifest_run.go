package rollout

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/certs/signer"
)

// ManifestSchema names the form of a manifest: a line that begins a run, an object with
// "schema" and "run", and then a line for each user and platform, an [Entry]. Fields and
// lines of other kinds may be added under it, never removed.
const ManifestSchema = "easkit/manifest/v1"

// Run is what a run works with, as the first of its lines says.
type Run struct {
	Begun     time.Time         `json:"begun"`
	Version   string            `json:"version"` // of easkit
	Table     Digest            `json:"table"`
	Template  Digest            `json:"template"`
	Platforms []Platform        `json:"platforms"`         // each row has an entry for each
	Options   map[string]string `json:"options,omitempty"` // those that decide what is made; no secrets
	Shard     string            `json:"shard,omitempty"`   // 2/5
	Wave      string            `json:"wave,omitempty"`
	Signer    string            `json:"signer,omitempty"` // thumbprint of the certificate that signs; "" for nobody
	Merged    int               `json:"merged,omitempty"` // shards that were joined
}

// Digest tells one content of a file from others.
type Digest struct {
	Name   string `json:"name"`   // without the folder
	SHA256 string `json:"sha256"` // in hex
	Size   int64  `json:"size,omitempty"`
}

// Thumbprint is what [Run] calls a signer by; "" for none.
func Thumbprint(s *signer.Signer) string {
	if s == nil {
		return ""
	}
	return (&certs.Certificate{Raw: s.Certificate.Raw}).Thumbprint()
}

// String is a share as --shard has it; "" for all of the table.
func (s Shard) String() string {
	if s.Count <= 1 {
		return ""
	}
	return fmt.Sprintf("%d/%d", s.Index+1, s.Count)
}

// header is the line that begins a run.
type header struct {
	Schema string `json:"schema"`
	Run    *Run   `json:"run"`
}

// maxLine bounds a line of a manifest, in bytes: some hundred findings, each as long as
// one gets.
const maxLine = 1 << 20

// What stays of an entry whose line would be too long.
const (
	keptFindings   = 50
	keptCharacters = 500 // of each text
)

// encode makes the line of an entry. The findings of one that is too long are cut: it
// is better to say less about a user than nothing.
func encode(e *Entry) ([]byte, error) {
	line, err := json.Marshal(e)
	if err == nil && len(line) >= maxLine {
		line, err = json.Marshal(e.shortened())
	}
	if err == nil && len(line) >= maxLine {
		err = fmt.Errorf("its line has more than %d bytes", maxLine)
	}
	if err != nil {
		return nil, fmt.Errorf("noting line %d for the manifest: %w", e.Line, err)
	}
	return append(line, '\n'), nil
}

func (e *Entry) shortened() *Entry {
	short := *e
	short.Findings = nil
	for _, f := range e.Findings[:min(len(e.Findings), keptFindings)] {
		f.Message = preflight.Clip(f.Message, keptCharacters)
		f.Fix = preflight.Clip(f.Fix, keptCharacters)
		short.Findings = append(short.Findings, f)
	}
	return &short
}
