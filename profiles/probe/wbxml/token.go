package wbxml

// The global tokens that MS-ASWBXML 2.1.2.1 uses. It has no use for the others.
const (
	switchPage = 0x00 // and the number of the page
	end        = 0x01 // of the element's content
	strI       = 0x03 // text, ended by a NUL
	opaque     = 0xC3 // a length and that many bytes
)

// firstTag is the lowest number of a tag; the lower ones are global tokens in every page.
const firstTag = 0x05

// The bits of a tag's byte beside its number.
const (
	tagMask       = 0x3F
	hasContent    = 0x40
	hasAttributes = 0x80
)

// What a document starts with (MS-ASWBXML 2.2.1): WBXML 1.3, a public identifier that
// says nothing, UTF-8 by its number at IANA, and the length of a string table.
const (
	version  = 0x03
	publicID = 0x01
	utf8     = 0x6A
	noTable  = 0x00
)
