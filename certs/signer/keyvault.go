package signer

import (
	"cmp"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azcertificates"
	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azkeys"

	"github.com/easkit/easkit/certs"
)

// vaultTime is how long one request may take, with the sign-in and with waiting for a
// vault that is busy. Ours: a vault answers within a second, Azure's command line
// signs in within a few.
const vaultTime = time.Minute

// vaultRetries is how often a request is sent again to a vault that is busy or not
// reached: fewer times than the library's three, since somebody may have mistyped the
// vault's name and be waiting.
const vaultRetries = 2

// vault is an object in a vault, and who asks for it.
type vault struct {
	vaultAddress
	credential azcore.TokenCredential
	client     azcore.ClientOptions
}

// openVault opens a signer whose key stays in Azure Key Vault. A certificate's key is
// taken at the certificate's version, and a key at the version that is the latest now:
// a renewal meanwhile changes nothing.
func openVault(ctx context.Context, a vaultAddress, o Options) (*Signer, error) {
	v, err := newVault(a, o)
	if err != nil {
		return nil, err
	}
	find := v.certificate
	if a.kind == vaultKeys {
		find = v.key
	}
	bounded, cancel := context.WithTimeout(ctx, vaultTime)
	defer cancel()
	leaf, id, err := find(bounded, o)
	if err != nil {
		return nil, err
	}
	keys, err := azkeys.NewClient(v.base(), v.credential, &azkeys.ClientOptions{ClientOptions: v.client})
	if err != nil {
		return nil, v.problem(err)
	}
	key := &vaultKey{vault: v, ctx: ctx, keys: keys, id: id, public: leaf.PublicKey}
	return New(&certs.Identity{Leaf: leaf, Key: key, Chain: certs.BuildChain(leaf, o.Chain)})
}

// newVault says who asks for an object. Nothing is sent.
func newVault(a vaultAddress, o Options) (vault, error) {
	v := vault{vaultAddress: a, credential: o.Credential, client: azcore.ClientOptions{Cloud: a.cloud, Retry: o.retry, Transport: staying(o.transport)}}
	v.client.Retry.MaxRetries = cmp.Or(v.client.Retry.MaxRetries, vaultRetries)
	if v.credential == nil {
		var err error
		v.credential, err = azidentity.NewDefaultAzureCredential(&azidentity.DefaultAzureCredentialOptions{ClientOptions: v.client})
		if err != nil {
			return v, v.problem(&signInError{err})
		}
	}
	v.credential = signingIn{v.credential}
	return v, nil
}

// staying is a client that follows no redirect. A vault sends none, and net/http would
// take the digest along to any host, and the token to those below the vault's own and
// to the same one without TLS.
// Source: https://pkg.go.dev/net/http#Client
func staying(transport http.RoundTripper) *http.Client {
	return &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// certificate gets a certificate, and the identifier of its key.
// Source: https://learn.microsoft.com/rest/api/keyvault/certificates/get-certificate/get-certificate
func (v vault) certificate(ctx context.Context, _ Options) (*certs.Certificate, azkeys.ID, error) {
	client, err := azcertificates.NewClient(v.base(), v.credential, &azcertificates.ClientOptions{ClientOptions: v.client})
	if err != nil {
		return nil, "", v.problem(err)
	}
	answer, err := client.GetCertificate(ctx, v.name, v.version, nil)
	if err != nil {
		return nil, "", v.problem(err)
	}
	if a := answer.Attributes; a != nil && a.Enabled != nil && !*a.Enabled {
		return nil, "", v.unusable("is disabled")
	}
	if answer.KID == nil || len(answer.CER) == 0 {
		return nil, "", v.unusable("has no certificate yet: its request was not completed")
	}
	leaf, err := certs.ParseCertificate(answer.CER)
	if err != nil {
		return nil, "", v.unusable("can't be read")
	}
	return leaf, azkeys.ID(*answer.KID), nil
}

// key gets the public half of a key, and the certificate for it out of the chain.
// Source: https://learn.microsoft.com/rest/api/keyvault/keys/get-key/get-key
func (v vault) key(ctx context.Context, o Options) (*certs.Certificate, azkeys.ID, error) {
	client, err := azkeys.NewClient(v.base(), v.credential, &azkeys.ClientOptions{ClientOptions: v.client})
	if err != nil {
		return nil, "", v.problem(err)
	}
	answer, err := client.GetKey(ctx, v.name, v.version, nil)
	if err != nil {
		return nil, "", v.problem(err)
	}
	if a := answer.Attributes; a != nil {
		switch {
		case a.Enabled != nil && !*a.Enabled:
			return nil, "", v.unusable("is disabled")
		case a.NotBefore != nil && o.Now.Before(*a.NotBefore):
			return nil, "", v.unusable("may be used from " + a.NotBefore.UTC().Format(time.RFC3339) + " on only")
		case a.Expires != nil && !o.Now.Before(*a.Expires):
			return nil, "", v.unusable("expired on " + a.Expires.UTC().Format(time.RFC3339))
		}
	}
	if answer.Key == nil || answer.Key.KID == nil {
		return nil, "", v.unusable("can't be read")
	}
	public := publicKey(answer.Key)
	if public == nil {
		return nil, "", v.unusable("is no RSA, P-256, P-384 or P-521 key")
	}
	for _, c := range o.Chain {
		if public.Equal(c.PublicKey) {
			return c, *answer.Key.KID, nil
		}
	}
	return nil, "", &Error{Kind: ErrKey, Text: fmt.Sprintf("no certificate was given for the key %q of %s", v.name, v.host),
		Hint: "give the certificate that was issued for it with --signer-chain FILE"}
}

// equaler is what public keys of the standard library can do.
type equaler interface{ Equal(crypto.PublicKey) bool }

// publicKey reads a JSON Web Key (RFC 7518 section 6); nil for one that signs no
// profiles.
func publicKey(k *azkeys.JSONWebKey) equaler {
	if len(k.N) > 0 && len(k.E) > 0 {
		return &rsa.PublicKey{N: new(big.Int).SetBytes(k.N), E: int(new(big.Int).SetBytes(k.E).Int64())}
	}
	for _, curve := range []elliptic.Curve{elliptic.P256(), elliptic.P384(), elliptic.P521()} {
		size := (curve.Params().BitSize + 7) / 8
		if k.Crv == nil || string(*k.Crv) != curve.Params().Name || len(k.X) > size || len(k.Y) > size {
			continue
		}
		const uncompressed = 4 // SEC 1 section 2.3.3
		point := make([]byte, 1+2*size)
		point[0] = uncompressed
		copy(point[1+size-len(k.X):], k.X)
		copy(point[1+2*size-len(k.Y):], k.Y)
		if public, err := ecdsa.ParseUncompressedPublicKey(curve, point); err == nil {
			return public
		}
	}
	return nil
}

// vaultKey signs in the vault.
type vaultKey struct {
	vault
	ctx    context.Context // crypto.Signer takes none
	keys   *azkeys.Client
	id     azkeys.ID
	public crypto.PublicKey
}

// Public is the certificate's key. That it is the vault's, too, shows when its
// signature verifies.
func (k *vaultKey) Public() crypto.PublicKey { return k.public }

// Sign has a digest signed: POST /keys/NAME/VERSION/sign.
// Source: https://learn.microsoft.com/rest/api/keyvault/keys/sign/sign
func (k *vaultKey) Sign(_ io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	if err := checkDigest(digest, opts); err != nil {
		return nil, err
	}
	algorithm := vaultAlgorithm(k.public, opts.HashFunc())
	if algorithm == "" {
		return nil, k.unusable(fmt.Sprintf("signs no %v", opts.HashFunc()))
	}
	ctx, cancel := context.WithTimeout(k.ctx, vaultTime)
	defer cancel()
	answer, err := k.keys.Sign(ctx, k.id.Name(), k.id.Version(), azkeys.SignParameters{Algorithm: &algorithm, Value: digest}, nil)
	if err != nil {
		return nil, k.problem(err)
	}
	if _, rsa := k.public.(*rsa.PublicKey); rsa {
		return answer.Result, nil
	}
	return ecdsaDER(answer.Result)
}

// vaultAlgorithms are the vault's words, by the curve (none for RSA) and the digest.
// It takes each curve with one digest only.
// Source: https://learn.microsoft.com/azure/key-vault/keys/about-keys-details
var vaultAlgorithms = []struct {
	curve string
	hash  crypto.Hash
	name  azkeys.SignatureAlgorithm
}{
	{"", crypto.SHA256, azkeys.SignatureAlgorithmRS256},
	{"", crypto.SHA384, azkeys.SignatureAlgorithmRS384},
	{"", crypto.SHA512, azkeys.SignatureAlgorithmRS512},
	{"P-256", crypto.SHA256, azkeys.SignatureAlgorithmES256},
	{"P-384", crypto.SHA384, azkeys.SignatureAlgorithmES384},
	{"P-521", crypto.SHA512, azkeys.SignatureAlgorithmES512},
}

// vaultAlgorithm is the vault's word for signing a digest; empty where it has none.
func vaultAlgorithm(public crypto.PublicKey, hash crypto.Hash) azkeys.SignatureAlgorithm {
	var curve string
	switch k := public.(type) {
	case *rsa.PublicKey:
	case *ecdsa.PublicKey:
		curve = k.Curve.Params().Name
	default:
		return ""
	}
	for _, a := range vaultAlgorithms {
		if a.curve == curve && a.hash == hash {
			return a.name
		}
	}
	return ""
}
