package preflight

import "strings"

// maxNear bounds what is compared, in bytes: no key or option is longer.
const maxNear = 64

// Nearest returns the word of words that somebody may have meant who wrote
// another, or "" where none is near: one edit away, and one more for every five
// letters. Upper and lower case, spaces, hyphens and underscores do not count.
// Of several equally near it takes the first.
func Nearest(word string, words []string) string {
	if len(word) > maxNear {
		return ""
	}
	wrote := bare(word)
	nearest, most := "", len(wrote)/5+1
	for _, w := range words {
		known := bare(w)
		if len(known) > maxNear || max(len(known)-len(wrote), len(wrote)-len(known)) > most {
			continue
		}
		if d := edits(wrote, known); d <= most {
			nearest, most = w, d-1
		}
	}
	return nearest
}

// bare leaves out what Nearest does not count.
func bare(s string) string { return strings.ToLower(unspaced.Replace(s)) }

var unspaced = strings.NewReplacer(" ", "", "-", "", "_", "")

// edits is Levenshtein's distance: how many letters to insert, delete or replace.
// Neither word is longer than maxNear.
func edits(a, b string) int {
	var room [maxNear + 1]int
	row := room[:len(b)+1]
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(diagonal+cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
