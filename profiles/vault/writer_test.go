package vault

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"
)

// enough is how many files each writer makes before it waits to be killed.
const enough = 100

// writeUntilKilled is the process that the tests kill.
func writeUntilKilled(dir string) error {
	ctx := context.Background()
	v, err := Open(ctx, dir, Options{})
	if err != nil {
		return err
	}
	w, err := v.Lock(ctx, "killed")
	if err != nil {
		return err
	}
	fmt.Println("locked")
	if os.Getenv(writerFull) != "" {
		return errors.Join(writeTooMuch(ctx, w), w.Unlock())
	}
	var writers sync.WaitGroup
	for i := range 4 {
		writers.Go(func() {
			for j := range enough {
				name := fmt.Sprintf("ios/%d-%d-%d", os.Getpid(), i, j)
				if err := errors.Join(w.Put(ctx, name, content(name), j%2 == 0), w.Append(ctx, "manifest", []byte(name+"\n"))); err != nil {
					fmt.Fprintln(os.Stderr, err)
					os.Exit(1)
				}
			}
		})
	}
	writers.Wait()
	time.Sleep(time.Minute)
	return errors.New("nobody killed it")
}

// writeTooMuch fills a disk that takes files of 4 KB.
func writeTooMuch(ctx context.Context, w Writer) error {
	if err := errors.Join(w.Put(ctx, "ios/small", []byte("small"), false), w.Append(ctx, "manifest", []byte("one\n"))); err != nil {
		return err
	}
	fmt.Println("put:", w.Put(ctx, "ios/large", content("large"), true))
	fmt.Println("append:", w.Append(ctx, "manifest", append(content("large"), '\n')))
	return nil
}
