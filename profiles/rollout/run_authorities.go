package rollout

import (
	"bytes"
	"sync"

	"github.com/easkit/easkit/certs"
)

// authorities are the CAs that users' files have had so far. Those of most are the same,
// and what was found out about one, such as who signed it, holds for all.
type authorities struct {
	known sync.Map // the content of a certificate to its *certs.Certificate
	mu    sync.Mutex
	size  int // of what is known, in bytes
}

// maxAuthorities bounds what is kept, in bytes: some thousand CAs. A company has a few.
const maxAuthorities = 4 << 20

// share puts the known ones in the place of a bundle's CAs.
func (a *authorities) share(b *certs.Bundle) {
	for i, c := range b.Certificates {
		if !c.IsCA {
			continue
		}
		if known, ok := a.known.Load(string(c.Raw)); ok {
			b.Certificates[i] = known.(*certs.Certificate)
			continue
		}
		a.keep(c)
	}
}

func (a *authorities) keep(c *certs.Certificate) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.size+len(c.Raw) > maxAuthorities {
		return
	}
	// A copy, since c is part of a file's plain text, which is not to be held.
	kept, err := certs.ParseCertificate(bytes.Clone(c.Raw))
	if err != nil {
		return
	}
	if _, there := a.known.LoadOrStore(string(kept.Raw), kept); !there {
		a.size += len(kept.Raw)
	}
}
