// Package plist reads property lists as a person sees them: each value with its
// line and column, each key as often as it was written, and the type that stands
// in the file. It reads what Apple calls XML and binary property lists, within
// bounds, and writes XML.
//
// It is the only package that knows property lists.
package plist
