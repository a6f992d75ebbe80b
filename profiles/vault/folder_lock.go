package vault

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"time"
)

// A lock is tried for a moment, since another process that removes what killed ones
// left behind holds their locks for as long as that takes.
const (
	lockTries = 10
	lockWait  = 20 * time.Millisecond
)

// maxHolder is how much of a lock's text is read, in bytes.
const maxHolder = 256

// errHeld says that another process holds a lock.
var errHeld = errors.New("another process holds the lock")

// holder is what a process says of itself in its lock.
func holder(now time.Time) string {
	host, err := os.Hostname()
	if err != nil {
		host = "an unknown host"
	}
	return fmt.Sprintf("process %d on %s, since %s,", os.Getpid(), host, now.UTC().Format(time.RFC3339))
}

func (f *folder) Lock(ctx context.Context, shard string) (Writer, error) {
	if err := errors.Join(ctx.Err(), checkShard(shard)); err != nil {
		return nil, err
	}
	lock, err := f.acquire(ctx, shard)
	if err != nil {
		return nil, err
	}
	if err := f.sweep(ctx, shard); err != nil {
		return nil, errors.Join(fmt.Errorf("removing what a killed run left in %q: %w", f.dir, err), lock.release())
	}
	return &folderWriter{folder: f, shard: shard, lock: lock, dirs: map[string]struct{}{}, files: map[string]*os.File{}}, nil
}

func (f *folder) acquire(ctx context.Context, shard string) (*lockFile, error) {
	for try := 1; ; try++ {
		lock, err := f.tryLock(lockPrefix+shard, holder(f.options.Now()))
		switch {
		case err == nil:
			return lock, nil
		case !errors.Is(err, errHeld):
			return nil, f.in("locking", lockPrefix+shard, err)
		case try == lockTries:
			return nil, fmt.Errorf("%q: %w", f.dir, &LockedError{Shard: shard, Holder: f.holder(lockPrefix + shard)})
		}
		select {
		case <-time.After(lockWait):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// sweep removes the temporary files of the shard whose lock is held, and, of shards
// that nobody holds, their locks, too: a run that was killed may never be started
// again with the same shards.
func (f *folder) sweep(ctx context.Context, own string) error {
	left := map[string][]string{}
	err := f.walk(ctx, ".", func(name string, dir bool) error {
		if shard, ours := ownerOf(path.Base(name)); ours && !dir && name != lockPrefix+own {
			left[shard] = append(left[shard], name)
		}
		return nil
	})
	if err != nil {
		return err
	}
	for shard, names := range left {
		if err := f.sweepShard(shard, own, names); err != nil {
			return err
		}
	}
	return nil
}

func (f *folder) sweepShard(shard, own string, names []string) (err error) {
	if shard != own {
		lock, lockErr := f.tryLock(lockPrefix+shard, holder(f.options.Now()))
		if errors.Is(lockErr, errHeld) {
			return nil // it lives
		}
		if lockErr != nil {
			return lockErr
		}
		defer func() { err = errors.Join(err, lock.release()) }()
		names = slices.DeleteFunc(names, func(n string) bool { return n == lockPrefix+shard })
	}
	for _, name := range names {
		if err := f.root.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}
