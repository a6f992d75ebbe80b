package audit

import (
	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/preflight"
)

// scenario takes from the users where a certificate's mailbox is, unless the call
// says so.
func (r *run) scenario(c *certs.Certificate) preflight.Scenario {
	if r.open.Mailbox != "" || r.in.Users == nil || c == nil {
		return r.s
	}
	s := r.open
	s.Mailbox = r.in.Users.Mailbox(c)
	return s.WithDefaults()
}

// settle judges CAs and CRLs by where the mailboxes are, too, where all of them are
// in one place.
func (r *run) settle() {
	var all []preflight.Mailbox
	for _, c := range r.in.Certificates {
		if c.Subject == nil || c.Subject.Certificate == nil {
			continue
		}
		m := r.scenario(c.Subject.Certificate).Mailbox
		if len(all) > 0 && m != all[0] {
			return
		}
		all = append(all[:0], m)
	}
	if len(all) > 0 && r.open.Mailbox == "" {
		r.open.Mailbox = all[0]
		r.s = r.open.WithDefaults()
	}
}
