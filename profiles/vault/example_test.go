package vault_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/easkit/easkit/profiles/vault"
)

// A run takes the lock of its shard, puts its files, and then says so: when the line
// is there, the file is.
func Example() {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	ctx := context.Background()
	v, err := vault.Open(ctx, filepath.Join(dir, "out"), vault.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer v.Close()
	w, err := v.Lock(ctx, "1-of-1")
	if err != nil {
		log.Fatal(err)
	}
	err = errors.Join(
		w.Put(ctx, "ios/alice@contoso.com.mobileconfig", []byte("…"), false),
		w.Append(ctx, "manifest.jsonl", []byte(`{"user":"alice@contoso.com"}`+"\n")),
		w.Unlock())
	if err != nil {
		log.Fatal(err)
	}
	for name, err := range v.List(ctx, "ios/") {
		fmt.Println(name, err)
	}
	// Output: ios/alice@contoso.com.mobileconfig <nil>
}
