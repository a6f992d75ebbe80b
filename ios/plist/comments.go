package plist

import "bytes"

// withoutDashes takes -- out of comments, in place of which XML wants anything else:
// Apple's reader looks for --> alone. What is put there is as long.
func (r *xmlReader) withoutDashes(data []byte) []byte {
	var clean []byte
	for at := 0; ; {
		begin := bytes.Index(data[at:], []byte("<!"))
		if begin < 0 {
			break
		}
		at += begin
		opening, closing := "<!--", "-->"
		if bytes.HasPrefix(data[at:], []byte("<![CDATA[")) {
			opening, closing = "<![CDATA[", "]]>"
		}
		if !bytes.HasPrefix(data[at:], []byte(opening)) {
			at += len("<!")
			continue
		}
		inside := data[at+len(opening):]
		end := bytes.Index(inside, []byte(closing))
		if end < 0 {
			break
		}
		if inside = inside[:end]; opening == "<!--" && bytes.Contains(append(inside[:end:end], '-'), []byte("--")) {
			if clean == nil {
				clean = bytes.Clone(data)
				r.malformed(advance(r.next, data[:at]), "a comment holds --, which phones take and other readers do not")
			}
			from := at + len(opening)
			copy(clean[from:], bytes.ReplaceAll(inside, []byte("-"), []byte("=")))
		}
		at += len(opening) + end + len(closing)
	}
	if clean == nil {
		return data
	}
	return clean
}
