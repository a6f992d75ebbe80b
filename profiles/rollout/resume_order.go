package rollout

import (
	"crypto/sha256"
	"time"
)

// history puts the runs of several manifests in order: by when they began, and in one
// manifest as they stand there, however the clock was set in between.
type history struct {
	begun []time.Time // by number of the run
	last  *Run
}

// of gives the number of the run that a line belongs to. Lines come manifest by
// manifest.
func (h *history) of(l Line) int32 {
	if l.Run != h.last {
		begun := l.Run.Begun
		if l.Number > 1 { // not the first of its manifest
			if before := h.begun[len(h.begun)-1]; begun.Before(before) {
				begun = before
			}
		}
		h.begun, h.last = append(h.begun, begun), l.Run
	}
	return int32(len(h.begun) - 1)
}

// older reports whether run a began before run b, which was read after it.
func (h *history) older(a, b int32) bool { return !h.begun[a].After(h.begun[b]) }

// half is the first half of a SHA-256: enough to tell users and inputs apart, since no
// two that meet on purpose or by chance are known or will be, and small.
type half [sha256.Size / 2]byte

func halfOf(text string) half {
	sum := sha256.Sum256([]byte(text))
	return half(sum[:len(half{})])
}

// pairOf names a user on a platform.
func pairOf(user string, p Platform) half { return halfOf(string(p) + "\x00" + user) }
