package graphtest

import (
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"slices"
	"time"
)

// The limits of the PKI store
// (https://learn.microsoft.com/entra/identity/authentication/how-to-certificate-based-authentication).
const (
	maxCAs    = 250
	maxCASize = 8 << 10 // bytes of one object; counted here over its JSON
)

func (s *Server) listCAs(c *call) (*answer, error) {
	if indexOf(c.view.pkis, "id", c.params[0]) < 0 {
		return nil, missing(c.params[0])
	}
	return s.list(c, c.view.cas[c.params[0]])
}

func (s *Server) getCA(c *call) (*answer, error) {
	return s.found(c, c.view.cas[c.params[0]], c.params[1])
}

// createCA adds one CA. What the body leaves out and the certificate says is taken
// from the certificate.
func (s *Server) createCA(c *call) (*answer, error) {
	cert, err := agrees(c.body)
	if err != nil {
		return nil, err
	}
	if _, err := s.managed(c); err != nil {
		return nil, err
	}
	pki := c.params[0]
	ca := describeCA(cert, c.now).merged(c.body).with("id", s.newID(caType))
	if err := fits(ca); err != nil {
		return nil, err
	}
	if err := s.current.mayAdd(pki, []Object{ca}, c.now); err != nil {
		return nil, err
	}
	s.write(c.now)
	s.setCAs(pki, append(slices.Clone(s.current.cas[pki]), ca))
	return s.one(c, http.StatusCreated, ca)
}

// agrees reads the certificate of an object of the PKI store, and holds what the object
// says against it. That expirationDateTime is the certificate's is not said anywhere,
// but no other time makes sense.
func agrees(o Object) (*x509.Certificate, error) {
	der, err := base64.StdEncoding.DecodeString(o.text("certificate"))
	if err != nil {
		return nil, breach("certificate is not base64.")
	}
	cert, err := parseCA(der)
	if err != nil {
		return nil, breach("certificate: %v.", err)
	}
	if want := thumbprintOf(cert); o.text("thumbprint") != want {
		return nil, breach("thumbprint %q is not that of the certificate, %q.", o.text("thumbprint"), want)
	}
	expires, err := time.Parse(time.RFC3339, o.text("expirationDateTime"))
	if err != nil || !expires.Equal(cert.NotAfter) {
		return nil, breach("expirationDateTime %q is not that of the certificate, %q.", o.text("expirationDateTime"), stamp(cert.NotAfter))
	}
	return cert, nil
}

// fits refuses an object that is too large.
func fits(ca Object) error {
	b, err := json.Marshal(ca)
	if err != nil || len(b) > maxCASize {
		return breach("The certificate authority has %d bytes: there can be %d.", len(b), maxCASize)
	}
	return nil
}

// mayHold says whether a PKI has place for CAs: not for more than the limit, and not for
// one twice. A certificate that another PKI has already is let in, because Microsoft
// does not say that it is refused.
func (st *state) mayHold(pki string, added []Object) error {
	count := len(added)
	for _, cas := range st.cas {
		count += len(cas)
	}
	if count > maxCAs {
		return conflict("There would be %d certificate authorities: there can be %d.", count, maxCAs)
	}
	all := slices.Clone(st.cas[pki])
	for _, ca := range added {
		if indexOf(all, "thumbprint", ca.text("thumbprint")) >= 0 {
			return conflict("Duplicate Certificate exists")
		}
		all = append(all, ca)
	}
	return nil
}

// mayAdd says whether CAs can be added to a PKI: mayHold, and none that is there or comes
// has expired
// (https://learn.microsoft.com/entra/identity/authentication/how-to-configure-certificate-authorities).
func (st *state) mayAdd(pki string, added []Object, now time.Time) error {
	if err := st.mayHold(pki, added); err != nil {
		return err
	}
	for _, ca := range slices.Concat(st.cas[pki], added) {
		if expires, err := time.Parse(time.RFC3339, ca.text("expirationDateTime")); err == nil && !now.Before(expires) {
			return conflict("Certificate authority %q has expired: expired ones must be taken away before others are added.", ca.text("displayName"))
		}
	}
	return nil
}

// changeable finds the CA that a path names.
func (s *Server) changeable(c *call) (int, error) {
	if _, err := s.managed(c); err != nil {
		return 0, err
	}
	i := indexOf(s.current.cas[c.params[0]], "id", c.params[1])
	if i < 0 {
		return 0, missing(c.params[1])
	}
	return i, nil
}

func (s *Server) updateCA(c *call) (*answer, error) {
	i, err := s.changeable(c)
	if err != nil {
		return nil, err
	}
	cas := slices.Clone(s.current.cas[c.params[0]])
	cas[i] = cas[i].merged(c.body)
	if _, err := agrees(cas[i]); err != nil {
		return nil, err
	}
	if err := fits(cas[i]); err != nil {
		return nil, err
	}
	s.write(c.now)
	s.setCAs(c.params[0], cas)
	return s.one(c, http.StatusOK, cas[i])
}

func (s *Server) deleteCA(c *call) (*answer, error) {
	i, err := s.changeable(c)
	if err != nil {
		return nil, err
	}
	pki := c.params[0]
	s.write(c.now)
	s.bury(c.now, deletedItem{object: s.current.cas[pki][i], pki: pki})
	s.setCAs(pki, slices.Delete(slices.Clone(s.current.cas[pki]), i, i+1))
	return &answer{status: http.StatusNoContent}, nil
}
