package tenant

import (
	"crypto/x509/pkix"
	"encoding/asn1"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/easkit/easkit/certs/entra"
	"github.com/easkit/easkit/certs/graph"
)

func TestBindings(t *testing.T) {
	s := &Snapshot{}
	if s.Bindings() != nil || s.BindingsFor(fixture(t, "good.pem")) != nil {
		t.Error("bindings of a method that was not read")
	}
	s.Method = &graph.Method{}
	if diff := cmp.Diff(entra.DefaultBindings(), s.Bindings()); diff != "" {
		t.Error(diff)
	}
	s.Method.Bindings = []graph.UserBinding{
		{Field: "RFC822Name", Property: "UserPrincipalName", Priority: 3},
		{Field: "issuerAndSerialNumber", Property: "certificateUserIds", Priority: 1, Affinity: "High"},
		{Field: "Thumbprint", Property: "proxyAddresses", Priority: 2, Affinity: "low"},
	}
	want := []entra.Binding{
		{Field: entra.IssuerAndSerialNumber, Property: entra.UserIDs, Priority: 1, Affinity: entra.High},
		{Field: "Thumbprint", Property: "proxyAddresses", Priority: 2, Affinity: entra.Low},
		{Field: entra.RFC822Name, Property: entra.UserPrincipalName, Priority: 3, Affinity: entra.Low},
	}
	if diff := cmp.Diff(want, s.Bindings()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(want, s.BindingsFor(fixture(t, "good.pem"))); diff != "" {
		t.Error(diff)
	}
	s.Method.Mode.DefaultAffinity = "high"
	if diff := cmp.Diff(want[:1], s.BindingsFor(fixture(t, "good.pem"))); diff != "" {
		t.Error(diff)
	}
	s.Method.Bindings = nil
	if left := s.BindingsFor(fixture(t, "good.pem")); left == nil || len(left) != 0 {
		t.Errorf("%v: none, and not the default", left)
	}
}

// Rules for issuer and policy go first, then those for policies, then those for
// issuers; of policies that disagree, a single factor counts.
func TestRules(t *testing.T) {
	c := made(pkix.Name{CommonName: "Contoso CA"}, "1.2.3.4", "1.2.3.5")
	const multi, single = graph.MultiFactor, graph.SingleFactor
	issuer := func(mode string) graph.Rule {
		return graph.Rule{Type: "issuerSubject", Identifier: "CN=Contoso CA", Mode: mode}
	}
	policy := func(oid, mode string) graph.Rule {
		return graph.Rule{Type: "policyOID", Identifier: oid, Mode: mode}
	}
	both := func(kind, oid, mode string) graph.Rule {
		return graph.Rule{Type: kind, Identifier: "x", IssuerSubject: "CN=Contoso CA", PolicyOID: oid, Mode: mode}
	}
	for _, row := range []struct {
		name  string
		rules []graph.Rule
		multi bool
		by    string
	}{
		{"none", nil, false, "default"},
		{"issuer", []graph.Rule{issuer(multi)}, true, `issuer "CN=Contoso CA"`},
		{"another issuer", []graph.Rule{{Type: "issuerSubject", Identifier: "CN=Fabrikam CA", Mode: multi}}, false, "default"},
		{"policy before issuer", []graph.Rule{issuer(multi), policy("1.2.3.4", single)}, false, `policy "1.2.3.4"`},
		{"policies disagree", []graph.Rule{policy("1.2.3.4", multi), policy("1.2.3.5", single)}, false, "policy"},
		{"policies agree", []graph.Rule{policy("1.2.3.4", multi), policy("1.2.3.5", multi)}, true, "policy"},
		{"a policy below the rule's", []graph.Rule{policy("1.2.3", multi)}, false, "default"},
		{"both first", []graph.Rule{policy("1.2.3.4", single), both("issuerSubjectAndPolicyOID", "1.2.3.4", multi)}, true, "issuer"},
		{"both, as Graph writes it unasked", []graph.Rule{both("unknownFutureValue", "1.2.3.4", multi)}, true, "and policy"},
		{"both, one differs", []graph.Rule{both("issuerSubjectAndPolicyOID", "9.9", multi)}, false, "default"},
		{"empty", []graph.Rule{{Mode: multi}, {Type: "unknownFutureValue", Mode: multi}}, false, "default"},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := &Snapshot{Method: &graph.Method{Mode: graph.ModeConfig{DefaultMode: single, Rules: row.rules}}}
			if got := s.rulesFor(c); got.multi != row.multi || !strings.Contains(got.by, row.by) || got.unsure != "" {
				t.Errorf("%+v", got)
			}
		})
	}
}

// A certificate that Go refuses may have policies that rules are for.
func TestRulesOfUnreadable(t *testing.T) {
	s := &Snapshot{Method: &graph.Method{Mode: graph.ModeConfig{Rules: []graph.Rule{{Type: "policyOID", Identifier: "1.2", Mode: graph.MultiFactor}}}}}
	if got := s.rulesFor(fixture(t, "san-broken.pem")); got.unsure == "" {
		t.Errorf("%+v", got)
	}
}

func TestSameName(t *testing.T) {
	dc := asn1.ObjectIdentifier{0, 9, 2342, 19200300, 100, 1, 25}
	der := must(asn1.Marshal(pkix.RDNSequence{
		{{Type: dc, Value: "org"}}, {{Type: dc, Value: "Contoso"}}, {{Type: asn1.ObjectIdentifier{2, 5, 4, 10}, Value: "Contoso, Ltd"}}, {{Type: asn1.ObjectIdentifier{2, 5, 4, 3}, Value: "Contoso CA"}},
	}))
	for text, want := range map[string]bool{
		`CN=Contoso CA,O="Contoso, Ltd",DC=Contoso,DC=org `:  true,
		`cn=contoso ca, o=Contoso\, Ltd, dc=contoso, dc=ORG`: true,
		`DC=org,DC=Contoso,O="Contoso, Ltd",CN=Contoso CA`:   true,
		`CN=Contoso CA,O="Contoso, Ltd",DC=org,DC=Contoso`:   false,
		`CN=Contoso CA`: false,
		``:              false,
		`,=\`:           false,
	} {
		if got := sameName(text, der); got != want {
			t.Errorf("%s: %v", text, got)
		}
	}
}
