package schema

// Type is what a key holds.
type Type string

// The types. Unknown is one that the table does not tell: its values are not judged.
const (
	Unknown     Type = ""
	Bool        Type = "bool"
	String      Type = "string"
	Integer     Type = "integer"
	Choice      Type = "choice"      // one string of Entries
	MultiSelect Type = "multiselect" // a list of strings of Entries
	Hidden      Type = "hidden"      // a string that consoles do not show
	Bundle      Type = "bundle"      // an object with Keys
	BundleArray Type = "bundle_array"
)

// Entry is a value that a key may have.
type Entry struct {
	Name  string // for people; may be empty
	Value string
}

// Key is one entry of an app's table.
type Key struct {
	Key, Title, Description string
	Type                    Type
	Default                 any     // string, bool, int64 or []string; nil for none, or one that is not told
	Untold                  bool    // there is a default, and the table does not tell it
	Entries                 []Entry // of Choice and MultiSelect; none says that they are not known
	Keys                    []Key   // of Bundle, and of each element of BundleArray; none says that they are not known
}

// Table is what an app takes.
type Table struct {
	Form Form
	App  string // Android package; empty where the form does not tell
	Keys []Key
	// Open says that there may be keys that are not in the table, so that an unknown
	// one is nothing to be sure of.
	Open bool
}

// Find is the key of a name, or nil.
func Find(keys []Key, name string) *Key {
	for i := range keys {
		if keys[i].Key == name {
			return &keys[i]
		}
	}
	return nil
}
