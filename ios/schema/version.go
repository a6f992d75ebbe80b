package schema

import "fmt"

// Version is a version of iOS. The zero Version means none.
type Version struct{ Major, Minor int }

// String is "12.2"; empty for none.
func (v Version) String() string {
	if v.IsZero() {
		return ""
	}
	return fmt.Sprintf("%d.%d", v.Major, v.Minor)
}

// IsZero reports whether there is no version.
func (v Version) IsZero() bool { return v == Version{} }

// After reports whether v comes after w.
func (v Version) After(w Version) bool {
	return v.Major > w.Major || v.Major == w.Major && v.Minor > w.Minor
}
