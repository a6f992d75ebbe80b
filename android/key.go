package android

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/easkit/easkit/android/schema"
	"github.com/easkit/easkit/profiles"
)

// key is one entry of an app's table: what its vendor says that it holds, how it is
// taken from a configuration and put back. Building, parsing and judging walk the same
// table.
type key struct {
	schema.Key                          // without a type, the app's key is not judged
	get        func(*Config) any        // a string, bool or int; nil leaves the key out
	set        func(*Config, any) error // the error says what is odd about the value
}

// of names a key and what it holds.
func of(name string, holds schema.Type) schema.Key { return schema.Key{Key: name, Type: holds} }

// text is a string that is left out where it is empty.
func text(name string, at func(*Config) *string) key {
	return key{of(name, schema.String),
		func(c *Config) any {
			if s := *at(c); s != "" {
				return s
			}
			return nil
		},
		func(c *Config, v any) error { return expect(v, at(c)) },
	}
}

// option is a switch that is left out where nobody set it.
func option(name string, at func(*profiles.Android) **bool) key {
	return key{of(name, schema.Bool),
		func(c *Config) any {
			if on := *at(&c.Account.Android); on != nil {
				return *on
			}
			return nil
		},
		func(c *Config, v any) error {
			var on bool
			if err := expect(v, &on); err != nil {
				return err
			}
			*at(&c.Account.Android) = &on
			return nil
		},
	}
}

// fixed is a switch that every account has in the one position, its default; danger
// says what the other one means.
func fixed(name string, position bool, danger string) key {
	return key{schema.Key{Key: name, Type: schema.Bool, Default: position},
		func(*Config) any { return position },
		func(_ *Config, v any) error {
			var on bool
			if err := expect(v, &on); err != nil {
				return err
			}
			if on != position {
				return errors.New(danger)
			}
			return nil
		},
	}
}

// lock says by a key of its own that the user cannot change a switch, where the
// account's locks have the switch's word.
func lock(name, word string) key {
	return key{of(name+changeable, schema.Bool),
		func(c *Config) any {
			if slices.Contains(c.Account.Android.Lock, word) {
				return false
			}
			return nil // the default of all such keys
		},
		func(c *Config, v any) error {
			var changeable bool
			if err := expect(v, &changeable); err != nil || changeable {
				return err
			}
			c.Account.Android.Lock = append(c.Account.Android.Lock, word)
			return nil
		},
	}
}

// unwritten is a key that the app has and no account here; why goes to whoever
// reads a file with it.
func unwritten(k schema.Key, why string) key {
	return key{k, func(*Config) any { return nil }, func(*Config, any) error { return errors.New(why) }}
}

// expect stores a value of the type that to asks for, or says what it is.
func expect[T string | bool | int](v any, to *T) error {
	t, ok := v.(T)
	if !ok {
		return fmt.Errorf("it is %s, not %s", typeName(v), typeName(*to))
	}
	*to = t
	return nil
}

// typeName names the type of a JSON value, with its article.
func typeName(v any) string {
	switch v.(type) {
	case string:
		return "a string"
	case bool:
		return "a boolean"
	case int:
		return "an integer"
	case json.Number:
		return "a number that is no integer"
	case nil:
		return "null"
	case []any:
		return "a list"
	}
	return "an object"
}
