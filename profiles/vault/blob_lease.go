package vault

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/bloberror"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blockblob"
	azlease "github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/lease"

	azure "github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blob"
)

// leaseSeconds is how long a lock lasts when its holder was killed: the longest that
// is not for ever. It is renewed so often that two renewals may fail.
// Source: https://learn.microsoft.com/rest/api/storageservices/lease-blob
const (
	leaseSeconds = 60
	leaseRenewal = 20 * time.Second
	// leaseSafe is after how long without a renewal nothing is written any more: what
	// is on its way by then arrives before the lease ends.
	leaseSafe = 45 * time.Second
)

// releaseTime is how long a lease is tried to be released, which has no other bound: a
// run that was interrupted releases, too.
const releaseTime = 30 * time.Second

// lease is a file with a lease, as a lock.
type lease struct {
	blob   *blob
	client *azlease.BlobClient
	file   *blockblob.Client

	renewed atomic.Int64 // when, by the monotonic clock since started
	started time.Time
	gone    atomic.Bool
	stop    context.CancelFunc
	stopped sync.WaitGroup
}

func (b *blob) Lock(ctx context.Context, shard string) (Writer, error) {
	if err := errors.Join(ctx.Err(), checkShard(shard)); err != nil {
		return nil, err
	}
	l, err := b.acquire(ctx, shard)
	if err != nil {
		return nil, err
	}
	if err := b.sweep(ctx, shard); err != nil {
		return nil, errors.Join(err, l.release())
	}
	return &blobWriter{blob: b, lease: l, sizes: map[string]int64{}}, nil
}

// acquire makes the file of a lock where there is none, and takes its lease. Another
// process that cleans up may remove the file in between.
func (b *blob) acquire(ctx context.Context, shard string) (*lease, error) {
	l := &lease{blob: b, file: b.client.NewBlockBlobClient(lockPrefix + shard)}
	var err error
	if l.client, err = azlease.NewBlobClient(l.file, nil); err != nil {
		return nil, b.problem("", err)
	}
	for range lockTries {
		l.started = time.Now()
		_, err = l.client.AcquireLease(ctx, leaseSeconds, nil)
		if bloberror.HasCode(err, bloberror.BlobNotFound) {
			_, err = l.file.Upload(ctx, body(nil), &blockblob.UploadOptions{AccessConditions: onlyNew()})
			if err == nil || bloberror.HasCode(err, bloberror.BlobAlreadyExists, bloberror.ConditionNotMet, bloberror.LeaseIDMissing) {
				continue
			}
		}
		if bloberror.HasCode(err, bloberror.LeaseAlreadyPresent) {
			return nil, fmt.Errorf("%s: %w", b.url, &LockedError{Shard: shard, Holder: b.holder(ctx, l.file), Lease: true})
		}
		if err != nil {
			return nil, b.problem(lockPrefix+shard, err)
		}
		return l, l.begin(ctx)
	}
	return nil, b.problem(lockPrefix+shard, cmp.Or(err, errHeld))
}

func (b *blob) holder(ctx context.Context, file *blockblob.Client) string {
	answer, err := file.DownloadStream(ctx, nil)
	if err != nil {
		return ""
	}
	defer answer.Body.Close()
	text, _ := io.ReadAll(io.LimitReader(answer.Body, maxHolder)) // better than nothing
	return string(text)
}

func (l *lease) held() *azure.AccessConditions {
	return &azure.AccessConditions{LeaseAccessConditions: &azure.LeaseAccessConditions{LeaseID: l.client.LeaseID()}}
}

// begin says whose the lease is, and keeps it.
func (l *lease) begin(ctx context.Context) error {
	keep, stop := context.WithCancel(context.Background())
	l.stop = stop
	text := []byte(holder(l.blob.options.Now()))
	if _, err := l.file.Upload(ctx, body(text), &blockblob.UploadOptions{AccessConditions: l.held()}); err != nil {
		return errors.Join(l.blob.problem("", err), l.release())
	}
	l.stopped.Go(func() { l.keep(keep) })
	return nil
}

// keep renews the lease until it is released, or another has it.
func (l *lease) keep(ctx context.Context) {
	tick := time.NewTicker(cmp.Or(l.blob.options.renewEvery, leaseRenewal))
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		asked := time.Since(l.started)
		one, cancel := context.WithTimeout(ctx, leaseRenewal)
		_, err := l.client.RenewLease(one, nil)
		cancel()
		switch {
		case err == nil:
			l.renewed.Store(int64(asked))
		case bloberror.HasCode(err, bloberror.BlobNotFound, bloberror.LeaseIDMismatchWithLeaseOperation, bloberror.LeaseNotPresentWithLeaseOperation):
			l.gone.Store(true)
			return
		}
	}
}

// lost reports whether another may have the lease.
func (l *lease) lost() bool {
	return l.gone.Load() || time.Since(l.started)-time.Duration(l.renewed.Load()) > leaseSafe
}

// release removes the file, and with it the lease.
func (l *lease) release() error {
	l.stop()
	l.stopped.Wait()
	if l.gone.Swap(true) {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), releaseTime)
	defer cancel()
	_, err := l.file.Delete(ctx, &azure.DeleteOptions{AccessConditions: l.held()})
	if err != nil && !bloberror.HasCode(err, bloberror.BlobNotFound) {
		return l.blob.problem("", err)
	}
	return nil
}

// sweep removes the locks of runs that were killed. Those that live have a lease, and
// are refused to be deleted.
func (b *blob) sweep(ctx context.Context, own string) error {
	for name, err := range b.names(ctx, lockPrefix) {
		if err != nil {
			return err
		}
		if shard := strings.TrimPrefix(name, lockPrefix); shard == own || checkShard(shard) != nil {
			continue
		}
		_, err := b.client.NewBlobClient(name).Delete(ctx, nil)
		if err != nil && !bloberror.HasCode(err, bloberror.BlobNotFound, bloberror.LeaseIDMissing) {
			return b.problem(name, err)
		}
	}
	return nil
}
