package plist

import (
	"bytes"
	"fmt"

	"howett.net/plist"
)

// Marshal writes Go's own types as an XML property list, keys in alphabetical
// order: what [Node.Plain] gives, and int besides.
func Marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := plist.NewEncoder(&b)
	enc.Indent("\t")
	if err := enc.Encode(v); err != nil {
		return nil, fmt.Errorf("writing the property list: %w", err)
	}
	b.WriteByte('\n')
	// Apple's reader refuses an empty element for data (CFPropertyList.c), which the
	// library writes for none.
	return bytes.ReplaceAll(b.Bytes(), []byte("<data/>"), []byte("<data></data>")), nil
}
