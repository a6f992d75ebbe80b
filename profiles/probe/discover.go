package probe

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
)

// discoverPath is Autodiscover v2, which takes no sign-in. Exchange Online has it; of
// other servers a 404 says nothing.
const discoverPath = "/autodiscover/autodiscover.json"

// collectDiscovery asks the account's host where the mailbox is. Neither certificate nor
// token goes with it, but the address does. An answer that sends on, and was not followed,
// names nothing.
func (s *session) collectDiscovery(ctx context.Context, e *Evidence) {
	if s.target.Account.Email == "" {
		return
	}
	q := url.Values{"Email": {s.target.Account.Email}, "Protocol": {"ActiveSync"}}
	all := s.follow(ctx, request{Method: http.MethodGet, URL: s.url(discoverPath + "?" + q.Encode())})
	last := all[len(all)-1]
	var answer struct{ URL, ErrorCode string }
	if last.Location != "" || json.Unmarshal(last.Body, &answer) != nil {
		answer.URL, answer.ErrorCode = "", "" // a page for people, most likely
	}
	e.Discover = &Discovery{Exchange: last, URL: answer.URL, Error: answer.ErrorCode}
}
