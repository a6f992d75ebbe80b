package tenant

import (
	"strings"
	"testing"

	"github.com/easkit/easkit/certs/entra"
)

func TestOpenMethod(t *testing.T) {
	s, err := OpenMethod(strings.NewReader(`{"id":"X509Certificate","state":"enabled","certificateUserBindings":[{"x509CertificateField":"RFC822Name","userProperty":"userPrincipalName","priority":1}]}`))
	if err != nil {
		t.Fatal(err)
	}
	if b := s.Bindings(); len(b) != 1 || b[0].Field != entra.RFC822Name || s.Has(PKIFile) || s.Has(UsersFile) || !s.Has(MethodFile) {
		t.Errorf("%v, %v", b, s.Missing)
	}
	for _, text := range []string{"", "{}", "[]", "{", `{"value":[]}`, `"state"`, "PrimarySmtpAddress,ActiveSyncEnabled"} {
		if _, err := OpenMethod(strings.NewReader(text)); err == nil {
			t.Errorf("%q is taken for a policy", text)
		}
	}
}
