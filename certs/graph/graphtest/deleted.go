package graphtest

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

// deletedLife is how long a deleted object can be restored
// (https://learn.microsoft.com/graph/api/directory-deleteditems-restore).
const deletedLife = 30 * 24 * time.Hour

// deletedItem is an object that can be restored.
type deletedItem struct {
	object Object
	at     time.Time
	pki    string   // of a CA: where it was
	cas    []Object // of a PKI: what was in it
}

// bury keeps an object for those who want it back.
func (s *Server) bury(now time.Time, d deletedItem) {
	d.at = now
	d.object = d.object.with("deletedDateTime", stamp(now))
	s.current.deleted = append(slices.Clone(s.current.deleted), d)
}

// buried finds a deleted object.
func (st *state) buried(id string) int {
	return slices.IndexFunc(st.deleted, func(d deletedItem) bool { return d.object.text("id") == id })
}

// listDeleted lists the deleted objects of the type that the path ends with.
func (s *Server) listDeleted(c *call) (*answer, error) {
	var all []Object
	for _, d := range c.view.deleted {
		if strings.HasSuffix(d.object.text("@odata.type"), "."+c.op.entity) {
			all = append(all, d.object)
		}
	}
	return s.list(c, all)
}

func (s *Server) getDeleted(c *call) (*answer, error) {
	i := c.view.buried(c.params[0])
	if i < 0 {
		return nil, missing(c.params[0])
	}
	return s.whole(c, c.view.deleted[i].object), nil
}

// whole answers with an object whose type is known only now.
func (s *Server) whole(c *call, o Object) *answer {
	return &answer{http.StatusOK, o.with("@odata.context", c.origin()+basePath+"/$metadata#directoryObjects/$entity")}
}

// restoreDeleted puts an object back where it was. A CA whose PKI is deleted has no
// place to go to: the PKI comes first.
func (s *Server) restoreDeleted(c *call) (*answer, error) {
	i := s.current.buried(c.params[0])
	if i < 0 {
		return nil, missing(c.params[0])
	}
	d := s.current.deleted[i]
	o := d.object.with("deletedDateTime", nil)
	if d.pki != "" {
		if indexOf(s.current.pkis, "id", d.pki) < 0 {
			return nil, conflict("The certificateBasedAuthPki %q of this certificate authority is not there: restore it first.", d.pki)
		}
		if err := s.current.mayHold(d.pki, []Object{o}); err != nil {
			return nil, err
		}
	}
	s.write(c.now)
	s.current.deleted = slices.Delete(slices.Clone(s.current.deleted), i, i+1)
	if d.pki != "" {
		s.setCAs(d.pki, append(slices.Clone(s.current.cas[d.pki]), o))
	} else {
		s.current.pkis = append(slices.Clone(s.current.pkis), o)
		s.setCAs(c.params[0], d.cas)
	}
	return s.whole(c, o), nil
}

func (s *Server) purgeDeleted(c *call) (*answer, error) {
	i := s.current.buried(c.params[0])
	if i < 0 {
		return nil, missing(c.params[0])
	}
	s.write(c.now)
	s.current.deleted = slices.Delete(slices.Clone(s.current.deleted), i, i+1)
	return &answer{status: http.StatusNoContent}, nil
}
