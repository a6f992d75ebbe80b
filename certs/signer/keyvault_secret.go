package signer

import (
	"context"

	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azsecrets"
)

// Secret reads the value of a secret in Azure Key Vault, such as the key that a rollout is
// encrypted to, by its https address: /secrets/NAME, with /VERSION where it isn't the
// latest. Vaults are those of Microsoft's clouds, and asked without following redirects.
// Of the options it takes the Credential. A secret's dates are for people: one that has
// expired is read, as the vault gives it.
//
// Errors are as those of [OpenURI]; none has anything of the value.
// Source: https://learn.microsoft.com/rest/api/keyvault/secrets/get-secret/get-secret
func Secret(ctx context.Context, address string, o Options) ([]byte, error) {
	a, err := parseSecretURL(address)
	if err != nil {
		return nil, err
	}
	v, err := newVault(a, o)
	if err != nil {
		return nil, err
	}
	client, err := azsecrets.NewClient(v.base(), v.credential, &azsecrets.ClientOptions{ClientOptions: v.client})
	if err != nil {
		return nil, v.problem(err)
	}
	bounded, cancel := context.WithTimeout(ctx, vaultTime)
	defer cancel()
	answer, err := client.GetSecret(bounded, v.name, v.version, nil)
	if err != nil {
		return nil, v.problem(err)
	}
	if answer.Value == nil || *answer.Value == "" {
		return nil, v.unusable("has no value")
	}
	return []byte(*answer.Value), nil
}
