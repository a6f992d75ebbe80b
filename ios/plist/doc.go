// Package plist reads property lists as a person sees them: each value with its
// line and column, each key as often as it was written, and the type that stands
// in the file. It reads what Apple calls XML and binary property lists, within
// bounds, and writes XML. What Apple's reader takes or refuses in XML is taken or
// refused here, where its source tells
// (https://github.com/apple-oss-distributions/CF, CFPropertyList.c): it is neither
// as strict as XML nor as lax as other readers.
//
// It is the only package that knows property lists.
package plist
