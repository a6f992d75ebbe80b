package plist

import (
	"encoding/xml"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// open is an element that has begun and has not ended.
type open struct {
	name string
	at   Position
}

// wording is what encoding/xml says of a file, and what a person is told instead.
type wording struct {
	said  string // the beginning of its message
	plain string // where it has a %s, that stands for the rest of the message
	tag   bool   // the place is where the tag begins, not where reading stopped
}

const fiveEntities = "a property list knows &amp; &lt; &gt; &quot; &apos; and numbers such as &#65; alone"

var wordings = []wording{
	{said: "illegal character code ", plain: "there is the character %s, which XML cannot hold"},
	{said: "expected element name after </", plain: "no name follows after </", tag: true},
	{said: "expected element name after <", plain: "a < that begins no tag has to be written &lt;", tag: true},
	{said: "unexpected end element ", plain: "%s closes nothing that is open", tag: true},
	{said: "expected /> in element", plain: "a / stands in the tag where /> is meant", tag: true},
	{said: "expected attribute name in element", plain: "the tag is not closed by a >", tag: true},
	{said: "attribute name without = in element", plain: "the tag is not closed by a >, or holds an attribute without a value", tag: true},
	{said: "unquoted or missing attribute value in element", plain: "an attribute's value stands without quotes", tag: true},
	{said: "unescaped < inside quoted string", plain: "an attribute's value is not closed by a quote", tag: true},
	{said: "unescaped ]]> not in CDATA section", plain: "]]> stands outside of a CDATA section"},
	{said: `invalid sequence "--" not allowed in comments`, plain: "a comment holds --, which only its end may have"},
	{said: "invalid sequence <!- not part of <!--", plain: "a comment has to begin with <!--", tag: true},
	{said: "invalid <![ sequence", plain: "<![ begins nothing but <![CDATA[", tag: true},
	{said: "expected target name after <?", plain: "no name follows after <?", tag: true},
}

// syntax makes an error that says in plain words what the decoder found, and where.
func (r *xmlReader) syntax(err error) error {
	found := new(xml.SyntaxError)
	if !errors.As(err, &found) {
		return &SyntaxError{r.at, strings.TrimPrefix(err.Error(), "xml: ")}
	}
	if strings.HasPrefix(found.Msg, "unexpected EOF") {
		return r.ends()
	}
	if _, by, ok := strings.Cut(found.Msg, "> closed by "); ok && len(r.opened) > 0 {
		last := r.opened[len(r.opened)-1]
		return r.fail("%s stands where the <%s> of line %d has to be closed first", by, last.name, last.at.Line)
	}
	if found.Msg == "invalid UTF-8" {
		return &SyntaxError{r.notUTF8(), "a letter here is not in UTF-8: the file is damaged, or written in another encoding"}
	}
	if rest, ok := strings.CutPrefix(found.Msg, "invalid characters between </"); ok {
		name, _, _ := strings.Cut(rest, " and >")
		return r.fail("the tag </%s> is not closed by a >", name)
	}
	if entity, ok := strings.CutPrefix(found.Msg, "invalid character entity "); ok {
		return &SyntaxError{r.next, undefined(entity)}
	}
	for _, w := range wordings {
		if rest, ok := strings.CutPrefix(found.Msg, w.said); ok {
			at := r.next
			if w.tag {
				at = r.at
			}
			return &SyntaxError{at, strings.Replace(w.plain, "%s", rest, 1)}
		}
	}
	return &SyntaxError{r.next, found.Msg}
}

// notUTF8 is the place of the first letter of the token that is not in UTF-8: the
// decoder reads on to the end of a word before it looks.
func (r *xmlReader) notUTF8() Position {
	rest := r.data[r.began:]
	for i := 0; i < len(rest); {
		c, size := utf8.DecodeRune(rest[i:])
		if c == utf8.RuneError && size == 1 {
			return advance(r.at, rest[:i])
		}
		i += size
	}
	return r.next
}

// undefined words an ampersand that begins no entity.
func undefined(entity string) string {
	if strings.HasSuffix(entity, ";") {
		return fmt.Sprintf("%s is not defined: %s", entity, fiveEntities)
	}
	return "an & that begins no entity has to be written &amp;"
}

// ends says what a file that is cut short leaves open.
func (r *xmlReader) ends() error {
	if len(r.opened) == 0 {
		return &SyntaxError{r.next, "the file ends here (EOF), within a tag or a comment"}
	}
	last := r.opened[len(r.opened)-1]
	return &SyntaxError{r.next, fmt.Sprintf("the file ends here (EOF), and the <%s> of line %d is still open", last.name, last.at.Line)}
}

// follow keeps what is open.
func (r *xmlReader) follow(t xml.Token) {
	switch t := t.(type) {
	case xml.StartElement:
		r.opened = append(r.opened, open{t.Name.Local, r.at})
	case xml.EndElement:
		if len(r.opened) > 0 {
			r.opened = r.opened[:len(r.opened)-1]
		}
	}
}
