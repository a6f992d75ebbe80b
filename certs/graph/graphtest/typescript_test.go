package graphtest

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/easkit/easkit/certs/graph/schema"
)

// declared is what Microsoft's TypeScript declarations say of a type: its members, or
// of an interface its own properties by name, each as it is declared.
type declared struct {
	base       string
	properties map[string]string
	members    []string
}

var (
	interfaceLine = regexp.MustCompile(`^export interface (\w+)(?: extends (\w+))? \{`)
	propertyLine  = regexp.MustCompile(`^    (?:"([^"]+)"|(\w+))\?: (.*);$`)
	typeBegin     = regexp.MustCompile(`^export type (\w+) =(.*)`)
	quoted        = regexp.MustCompile(`"([^"]*)"`)
)

func parseDeclarations(text string) map[string]*declared {
	types := map[string]*declared{}
	var in, enum *declared
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n")
		if m := interfaceLine.FindStringSubmatch(line); m != nil {
			in = &declared{base: m[2], properties: map[string]string{}}
			types[m[1]] = in
			continue
		}
		if m := typeBegin.FindStringSubmatch(line); m != nil {
			enum = &declared{}
			types[m[1]] = enum
		}
		if enum != nil {
			for _, m := range quoted.FindAllStringSubmatch(line, -1) {
				enum.members = append(enum.members, m[1])
			}
			if strings.HasSuffix(line, ";") {
				enum = nil
			}
			continue
		}
		if m := propertyLine.FindStringSubmatch(line); m != nil && in != nil {
			in.properties[m[1]+m[2]] = m[3]
		}
		if line == "}" {
			in = nil
		}
	}
	return types
}

// find looks for a property in a type and those that it extends.
func find(types map[string]*declared, name, property string) string {
	for t := types[name]; t != nil; t = types[t.base] {
		if text := t.properties[property]; text != "" {
			return text
		}
	}
	return ""
}

// scalars are the primitive types of the CSDL in TypeScript.
var scalars = map[string]string{
	"Edm.String": "string", "Edm.Guid": "string", "Edm.Binary": "string", "Edm.DateTimeOffset": "string", "Edm.Boolean": "boolean", "Edm.Int32": "number", "Edm.Int64": "number",
}

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
	path := os.Getenv("EASKIT_GRAPH_TYPES")
	if path == "" {
		t.Skip("EASKIT_GRAPH_TYPES is not set to microsoft-graph.d.ts of the npm package @microsoft/microsoft-graph-types")
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	types := parseDeclarations(string(text))
	compared := 0
	var missing []string
	for _, typ := range Types() {
		name := strings.ToUpper(typ.Name[:1]) + typ.Name[1:]
		d := types[name]
		if d == nil {
			missing = append(missing, name)
			continue
		}
		for _, member := range typ.Members {
			if !slices.Contains(d.members, member) {
				missing = append(missing, name+"."+member)
			}
		}
		for _, p := range typ.Properties {
			compared++
			if got := find(types, name, p.Name); got != "" {
				matches(t, p, name, got)
			} else if p.Name != "id" {
				missing = append(missing, name+"."+p.Name)
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

// matches compares a property with its declaration: NullableOption<Type[]>.
func matches(t *testing.T, p schema.Property, typ, text string) {
	t.Helper()
	want := scalars[p.EDM]
	if want == "" {
		want = strings.ToUpper(p.EDM[:1]) + p.EDM[1:]
	}
	if p.Collection {
		want += "[]"
	}
	bare := strings.TrimSuffix(strings.TrimPrefix(text, "NullableOption<"), ">")
	if bare != want {
		t.Errorf("%s.%s is %s, not %s", typ, p.Name, bare, want)
	}
	if nullable := bare != text; !p.Collection && !p.Navigation && nullable != p.Nullable {
		t.Errorf("%s.%s: nullable is %v", typ, p.Name, nullable)
	}
}
