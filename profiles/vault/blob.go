package vault

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"net/http"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"
)

// How requests are sent again that fail by the network or with 408, 429 or 5xx: for
// about half a minute in all. An answer to a file of MaxFile comes within tryTime on
// any line worth the name.
const (
	retries   = 7
	firstWait = 250 * time.Millisecond
	maxWait   = 15 * time.Second
	tryTime   = 2 * time.Minute
)

// idleConnections is how many connections are kept for the next requests: as many as
// a run has writers. The standard library keeps two for a host.
const idleConnections = 64

// emulatorAccount and emulatorKey are those that every Azurite has, and no secret.
// Source: https://learn.microsoft.com/azure/storage/common/storage-use-azurite
const (
	emulatorAccount = "devstoreaccount1"
	emulatorKey     = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
)

// blob is a container as a target.
type blob struct {
	blobAddress
	client  *container.Client
	options Options
}

func openBlob(ctx context.Context, target string, o Options) (Vault, error) {
	a, err := parseBlob(target)
	if err != nil {
		return nil, err
	}
	b := &blob{blobAddress: a, options: o}
	if b.client, err = a.newClient(o); err != nil {
		return nil, err
	}
	answer, err := b.client.GetProperties(ctx, nil)
	if err != nil {
		return nil, b.problem("", err)
	}
	if answer.BlobPublicAccess != nil {
		return nil, &Error{Kind: ErrPublic, Text: fmt.Sprintf("the public may read the container %s (public access: %s)", a, clean(string(*answer.BlobPublicAccess))),
			Hint: "every result is a secret: az storage container set-permission --public-access off --auth-mode key --account-name " + a.account + " --name " + a.container}
	}
	return b, nil
}

func (a blobAddress) newClient(o Options) (*container.Client, error) {
	options := &container.ClientOptions{ClientOptions: azcore.ClientOptions{
		Transport: staying(o.Transport),
		Retry:     policy.RetryOptions{MaxRetries: retries, RetryDelay: cmp.Or(o.firstWait, firstWait), MaxRetryDelay: maxWait, TryTimeout: tryTime},
	}}
	key := o.Key
	if a.emulator && a.account == emulatorAccount && o.Credential == nil {
		key = cmp.Or(key, emulatorKey)
	}
	switch {
	case key != "":
		shared, err := container.NewSharedKeyCredential(a.account, key)
		if err != nil { // whose text may hold the key
			return nil, &Error{Kind: ErrTarget, Text: "the key of the account " + a.account + " is not base64", Hint: "az storage account keys list --account-name " + a.account}
		}
		return container.NewClientWithSharedKeyCredential(a.url, shared, options)
	case o.Credential != nil:
		return container.NewClient(a.url, signingIn{o.Credential}, options)
	}
	return nil, &Error{Kind: ErrTarget, Text: "nobody signs in to the account " + a.account, Hint: hintSignIn}
}

// staying is a client that follows no redirect: the service sends none, and the
// results must go nowhere else.
func staying(transport http.RoundTripper) *http.Client {
	if transport == nil {
		transport = http.DefaultTransport
		if standard, ok := transport.(*http.Transport); ok {
			mine := standard.Clone()
			mine.MaxIdleConnsPerHost = idleConnections
			transport = mine
		}
	}
	return &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

func (b *blob) Close() error { return nil }

// missing is the error for a file that is not there.
func (b *blob) missing(name string) error {
	return &Error{Kind: fs.ErrNotExist, Text: fmt.Sprintf("there is no %q in %s", name, b.url)}
}
