// Package record is the form of the files in which plans and back-ups pass from one
// command to the next: JSON with a schema that names what it is, and a hash over
// everything else, so that a slip in an editor is not carried out.
package record

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// The schemas of all records.
const (
	TrustPlan     = "easkit/trust-plan/v1"
	TrustBackup   = "easkit/trust-backup/v1"
	UserIDsPlan   = "easkit/user-ids-plan/v1"
	UserIDsBackup = "easkit/user-ids-backup/v1"
	IntunePlan    = "easkit/intune-plan/v1"
	IntuneBackup  = "easkit/intune-backup/v1"
	IntuneSet     = "easkit/intune-set/v1"
)

// takers are the commands that take records.
var takers = map[string]string{
	TrustPlan: "easkit entra apply", TrustBackup: "easkit entra restore", UserIDsPlan: "easkit entra user-ids --apply",
	IntunePlan: "easkit intune import",
	IntuneSet:  "easkit intune plan",
}

// ShortHash is how many letters of a hash people compare.
const ShortHash = 12

// ErrEdited says that a record is not as it was written.
var ErrEdited = errors.New("it was changed after it was made")

// Hash is the SHA-256 of a value's JSON, in hex; "" where it has none. Whoever has a
// hash inside hashes the value without it.
func Hash(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// Write writes a record.
func Write(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

// Read reads a record of a schema, of at most limit bytes. Properties that the value
// does not have, another schema, and anything behind it are errors.
func Read(r io.Reader, limit int64, schema string, into any) error {
	text, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return err
	}
	if int64(len(text)) > limit {
		return fmt.Errorf("it has more than %d bytes", limit)
	}
	var head struct{ Schema string }
	switch err := json.Unmarshal(text, &head); {
	case err != nil:
		return fmt.Errorf("it is not of this form: %w", err)
	case head.Schema != schema && takers[head.Schema] != "":
		return fmt.Errorf("it is for %s", takers[head.Schema])
	case head.Schema != schema:
		return fmt.Errorf("its schema is %q, not %q", head.Schema, schema)
	}
	dec := json.NewDecoder(bytes.NewReader(text)) // which has one value, or it would not have come here
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		return fmt.Errorf("it is not of this form: %w", err)
	}
	return nil
}
