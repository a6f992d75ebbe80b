package vault

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"iter"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"

	azure "github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blob"
)

// hashKey is the metadata that holds the SHA-256 of what was put, in hex. Headers
// come back with a capital letter.
const hashKey = "sha256"

func (b *blob) Open(ctx context.Context, name string) (io.ReadCloser, error) {
	if err := errors.Join(ctx.Err(), CheckName(name)); err != nil {
		return nil, err
	}
	answer, err := b.client.NewBlobClient(name).DownloadStream(ctx, nil)
	if err != nil {
		return nil, b.problem(name, err)
	}
	return &download{b, name, answer.NewRetryReader(ctx, &azure.RetryReaderOptions{MaxRetries: retries})}, nil
}

// download makes a line of what goes wrong on the way.
type download struct {
	*blob
	name string
	body io.ReadCloser
}

func (d *download) Read(p []byte) (int, error) {
	n, err := d.body.Read(p)
	if err != nil && err != io.EOF {
		err = d.problem(d.name, err)
	}
	return n, err
}

func (d *download) Close() error { return d.body.Close() }

func (b *blob) Hash(ctx context.Context, name string) (sum [sha256.Size]byte, err error) {
	if err := errors.Join(ctx.Err(), CheckName(name)); err != nil {
		return sum, err
	}
	answer, err := b.client.NewBlobClient(name).GetProperties(ctx, nil)
	if err != nil {
		return sum, b.problem(name, err)
	}
	for key, value := range answer.Metadata {
		if strings.EqualFold(key, hashKey) && value != nil {
			if n, err := hex.Decode(sum[:], []byte(*value)[:min(len(*value), 2*len(sum))]); err == nil && n == len(sum) {
				return sum, nil
			}
		}
	}
	r, err := b.Open(ctx, name)
	if err != nil {
		return sum, err
	}
	defer r.Close()
	return hash(r)
}

func (b *blob) Delete(ctx context.Context, name string) error {
	if err := errors.Join(ctx.Err(), CheckName(name)); err != nil {
		return err
	}
	snapshots := azure.DeleteSnapshotsOptionTypeInclude
	if _, err := b.client.NewBlobClient(name).Delete(ctx, &azure.DeleteOptions{DeleteSnapshots: &snapshots}); err != nil {
		return b.problem(name, err)
	}
	return nil
}

func (b *blob) List(ctx context.Context, prefix string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for name, err := range b.names(ctx, prefix) {
			if err == nil && (strings.HasPrefix(name, ".") || strings.Contains(name, "/.")) {
				continue
			}
			if !yield(name, err) {
				return
			}
		}
	}
}

// names are all, hidden ones too.
func (b *blob) names(ctx context.Context, prefix string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		pages := b.client.NewListBlobsFlatPager(&container.ListBlobsFlatOptions{Prefix: &prefix})
		for pages.More() {
			page, err := pages.NextPage(ctx)
			if err == nil && page.Segment == nil {
				err = errors.New("it gives no answer of a container")
			}
			if err != nil {
				yield("", b.problem("", err))
				return
			}
			for _, item := range page.Segment.BlobItems {
				if item.Name != nil && !yield(*item.Name, nil) {
					return
				}
			}
		}
	}
}
