// Package tree reads JSON and keeps what encoding/json throws away: where each value
// stands in the file, the order of keys, and keys that are written twice.
package tree
