package plist

import (
	"bytes"
	"encoding/xml"
	"io"
)

// quick takes whole elements of plain text past the decoder, which reads letter by
// letter: a profile is mostly such elements, and mostly base64. Whatever is not as plain
// as that is left to the decoder, so that both read the same.
type quick struct {
	in    *bytes.Reader // that the decoder reads, a byte at a time; nil leaves all to it
	taken int64         // bytes that the decoder did not see
	ahead []ahead       // tokens of what was taken last
	held  bool          // the decoder has more to tell of what it read
}

// ahead is a token, and where it ends.
type ahead struct {
	token xml.Token
	end   int64
}

// next is the token at a place, if it is a plain one.
func (q *quick) next(data []byte, at int64) (t xml.Token, end int64, ok bool) {
	if len(q.ahead) == 0 && !q.held && q.in != nil {
		q.take(data, at)
	}
	if len(q.ahead) == 0 {
		return nil, 0, false
	}
	first := q.ahead[0]
	q.ahead = q.ahead[1:]
	return first.token, first.end, true
}

// after is told of each token of the decoder's, and what was read up to its end. Of text
// the decoder has read the tag's first letter as well, and of <true/> it has yet to tell
// the end.
func (q *quick) after(t xml.Token, read []byte) {
	switch t.(type) {
	case xml.CharData, nil:
		q.held = true
	case xml.StartElement:
		q.held = bytes.HasSuffix(read, []byte("/>"))
	default:
		q.held = false
	}
}

// take looks for blanks before a tag, or an element of plain text.
func (q *quick) take(data []byte, at int64) {
	rest := data[at:]
	if n := plain(rest, isBlank); n > 0 {
		if n < len(rest) && rest[n] == '<' {
			q.took(ahead{xml.CharData(rest[:n]), at + int64(n)}, at)
		}
		return
	}
	for _, e := range quickElements {
		if !bytes.HasPrefix(rest, e.begins) {
			continue
		}
		from := len(e.begins)
		to := from + plain(rest[from:], isPlain)
		if !bytes.HasPrefix(rest[to:], e.ends) {
			return
		}
		q.ahead = append(q.ahead[:0], ahead{e.start, at + int64(from)})
		if to > from {
			q.ahead = append(q.ahead, ahead{xml.CharData(rest[from:to]), at + int64(to)})
		}
		q.took(ahead{e.end, at + int64(to+len(e.ends))}, at)
		return
	}
}

// took puts the last token behind the others, and lets the decoder go on after it.
func (q *quick) took(last ahead, at int64) {
	q.ahead = append(q.ahead, last)
	q.taken += last.end - at
	q.in.Seek(last.end-at, io.SeekCurrent) // within what it holds, which is no error
}

// quickElement is an element that may be taken as a whole.
type quickElement struct {
	begins, ends []byte
	start        xml.Token
	end          xml.Token
}

var quickElements = []quickElement{
	elementOf("key"), elementOf("string"), elementOf("data"), elementOf("integer"), elementOf("date"), elementOf("real"),
}

func elementOf(name string) quickElement {
	n := xml.Name{Local: name}
	return quickElement{[]byte("<" + name + ">"), []byte("</" + name + ">"), xml.StartElement{Name: n}, xml.EndElement{Name: n}}
}

// plain counts the letters of a kind that text begins with.
func plain(text []byte, is func(byte) bool) int {
	n := 0
	for n < len(text) && is(text[n]) {
		n++
	}
	return n
}

// isPlain knows letters that XML has no word for. It turns carriage returns into line
// ends.
func isPlain(c byte) bool {
	return ' ' <= c && c <= '~' && c != '<' && c != '&' && c != '>' || c == '\n' || c == '\t'
}

func isBlank(c byte) bool { return c == ' ' || c == '\n' || c == '\t' }
