package userids

import (
	"bytes"
	"fmt"
	"time"

	"github.com/easkit/easkit/certs/entra/record"
)

// SavedSchema names the form of a back-up's file.
const SavedSchema = record.UserIDsBackup

// Saved is what users had before they were written.
type Saved struct {
	Schema string      `json:"schema"`
	Tenant string      `json:"tenant"` // id
	At     time.Time   `json:"at"`
	Rows   []SavedUser `json:"rows"` // those who are to be written, and no others
}

// SavedUser is what one user had.
type SavedUser struct {
	ID                 string   `json:"id"`
	UPN                string   `json:"userPrincipalName"`
	CertificateUserIDs []string `json:"certificateUserIds"`
}

// keep makes the back-up of those who are to be written.
func (a *applier) keep(tenant string, updates []update) error {
	if a.o.Backup == nil {
		return nil
	}
	now := a.o.Now
	if now == nil {
		now = time.Now
	}
	s := Saved{Schema: SavedSchema, Tenant: tenant, At: now().UTC().Truncate(time.Second)}
	for _, u := range updates {
		s.Rows = append(s.Rows, SavedUser{u.id, u.row.UPN, u.before})
	}
	var b bytes.Buffer
	err := record.Write(&b, s)
	if err == nil {
		a.result.Backup, err = a.o.Backup(b.Bytes())
	}
	if err != nil {
		return fmt.Errorf("keeping a back-up of what the users have: %w (nothing was written)", err)
	}
	a.say("back-up of what %d users have: %s", len(s.Rows), a.result.Backup)
	return nil
}
