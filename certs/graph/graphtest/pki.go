package graphtest

import (
	"maps"
	"net/http"
	"slices"
	"unicode/utf8"
)

// maxPKIName is the length of a PKI's displayName, in characters
// (https://learn.microsoft.com/graph/api/resources/certificatebasedauthpki).
const maxPKIName = 256

// The states of a PKI's asynchronous jobs. The pages name running and succeeded.
const (
	statusRunning   = "running"
	statusSucceeded = "succeeded"
	statusFailed    = "failed"
)

func (s *Server) listPKIs(c *call) (*answer, error) {
	a, err := s.list(c, c.view.pkis)
	if c.view == s.current {
		for _, p := range c.view.pkis {
			s.readUpload(p.text("id"))
		}
	}
	return a, err
}

func (s *Server) getPKI(c *call) (*answer, error) {
	a, err := s.found(c, c.view.pkis, c.params[0])
	if c.view == s.current {
		s.readUpload(c.params[0])
	}
	return a, err
}

// mayManage refuses changes while the certificate method is off: it must be enabled to
// manage PKIs (https://learn.microsoft.com/graph/api/resources/certificatebasedauthpki).
func (s *Server) mayManage() error {
	if s.current.method.text("state") != "enabled" {
		return conflict("The X509 certificate authentication method must be enabled in the tenant.")
	}
	return nil
}

func checkPKIName(o Object) error {
	if n := utf8.RuneCountInString(o.text("displayName")); n > maxPKIName {
		return breach("displayName has %d characters: there can be %d.", n, maxPKIName)
	}
	return nil
}

func (s *Server) createPKI(c *call) (*answer, error) {
	if err := checkPKIName(c.body); err != nil {
		return nil, err
	}
	if err := s.mayManage(); err != nil {
		return nil, err
	}
	pki := c.body.merged(Object{
		"@odata.type": "#microsoft.graph." + pkiType, "id": s.newID(pkiType), "deletedDateTime": nil,
		"status": statusSucceeded, "statusDetails": nil, "lastModifiedDateTime": stamp(c.now)})
	s.write(c.now)
	s.current.pkis = append(slices.Clone(s.current.pkis), pki)
	return s.one(c, http.StatusCreated, pki)
}

func (s *Server) updatePKI(c *call) (*answer, error) {
	if err := checkPKIName(c.body); err != nil {
		return nil, err
	}
	i, err := s.managed(c)
	if err != nil {
		return nil, err
	}
	s.write(c.now)
	s.changePKI(i, c.body.with("lastModifiedDateTime", stamp(c.now)))
	return s.one(c, http.StatusOK, s.current.pkis[i])
}

// managed finds the PKI that a path names, if PKIs can be changed at all.
func (s *Server) managed(c *call) (int, error) {
	if err := s.mayManage(); err != nil {
		return 0, err
	}
	i := indexOf(s.current.pkis, "id", c.params[0])
	if i < 0 {
		return 0, missing(c.params[0])
	}
	return i, nil
}

func (s *Server) changePKI(i int, change Object) {
	s.current.pkis = slices.Clone(s.current.pkis)
	s.current.pkis[i] = s.current.pkis[i].merged(change)
}

func (s *Server) deletePKI(c *call) (*answer, error) {
	i, err := s.managed(c)
	if err != nil {
		return nil, err
	}
	s.write(c.now)
	id := c.params[0]
	s.bury(c.now, deletedItem{object: s.current.pkis[i], cas: s.current.cas[id]})
	s.current.pkis = slices.Delete(slices.Clone(s.current.pkis), i, i+1)
	s.setCAs(id, nil)
	delete(s.uploads, id)
	return &answer{status: http.StatusNoContent}, nil
}

// setCAs replaces the CAs of a PKI.
func (s *Server) setCAs(pki string, cas []Object) {
	s.current.cas = maps.Clone(s.current.cas)
	s.current.cas[pki] = cas
}
