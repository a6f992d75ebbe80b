package portal

import "sync"

// maxDownloads is how many files of one ticket go out at the same time: the phone's, and
// what is left of tries that broke off and that the server has not noticed yet. A file
// stands in memory until a slow phone has it, for as long as [writeTimeout].
const maxDownloads = 4

// downloads counts the files that go out, by ticket.
type downloads struct {
	mu sync.Mutex
	of map[string]int
}

// begin reports whether one more file of a ticket may go out. It ends with end.
func (d *downloads) begin(ticketID string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.of[ticketID] >= maxDownloads {
		return false
	}
	if d.of == nil {
		d.of = map[string]int{}
	}
	d.of[ticketID]++
	return true
}

func (d *downloads) end(ticketID string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.of[ticketID]--; d.of[ticketID] == 0 {
		delete(d.of, ticketID)
	}
}
