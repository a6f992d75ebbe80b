package probe

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/profiles/probe/wbxml"
)

// Statuses of answers that decide how it goes on: "done", and those of a server that
// wants its policy accepted first (see the table of statuses).
const (
	statusOK           = 1
	statusLegacyDevice = 141
	statusBadPolicyKey = 144
)

// httpProvision says in older versions what statuses 141 to 144 say (MS-OXPROTO 3764ce5a).
const httpProvision = 449

// Answers without what has to be there.
var (
	errEmpty    = errors.New("the answer is empty")
	errNoPolicy = errors.New("the answer to Provision says nothing of the policy")
	errNoKey    = errors.New("the answer to Provision has no PolicyKey that can be used")
	errNoInbox  = errors.New("none of the folders is the inbox")
	errNoNext   = errors.New("the answer to Sync has no SyncKey for the next")
)

// policyDemanded says whether a server wants its policy accepted before it goes on.
func policyDemanded(all []*Exchange, status int) bool {
	return status >= statusLegacyDevice && status <= statusBadPolicyKey ||
		len(all) > 0 && all[len(all)-1].Status == httpProvision
}

func (f *FolderSynced) policyDemanded() bool { return policyDemanded(f.Exchanges, f.Status) }

func (in *InboxSynced) policyDemanded() bool { return policyDemanded(in.Exchanges, in.Status) }

// command sends a command and reads the answer, which is nil where the server has sent an
// empty one. Where it sends on, later commands go there too. The error says why there is no
// answer; then the last exchange says what there was.
func (d *device) command(ctx context.Context, name string, body *wbxml.Element) ([]*Exchange, *wbxml.Element, error) {
	r, err := d.request(name)
	if err != nil {
		return nil, nil, fmt.Errorf("writing %s: %w", name, err)
	}
	if r.Body, err = wbxml.Marshal(body); err != nil {
		return nil, nil, fmt.Errorf("writing %s: %w", name, err)
	}
	all := d.s.follow(ctx, r)
	last := all[len(all)-1]
	root, err := d.read(name, last)
	return all, root, err
}

// read reads the answer to a command in its last exchange. What mail may be in keeps no
// body.
func (d *device) read(name string, last *Exchange) (*wbxml.Element, error) {
	data := last.Body
	if last.Status == http.StatusOK {
		last.Body = nil
	}
	if last.Err != nil {
		return nil, fmt.Errorf("%s: %w", name, last.Err)
	}
	if last.Location == "" {
		d.as.URL = last.URL
	}
	if last.Status != http.StatusOK {
		return nil, fmt.Errorf("%s: HTTP %d", name, last.Status)
	}
	if len(data) == 0 {
		return nil, nil
	}
	root, err := wbxml.Parse(data)
	switch {
	case err != nil:
		return nil, fmt.Errorf("the answer to %s: %w", name, err)
	case root.Name() != name:
		return nil, fmt.Errorf("the answer to %s is %s", name, root.Name())
	}
	return root, nil
}

// statusOf is the Status in an element, which every answer has to have.
func statusOf(e *wbxml.Element) (int, error) {
	if e == nil {
		return 0, errEmpty
	}
	text := e.Get("Status").Value()
	n, err := strconv.Atoi(text)
	if err != nil {
		return 0, fmt.Errorf("the Status of %s is %q, not a number", e.Name(), preflight.Clip(text, shown))
	}
	return n, nil
}
