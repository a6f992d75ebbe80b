package graphtest

import (
	"slices"

	"github.com/easkit/easkit/certs/graph/schema"
)

// CSDLFile and CSDLCommit say which description of Graph the tables were taken from:
// a file of https://github.com/microsoftgraph/msgraph-metadata, as of 2026-08-20.
const (
	CSDLFile   = "clean_v10_metadata/cleanMetadata.xml"
	CSDLCommit = "f54f11b60956ea7b185ca0447b2b80805836ec7b"
)

// catalogue finds everything that is served, of both versions: no two types have the
// same name.
func catalogue() schema.Catalogue {
	types := schema.NewCatalogue(slices.Concat(Types(), schema.Intune(), certificateStateTypes()))
	for _, action := range append(assignParameters(), uploadParameters()) {
		types[action.Name] = action
	}
	for _, k := range collections() {
		types[k.assignment] = sendable(types[k.assignment])
	}
	return types
}

// Types gives the tables of what is served of v1.0, anew with each call.
func Types() []schema.Type {
	return slices.Concat(directoryTypes(), userTypes(), appTypes(), trustTypes(), methodTypes(), accessTypes(), grantTypes(), policyTypes())
}
