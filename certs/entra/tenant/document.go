package tenant

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
)

// document writes a file as Graph would send it, one element at a time: an object,
// or a page {"value": [...]}. Numbers, strings and the order of properties stay as
// they came; the space between them is ours, so that two snapshots compare.
type document struct {
	w      io.Writer
	single bool
	count  int
}

func (d *document) add(raw json.RawMessage) error {
	var b bytes.Buffer
	prefix := "  "
	switch {
	case d.single:
		prefix = ""
	case d.count == 0:
		b.WriteString("{\"value\": [\n" + prefix)
	default:
		b.WriteString(",\n" + prefix)
	}
	d.count++
	if err := json.Indent(&b, bytes.TrimSpace(raw), prefix, "  "); err != nil {
		return fmt.Errorf("what Graph sent is no JSON: %w", err)
	}
	_, err := d.w.Write(b.Bytes())
	return err
}

func (d *document) close() error {
	end := "\n]}\n"
	switch {
	case d.single:
		end = "\n"
	case d.count == 0:
		end = "{\"value\": []}\n"
	}
	_, err := io.WriteString(d.w, end)
	return err
}
