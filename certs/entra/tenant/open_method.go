package tenant

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/easkit/easkit/certs/graph"
	"github.com/easkit/easkit/certs/table"
)

// OpenMethod makes a snapshot of the policy of certificate sign-in alone, as Graph
// gives it (GET …/authenticationMethodConfigurations/x509Certificate): enough to know
// the username bindings. Everything else is missing in it.
func OpenMethod(r io.Reader) (*Snapshot, error) {
	text, err := table.OpenText(r, maxFile)
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(text)
	if err != nil {
		return nil, err
	}
	raw, err := split(bytes.TrimSpace(data), true)
	if err != nil {
		return nil, fmt.Errorf("it is not JSON of GET …/x509Certificate: %w", err)
	}
	var m graph.Method
	if err := json.Unmarshal(raw[0], &m); err != nil {
		return nil, fmt.Errorf("it is not JSON of GET …/x509Certificate: %w", err)
	}
	if m.State == "" {
		return nil, errors.New("it has no state: give the JSON of GET …/x509Certificate, or a snapshot's folder")
	}
	s := &Snapshot{Method: &m}
	for _, res := range resources() {
		if res.file != MethodFile {
			s.miss(res.file, "only the policy was given")
		}
	}
	s.miss(MailboxesFile, "only the policy was given")
	return s, nil
}
