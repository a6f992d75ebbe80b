package main

import (
	"context"
	"crypto/sha256"
	"sync"
)

// account is the one in a file, which is opened once, until its content is another.
func (p *plainFiles) account(ctx context.Context, name string) (plainAccount, error) {
	sum, err := p.vault.Hash(ctx, name)
	if err != nil {
		return plainAccount{}, err
	}
	if a, known := p.accounts.get(name, sum); known {
		return a, nil
	}
	stored, data, err := p.read(ctx, name)
	if err != nil {
		return plainAccount{}, err
	}
	a := plainAccount{}
	if doc, err := parseProfile(data); err == nil && doc.HasAccount {
		a = plainAccount{has: true, user: doc.Account.User, email: doc.Account.Email}
	}
	p.accounts.put(name, sha256.Sum256(stored), a)
	return a, nil
}

// plainAccount is what a profile says of its account.
type plainAccount struct {
	has         bool
	user, email string
}

// accounts remembers those of profiles that were opened. Its zero value is ready, for
// several at once.
type accounts struct {
	mu    sync.Mutex
	known map[string]knownAccount // by the name of the file
}

type knownAccount struct {
	plainAccount
	of [sha256.Size]byte // the file
}

// maxAccounts is how many are remembered: an iOS profile and a bundle of each user.
const maxAccounts = 2 * maxPlain

func (a *accounts) get(name string, of [sha256.Size]byte) (plainAccount, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	k, known := a.known[name]
	return k.plainAccount, known && k.of == of
}

func (a *accounts) put(name string, of [sha256.Size]byte, account plainAccount) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.known == nil || len(a.known) >= maxAccounts { // files come and go
		a.known = map[string]knownAccount{}
	}
	a.known[name] = knownAccount{account, of}
}
