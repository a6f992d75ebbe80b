package plist

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/easkit/easkit/certs/preflight"
)

// Bounds of what is read. Real profiles stay below ten levels and some kilobytes;
// those with many certificates have a megabyte.
const (
	MaxSize  = 16 << 20 // bytes
	MaxDepth = 64       // values within values
	maxNodes = 100_000  // values of one file
)

// ErrNotList says that data is neither an XML nor a binary property list.
var ErrNotList = errors.New("it is no property list")

// SyntaxError says where a property list is not well-formed.
type SyntaxError struct {
	At     Position
	Reason string
}

// Error is one line: "line 4, column 7: …".
func (e *SyntaxError) Error() string {
	if e.At.Line == 0 {
		return e.Reason
	}
	return fmt.Sprintf("line %d, column %d: %s", e.At.Line, e.At.Column, e.Reason)
}

// Problem is something that readers pass over and strict ones refuse.
type Problem struct {
	At        Position
	Text      string // a clause that names what was found
	Repeated  bool   // it is a key that stands in its dictionary twice
	Malformed bool   // Apple's reader takes it, and other readers of XML refuse the file
}

// File is a property list that was read.
type File struct {
	Root     *Node
	Binary   bool
	BOM      bool // an XML file begins with a byte order mark
	Problems []Problem
}

// IsXML and IsBinary tell by its beginning what data looks like.
func IsXML(data []byte) bool {
	const enough = 1 << 10 // bytes, to tell a beginning by
	data, _, _ = decode(data[:min(len(data), enough)])
	data = bytes.TrimLeft(data, space)
	for _, start := range []string{"<?xml", "<plist", "<!DOCTYPE plist", "<!--"} {
		if bytes.HasPrefix(data, []byte(start)) {
			return true
		}
	}
	return false
}

// IsBinary knows the magic of a binary property list.
func IsBinary(data []byte) bool { return bytes.HasPrefix(data, []byte("bplist0")) }

// Parse reads a property list. The error wraps ErrNotList where data is none, and
// is a *SyntaxError where it is not well-formed or goes beyond the bounds.
func Parse(data []byte) (*File, error) {
	switch {
	case len(data) > MaxSize:
		return nil, fmt.Errorf("%w: it has %s bytes, more than the %s that are read", ErrNotList, preflight.Thousands(len(data)), preflight.Thousands(MaxSize))
	case IsXML(data):
		return parseXML(data)
	case IsBinary(data):
		return parseBinary(data)
	}
	return nil, ErrNotList
}
