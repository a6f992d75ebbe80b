package ticket

import (
	"context"
	"encoding/json"

	"github.com/easkit/easkit/certs"
)

// Latest returns the newest tickets of each of some users, at most so many of one, by
// [certs.CanonicalAddress] and with the newest first. Users without a ticket are not in
// it. All come of one look at the tickets, however many users there are.
func (s *Store) Latest(ctx context.Context, users []string, most int) (map[string][]Ticket, error) {
	wanted := make([]string, len(users))
	for i, u := range users {
		wanted[i] = certs.CanonicalAddress(u)
	}
	list, err := json.Marshal(wanted)
	if err != nil {
		return nil, s.in("listing", err)
	}
	const pick = ` WHERE seq IN (SELECT seq FROM (
			SELECT seq, row_number() OVER (PARTITION BY canonical ORDER BY seq DESC) AS n
			FROM tickets WHERE canonical IN (SELECT value FROM json_each(?2)))
		WHERE n <= ?3) ORDER BY seq DESC`
	lines, err := s.read.QueryContext(ctx, selectTicket+pick, s.now().UnixMilli(), string(list), most)
	if err != nil {
		return nil, s.in("listing", err)
	}
	defer lines.Close()
	all := map[string][]Ticket{}
	for lines.Next() {
		var r row
		if err := r.scan(lines); err != nil {
			return nil, s.in("listing", err)
		}
		of := certs.CanonicalAddress(r.User)
		all[of] = append(all[of], r.Ticket)
	}
	if err := lines.Err(); err != nil {
		return nil, s.in("listing", err)
	}
	return all, nil
}
