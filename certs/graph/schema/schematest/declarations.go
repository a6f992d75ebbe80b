// Package schematest reads Microsoft's declarations of Graph for TypeScript, for tests
// that compare tables of types with them. They are made from Graph's metadata, as the
// tables are, but by others and at another time.
package schematest

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// Declared is what the declarations say of a type: its members, or of an interface what
// it extends and its own properties by name, each as it is declared.
type Declared struct {
	Base       string
	Properties map[string]string
	Members    []string
}

// Declarations are types by their names, which begin with a capital.
type Declarations map[string]*Declared

// Read reads the declarations that an environment variable names, or skips the test
// where it is not set. They are microsoft-graph.d.ts of an npm package.
func Read(t *testing.T, variable, npm string) Declarations {
	t.Helper()
	path := os.Getenv(variable)
	if path == "" {
		t.Skipf("%s is not set to microsoft-graph.d.ts of the npm package %s", variable, npm)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return parse(string(text))
}

var (
	interfaceLine = regexp.MustCompile(`^export interface (\w+)(?: extends (\w+))? \{`)
	propertyLine  = regexp.MustCompile(`^    (?:"([^"]+)"|(\w+))\?: (.*);$`)
	typeBegin     = regexp.MustCompile(`^export type (\w+) =(.*)`)
	quoted        = regexp.MustCompile(`"([^"]*)"`)
)

func parse(text string) Declarations {
	types := Declarations{}
	var in, enum *Declared
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n")
		if m := interfaceLine.FindStringSubmatch(line); m != nil {
			in = &Declared{Base: m[2], Properties: map[string]string{}}
			types[m[1]] = in
			continue
		}
		if m := typeBegin.FindStringSubmatch(line); m != nil {
			enum = &Declared{}
			types[m[1]] = enum
		}
		if enum != nil {
			for _, m := range quoted.FindAllStringSubmatch(line, -1) {
				enum.Members = append(enum.Members, m[1])
			}
			if strings.HasSuffix(line, ";") {
				enum = nil
			}
			continue
		}
		if m := propertyLine.FindStringSubmatch(line); m != nil && in != nil {
			in.Properties[m[1]+m[2]] = m[3]
		}
		if line == "}" {
			in = nil
		}
	}
	return types
}
