package main

import "testing"

// The tables of all packages make one catalogue.
func TestCatalogueIDs(t *testing.T) {
	seen := map[string]bool{}
	for _, info := range catalogue() {
		if seen[info.ID] {
			t.Errorf("%s is there twice", info.ID)
		}
		seen[info.ID] = true
	}
}
