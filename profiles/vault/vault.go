package vault

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
)

// MaxFile bounds a file that is put or read as a whole, in bytes. A profile has some
// ten thousand; manifests are read by [Vault.Open], without a bound.
const MaxFile = 32 << 20

// Vault is a target that was opened. Names are as [CheckName] allows them. It is safe
// for concurrent use. Errors wrap [fs.ErrNotExist] where there is no such file, and
// [ErrIrregular] where something else has its name.
type Vault interface {
	// Open reads a file. Of one that is being appended to, the last line may be
	// incomplete.
	Open(ctx context.Context, name string) (io.ReadCloser, error)

	// Hash is the SHA-256 of a file's content. In a container it is what was noted
	// when the file was put, which whoever puts another file there without easkit
	// takes away; then the content is read.
	Hash(ctx context.Context, name string) ([sha256.Size]byte, error)

	// List gives the names that begin with prefix, in no order, without hidden ones.
	// What is put or deleted meanwhile may be listed or not.
	List(ctx context.Context, prefix string) iter.Seq2[string, error]

	// Delete removes a file. Nothing can promise that its bytes are gone: disks and
	// file systems keep copies, a container has soft delete and versions, where they
	// are on.
	Delete(ctx context.Context, name string) error

	// Lock makes the caller the only writer for a shard: a name of small letters,
	// digits, hyphens, dots and underlines. The error is a [*LockedError] where
	// another holds it.
	Lock(ctx context.Context, shard string) (Writer, error)

	// Close ends the use of the target. A [Writer] is unlocked before.
	Close() error
}

// Writer is what the holder of a lock writes with. It is safe for concurrent use, but
// for Unlock, which comes last. Errors are [ErrLost] where the lock is no longer held.
type Writer interface {
	// Put writes a file, whole or not at all. It survives a crash of the machine once
	// Sync or Append, called after it returned, has returned. Without replace, a file
	// of that name with other content is kept, and the error is [keyfile.ErrExists].
	// What is replaced may be a link or a named pipe; a folder is an [ErrIrregular].
	Put(ctx context.Context, name string, data []byte, replace bool) error

	// Sync makes durable what was put before.
	Sync(ctx context.Context) error

	// Append makes durable what was put before, then adds whole lines to a file,
	// which is made where there is none, and makes them durable. A line that a killed
	// process left incomplete at its end is removed. In a container each call adds a
	// block, of which a file can have 50,000: gather lines.
	Append(ctx context.Context, name string, lines []byte) error

	// Unlock makes durable what was put, and releases the lock.
	Unlock() error
}

// Options are how a target is opened. A folder needs none.
type Options struct {
	// Credential signs in to a container; the role Storage Blob Data Contributor is
	// what it needs.
	Credential azcore.TokenCredential
	// Key is the account's key, in base64, to use in place of a Credential.
	Key string
	// Now is the clock that says since when a lock is held; nil for [time.Now].
	Now func() time.Time
	// Transport carries requests to a container; nil for the network.
	Transport http.RoundTripper

	firstWait  time.Duration // before a request is sent again; 0 for firstWait
	renewEvery time.Duration // renews a lease; 0 for leaseRenewal
}

// Open opens a target: the path of a folder, which is made with mode 0700 where there
// is none, or the address of a container of Azure Blob Storage,
// https://ACCOUNT.blob.core.windows.net/CONTAINER, which must be there. A container
// that the public may read is refused ([ErrPublic]). On this machine alone, for the
// emulator Azurite, http://127.0.0.1:10000/ACCOUNT/CONTAINER is taken, too.
func Open(ctx context.Context, target string, o Options) (Vault, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if isAddress(target) {
		return openBlob(ctx, target, o)
	}
	return openFolder(target, o)
}

// Read reads a whole file of at most [MaxFile] bytes.
func Read(ctx context.Context, v Vault, name string) ([]byte, error) {
	r, err := v.Open(ctx, name)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	data, err := readBounded(r)
	if err != nil {
		return nil, fmt.Errorf("reading %q: %w", name, err)
	}
	return data, nil
}

// readBounded reads at most [MaxFile] bytes; more are an error.
func readBounded(r io.Reader) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, MaxFile+1))
	if err == nil && len(data) > MaxFile {
		err = errTooLarge
	}
	return data, err
}

var errTooLarge = fmt.Errorf("it has more than %d bytes", MaxFile)

// errHalfLine says that text for Append does not end where a line ends.
var errHalfLine = errors.New("the lines to append do not end in a line end")

// hash reads content to its end.
func hash(r io.Reader) (sum [sha256.Size]byte, err error) {
	h := sha256.New()
	if _, err := io.Copy(h, r); err != nil {
		return sum, err
	}
	h.Sum(sum[:0])
	return sum, nil
}
