package entra

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// eachJSON calls each with every object of JSON as Microsoft Graph and
// PowerShell write it: an array, a page {"value": [...]}, one object, or any of
// those one after the other. Nothing but the object at hand is kept.
func eachJSON[T any](r io.Reader, each func(T) error) error {
	w := &jsonWalk[T]{d: json.NewDecoder(r), each: each}
	for {
		err := w.value()
		switch {
		case err == io.EOF && w.more:
			return errors.New(`the last page has an "@odata.nextLink": more pages follow: put all of them into the file, one after the other`)
		case err == io.EOF && w.count == 0:
			return errors.New("it is empty: there is nothing in it")
		case err == io.EOF:
			return nil
		case err != nil:
			return w.position(err)
		}
	}
}

type jsonWalk[T any] struct {
	d     *json.Decoder
	each  func(T) error
	count int  // of objects
	more  bool // the page just read says that another follows
}

// position says where an error is. A decoder's own offsets count from the value
// that it was decoding.
func (w *jsonWalk[T]) position(err error) error {
	var kind *json.UnmarshalTypeError
	switch {
	case err == io.ErrUnexpectedEOF:
		err = errors.New("the JSON ends in the middle: cut short?")
	case errors.As(err, &kind) && kind.Field != "":
		err = fmt.Errorf("%s is a %s and not what is expected there (in PowerShell, ConvertTo-Json needs -Depth 5)", printable(kind.Field), kind.Value)
	}
	return fmt.Errorf("object %d, which ends before byte %d: %w", w.count, w.d.InputOffset(), err)
}

// value reads one value at the top: the error is io.EOF where there is none.
func (w *jsonWalk[T]) value() error {
	token, err := w.d.Token()
	if err != nil {
		return err
	}
	w.more = false
	switch token {
	case json.Delim('['):
		return noEOF(w.array())
	case json.Delim('{'):
		return noEOF(w.object())
	}
	return errors.New("an object or an array of objects is expected")
}

// noEOF keeps an end inside a value from passing for the end of the file.
func noEOF(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

// array reads the rest of an array of objects.
func (w *jsonWalk[T]) array() error {
	for w.d.More() {
		w.count++
		var v T
		if err := w.d.Decode(&v); err != nil {
			return err
		}
		if err := w.each(v); err != nil {
			return err
		}
	}
	_, err := w.d.Token()
	return err
}

// object reads the rest of an object, which is a page where it has a value that
// is an array, and else what is looked for.
func (w *jsonWalk[T]) object() error {
	own := bytes.NewBufferString("{")
	isPage := false
	for w.d.More() {
		token, err := w.d.Token()
		if err != nil {
			return err
		}
		key, _ := token.(string) // More and the decoder's grammar leave nothing else
		if strings.EqualFold(key, "value") {
			isPage = true
			if err := w.page(); err != nil {
				return err
			}
			continue
		}
		var value json.RawMessage
		if err := w.d.Decode(&value); err != nil {
			return err
		}
		w.more = w.more || key == "@odata.nextLink" && !bytes.Equal(value, []byte("null"))
		if own.Len() > 1 {
			own.WriteByte(',')
		}
		quoted, err := json.Marshal(key)
		if err != nil {
			return err
		}
		own.Write(quoted)
		own.WriteByte(':')
		own.Write(value)
	}
	if _, err := w.d.Token(); err != nil || isPage {
		return err
	}
	own.WriteByte('}')
	w.count++
	var v T
	if err := json.Unmarshal(own.Bytes(), &v); err != nil {
		return err
	}
	return w.each(v)
}

func (w *jsonWalk[T]) page() error {
	token, err := w.d.Token()
	if err != nil {
		return err
	}
	if token != json.Delim('[') {
		return errors.New(`"value" is no array`)
	}
	return w.array()
}

// isJSON reports whether the text is JSON, and not a table or a list, by its
// first character.
func isJSON(b *bufio.Reader) bool {
	start, _ := b.Peek(b.Size())
	start = bytes.TrimLeft(start, " \t\r\n")
	return len(start) > 0 && (start[0] == '[' || start[0] == '{')
}
