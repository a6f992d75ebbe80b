package graphtest

import "fmt"

// ClassicCAs gives what the classic store holds now, whatever readers see.
func (s *Server) ClassicCAs() ([]CertificateAuthority, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.current.classic) == 0 {
		return nil, nil
	}
	var held struct {
		CAs []CertificateAuthority `json:"certificateAuthorities"`
	}
	if err := fromObject(s.current.classic[0], &held); err != nil {
		return nil, fmt.Errorf("reading the classic store: %w", err)
	}
	return held.CAs, nil
}

// PKIs gives what the PKI store holds now, whatever readers see. An upload that runs is
// not waited for.
func (s *Server) PKIs() ([]PKI, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settle(s.options.Now())
	var all []PKI
	for _, o := range s.current.pkis {
		var p PKI
		if err := fromObject(o, &p); err != nil {
			return nil, fmt.Errorf("reading the PKI %q: %w", o.text("displayName"), err)
		}
		for _, ca := range s.current.cas[p.ID] {
			var d CertificateAuthorityDetail
			if err := fromObject(ca, &d); err != nil {
				return nil, fmt.Errorf("reading a CA of the PKI %q: %w", p.DisplayName, err)
			}
			p.CertificateAuthorities = append(p.CertificateAuthorities, d)
		}
		all = append(all, p)
	}
	return all, nil
}

// Users gives the users as they are now, whatever readers see.
func (s *Server) Users() ([]User, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settle(s.options.Now())
	var all []User
	for _, o := range s.current.users {
		var u User
		if err := fromObject(o, &u); err != nil {
			return nil, fmt.Errorf("reading the user %q: %w", o.text("userPrincipalName"), err)
		}
		all = append(all, u)
	}
	return all, nil
}

// OrganizationID gives the id of the tenant, which the paths of the classic store need.
func (s *Server) OrganizationID() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.current.organization.text("id")
}
