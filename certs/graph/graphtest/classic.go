package graphtest

import (
	"encoding/base64"
	"maps"
	"net/http"
)

// ClassicID is the id of the one object that the classic store can hold
// (https://learn.microsoft.com/graph/api/certificatebasedauthconfiguration-list).
const ClassicID = "29728ade-6ae4-4ee9-9103-412912537da5"

func (s *Server) listClassic(c *call) (*answer, error) {
	if err := c.isTenant(); err != nil {
		return nil, err
	}
	return s.list(c, c.view.classic)
}

func (s *Server) getClassic(c *call) (*answer, error) {
	if err := c.isTenant(); err != nil {
		return nil, err
	}
	return s.found(c, c.view.classic, c.params[1])
}

// createClassic takes the whole list of CAs: the object cannot be changed later, only
// deleted.
func (s *Server) createClassic(c *call) (*answer, error) {
	if err := c.isTenant(); err != nil {
		return nil, err
	}
	list, _ := c.body["certificateAuthorities"].([]any)
	if len(list) == 0 {
		return nil, breach("certificateAuthorities must hold at least one CA: delete the object to have none.")
	}
	var cas []any
	expired := false
	for i, item := range list {
		ca, _ := item.(map[string]any)
		der, err := base64.StdEncoding.DecodeString(Object(ca).text("certificate"))
		if err != nil {
			return nil, breach("certificateAuthorities[%d].certificate is not base64.", i)
		}
		cert, err := parseCA(der)
		if err != nil {
			return nil, breach("certificateAuthorities[%d].certificate: %v.", i, err)
		}
		expired = expired || !c.now.Before(cert.NotAfter)
		ca = maps.Clone(ca)
		ca["issuer"], ca["issuerSki"] = cert.Issuer.String(), hexKeyID(cert)
		cas = append(cas, ca)
	}
	if expired {
		return nil, conflict("A certificate authority has expired: expired ones must be taken away before others are added.")
	}
	if len(c.view.classic) > 0 && !s.options.PostReplaces {
		return nil, conflict("There is a certificateBasedAuthConfiguration already: it cannot be updated, only deleted and created anew.")
	}
	s.write(c.now)
	s.current.classic = []Object{{"id": ClassicID, "certificateAuthorities": cas}}
	return s.one(c, http.StatusCreated, s.current.classic[0])
}

func (s *Server) deleteClassic(c *call) (*answer, error) {
	if err := c.isTenant(); err != nil {
		return nil, err
	}
	if indexOf(c.view.classic, "id", c.params[1]) < 0 {
		return nil, missing(c.params[1])
	}
	s.write(c.now)
	s.current.classic = nil
	return &answer{status: http.StatusNoContent}, nil
}
