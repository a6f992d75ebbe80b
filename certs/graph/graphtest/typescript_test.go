package graphtest

import (
	"slices"
	"testing"

	"github.com/easkit/easkit/certs/graph/schema/schematest"
)

// newer is what the metadata has and the declarations, which are older, don't.
var newer = []string{
	"X509CertificateAuthenticationMethodConfiguration.certificateAuthorityScopes", "X509CertificateAuthenticationMethodConfiguration.issuerHintsConfiguration",
	"IncludeTarget", "X509CertificateAuthorityScope", "X509CertificateIssuerHintsConfiguration", "X509CertificateIssuerHintsState",
	"ConditionalAccessPolicy.deletedDateTime", "ConditionalAccessGrantControl.riskRemediation", "AuthenticationMethodModes.qrCodePin",
}

// Microsoft publishes declarations of Graph v1.0 for TypeScript. They are made from its
// metadata as well, but by others and at another time: an independent judge of the
// tables, which can be installed.
func TestTypeScript(t *testing.T) {
	types := schematest.Read(t, "EASKIT_GRAPH_TYPES", "@microsoft/microsoft-graph-types")
	compared := 0
	var missing []string
	for _, typ := range Types() {
		name := schematest.Name(typ.Name)
		d := types[name]
		if d == nil {
			missing = append(missing, name)
			continue
		}
		for _, member := range typ.Members {
			if !slices.Contains(d.Members, member) {
				missing = append(missing, name+"."+member)
			}
		}
		declared := types.Properties(name)
		for _, p := range typ.Properties {
			compared++
			if text := declared[p.Name]; text == "" && p.Name != "id" {
				missing = append(missing, name+"."+p.Name)
			} else if text != "" {
				if err := schematest.Compare(p, text); err != nil {
					t.Errorf("%s: %v", name, err)
				}
			}
		}
	}
	slices.Sort(missing)
	want := slices.Sorted(slices.Values(newer))
	if !slices.Equal(missing, want) {
		t.Errorf("not declared: %q, want %q", missing, want)
	}
	if compared < 150 {
		t.Errorf("only %d properties were compared", compared)
	}
}
