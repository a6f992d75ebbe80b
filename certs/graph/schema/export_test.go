package schema

// Primitive reports whether the walker knows an EDM type without a table.
func Primitive(edm string) bool { return primitives[edm] != nil }
