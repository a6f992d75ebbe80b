//go:build !pkcs11 || !cgo

package signer

// openToken says that this build can't: modules of tokens are C libraries.
func openToken(tokenURI, Options) (*Signer, error) {
	return nil, &Error{Kind: ErrKey, Text: "PKCS#11 tokens (pkcs11:) are not supported by this build",
		Hint: "build one that has them, with a C compiler: CGO_ENABLED=1 go build -tags pkcs11 ./cmd/easkit"}
}
