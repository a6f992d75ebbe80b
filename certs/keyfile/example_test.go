package keyfile_test

import (
	"errors"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/easkit/easkit/certs/keyfile"
)

// Two files are written together, and neither over one that is there.
func ExampleBatch() {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	profile, password := filepath.Join(dir, "alice.mobileconfig"), filepath.Join(dir, "alice.password")

	for range 2 {
		var b keyfile.Batch
		if err := errors.Join(b.Add(profile, []byte("…")), b.Add(password, []byte("…"))); err != nil {
			log.Fatal(err)
		}
		fmt.Println(errors.Is(b.Commit(false), keyfile.ErrExists))
	}
	// Output:
	// false
	// true
}
