// Package schema is what Microsoft publishes of the types of Graph that easkit reads
// and writes: tables of their properties and enums, and a walker that holds JSON
// against them as strictly as the service would.
//
// A table is data: a property more is a line more. Tests compare the tables with
// Microsoft's own metadata and declarations.
package schema
