package provision

import (
	"bytes"
	"context"
	"fmt"

	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/certs/signer"
	"github.com/easkit/easkit/ios"
	"github.com/easkit/easkit/profiles"
)

// MoveRequest is an iOS profile that users have, to be moved from direct sign-in to
// OAuth.
type MoveRequest struct {
	Old       *ios.Subject // with its file open
	Scenario  preflight.Scenario
	Signer    *signer.Signer // nil leaves the new one unsigned
	ByHand    bool           // users installed the old one, whatever it looks like
	Reinstall bool           // make it even if users have to remove the old one first
}

// Moved is the profile that takes the old one's place.
type Moved struct {
	Data      []byte   // signed where the request has a signer
	Changes   []string // what is different in it, a clause each
	Judgement *ios.Judgement
	Refused   bool   // phones would not put it in the old one's place
	Reinstall bool   // users have to remove the old one first
	Back      []byte // the old profile as phones take it in the new one's place: nil where Old is that itself
}

// Move makes the OAuth profile of one for direct sign-in and judges it: as a profile,
// and whether phones update the old one in place. What to do with failures is the
// caller's to say: nothing is written here. The error wraps those of
// [ios.File.ToOAuth].
func Move(ctx context.Context, req MoveRequest) (*Moved, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	content, changes, err := req.Old.File.ToOAuth()
	if err != nil {
		return nil, err
	}
	m := &Moved{Data: content, Changes: changes}
	update := &ios.Update{Old: req.Old.File, ByHand: req.ByHand, Reinstall: req.Reinstall}
	if req.Signer != nil {
		update.Signer = req.Signer.Certificate
		if m.Data, err = req.Signer.Sign(content, req.Scenario.At, false); err != nil {
			return nil, fmt.Errorf("signing the profile: %w", err)
		}
	}
	if m.Back, err = req.back(); err != nil {
		return nil, err
	}
	next := *req.Old
	if next.File, err = ios.Open(m.Data); err != nil {
		return nil, fmt.Errorf("%w: %w", errBroken, err)
	}
	next.Data = m.Data
	m.Judgement = ios.Judge(req.Scenario, &next)
	if m.Judgement.Scenario.Auth != preflight.OAuth || !bytes.Equal(next.File.Content, content) {
		return nil, errBroken
	}
	update.New = next.File
	findings := ios.CheckUpdate(m.Judgement.Scenario, update)
	m.Refused = m.Refused || findings[0].Status == preflight.StatusFail
	m.Reinstall = findings[0].Status == preflight.StatusWarn && findings[0].Value != "host"
	findings = append(findings, ios.CheckServer(m.Judgement)...)
	m.refuseMismatch()
	m.Judgement.Findings = append(findings, m.Judgement.Findings...)
	return m, nil
}

// refuseMismatch keeps a profile from being signed whose certificate names nobody of
// the account: what may join them elsewhere is not known here.
func (m *Moved) refuseMismatch() {
	for i := range m.Judgement.Findings {
		if f := &m.Judgement.Findings[i]; f.Check == profiles.Match.ID && f.Value == profiles.OtherNames {
			m.Refused = true
			f.Fix = "give --users FILE, which tells whose the certificate is, or build the profile anew for its user"
		}
	}
}

// back is the old profile signed as the new one is, where it was not: phones do not put
// an unsigned profile, nor one of another signer, in a signed one's place.
func (req *MoveRequest) back() ([]byte, error) {
	old := req.Old.File
	if req.Signer == nil || old.Signed != nil && bytes.Equal(old.Signed.Signer.Raw, req.Signer.Certificate.Raw) {
		return nil, nil
	}
	signed, err := req.Signer.Sign(old.Content, req.Scenario.At, false)
	if err != nil {
		return nil, fmt.Errorf("signing the way back: %w", err)
	}
	return signed, nil
}
