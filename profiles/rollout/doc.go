// Package rollout makes the profiles of many users from one table, accounts for every
// one of them, and goes on where it was killed.
//
// The data goes one way: [ReadTable] gives rows, [Identities] finds the files that may be
// a row's, package provision makes its profiles, a vault takes them, and the manifest
// says for each user what was made of what, or why not. Whatever matched a file to a row,
// its certificate has to name the row's user.
package rollout
