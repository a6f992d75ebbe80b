// Package table reads the tables and texts that admin centers, PowerShell and
// spreadsheets export: [OpenText] makes UTF-8 of what they write, and a [Table]
// finds the columns of CSV by name.
//
// A bad row is an error of that row, and the rows after it can still be read:
// see [RowError].
package table
