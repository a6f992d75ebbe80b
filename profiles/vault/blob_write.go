package vault

import (
	"bytes"
	"context"
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/streaming"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/appendblob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/bloberror"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blockblob"

	azure "github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blob"

	"github.com/easkit/easkit/certs/keyfile"
)

// maxBlock is how much is appended at once, in bytes: what all versions of the service
// take.
// Source: https://learn.microsoft.com/rest/api/storageservices/append-block
const maxBlock = 4 << 20

// blobWriter writes into a container for one shard.
type blobWriter struct {
	*blob
	lease *lease

	appending sync.Mutex
	sizes     map[string]int64 // of files that are appended to
}

func (w *blobWriter) ready(ctx context.Context, name string) error {
	if w.lease.lost() {
		return fmt.Errorf("%s: %w", w.url, ErrLost)
	}
	return errors.Join(ctx.Err(), CheckName(name))
}

func body(data []byte) io.ReadSeekCloser { return streaming.NopCloser(bytes.NewReader(data)) }

// checked has the service compare what arrives: MD5 guards against the line alone.
func checked(data []byte) azure.TransferValidationType {
	sum := md5.Sum(data)
	return azure.TransferValidationTypeMD5(sum[:])
}

// onlyNew refuses to replace what is there.
func onlyNew() *azure.AccessConditions {
	any := azcore.ETagAny
	return &azure.AccessConditions{ModifiedAccessConditions: &azure.ModifiedAccessConditions{IfNoneMatch: &any}}
}

func (w *blobWriter) Put(ctx context.Context, name string, data []byte, replace bool) error {
	if err := w.ready(ctx, name); err != nil {
		return err
	}
	if len(data) > MaxFile {
		return fmt.Errorf("%q: %w", name, errTooLarge)
	}
	sum, md := sha256.Sum256(data), md5.Sum(data)
	text := hex.EncodeToString(sum[:])
	options := &blockblob.UploadOptions{
		Metadata:                map[string]*string{hashKey: &text},
		HTTPHeaders:             &azure.HTTPHeaders{BlobContentMD5: md[:]},
		TransactionalValidation: azure.TransferValidationTypeMD5(md[:]), // as by checked
	}
	if !replace {
		options.AccessConditions = onlyNew()
	}
	_, err := w.client.NewBlockBlobClient(name).Upload(ctx, body(data), options)
	if bloberror.HasCode(err, bloberror.BlobAlreadyExists, bloberror.ConditionNotMet) {
		// It may be the very same: a request whose answer was lost is sent again.
		if there, err := w.Hash(ctx, name); err != nil || there != sum {
			return fmt.Errorf("%q in %s: %w", name, w.url, keyfile.ErrExists)
		}
		return nil
	}
	if err != nil {
		return w.problem(name, err)
	}
	return nil
}

// Sync has nothing to do: what the service has taken is durable.
func (w *blobWriter) Sync(ctx context.Context) error { return ctx.Err() }

func (w *blobWriter) Append(ctx context.Context, name string, lines []byte) error {
	if err := w.ready(ctx, name); err != nil {
		return err
	}
	blocks, err := cutBlocks(lines, maxBlock)
	if err != nil {
		return fmt.Errorf("%q: %w", name, err)
	}
	w.appending.Lock()
	defer w.appending.Unlock()
	client := w.client.NewAppendBlobClient(name)
	size, known := w.sizes[name]
	if !known {
		if size, err = w.appendable(ctx, client); err != nil {
			return w.problem(name, err)
		}
	}
	delete(w.sizes, name) // after an error it is asked for anew
	for _, block := range blocks {
		if err := w.appendBlock(ctx, client, size, block); err != nil {
			return w.problem(name, err)
		}
		size += int64(len(block))
	}
	w.sizes[name] = size
	return nil
}

// cutBlocks cuts lines into blocks of whole ones, so that no half line is ever there.
func cutBlocks(lines []byte, most int) ([][]byte, error) {
	var blocks [][]byte
	for len(lines) > 0 {
		end := bytes.LastIndexByte(lines[:min(len(lines), most)], '\n') + 1
		switch {
		case end == 0 && len(lines) > most:
			return nil, fmt.Errorf("a line to append has more than %d bytes", most)
		case end == 0 || end < len(lines) && len(lines) <= most:
			return nil, errHalfLine
		}
		blocks = append(blocks, lines[:end])
		lines = lines[end:]
	}
	return blocks, nil
}

// appendable makes a file that lines can be added to, where there is none, and gives
// its size.
func (w *blobWriter) appendable(ctx context.Context, client *appendblob.Client) (int64, error) {
	_, err := client.Create(ctx, &appendblob.CreateOptions{AccessConditions: onlyNew()})
	if err != nil && !bloberror.HasCode(err, bloberror.BlobAlreadyExists, bloberror.ConditionNotMet) {
		return 0, err
	}
	answer, err := client.GetProperties(ctx, nil)
	if err != nil {
		return 0, err
	}
	if answer.ContentLength == nil {
		return 0, errors.New("it does not say how long it is")
	}
	return *answer.ContentLength, nil
}

// appendBlock adds a block at the place where it belongs, and so once, however often
// it is sent.
func (w *blobWriter) appendBlock(ctx context.Context, client *appendblob.Client, at int64, block []byte) error {
	_, err := client.AppendBlock(ctx, body(block), &appendblob.AppendBlockOptions{
		TransactionalValidation:        checked(block),
		AppendPositionAccessConditions: &appendblob.AppendPositionAccessConditions{AppendPosition: &at},
	})
	if !bloberror.HasCode(err, bloberror.AppendPositionConditionNotMet) {
		return err
	}
	answer, readErr := client.DownloadStream(ctx, &azure.DownloadStreamOptions{Range: azure.HTTPRange{Offset: at}})
	if readErr != nil {
		return readErr
	}
	defer answer.Body.Close()
	there, readErr := io.ReadAll(io.LimitReader(answer.Body, int64(len(block))+1))
	if readErr != nil {
		return readErr
	}
	if !slices.Equal(there, block) {
		return &Error{Kind: ErrService, Text: "somebody else appends to the same file in " + w.url, Hint: "let each shard have a manifest of its own"}
	}
	return nil
}

func (w *blobWriter) Unlock() error { return w.lease.release() }
