package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"slices"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	"github.com/spf13/cobra"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/audit"
	"github.com/easkit/easkit/profiles/vault"
)

// envBlobKey has the key of a storage account, for who does not keep it in a file.
const envBlobKey = "EASKIT_BLOB_KEY"

// targetFlags say how to get at a target.
type targetFlags struct{ keyFile string }

func (f *targetFlags) register(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.keyFile, "blob-key-file", "", "the key of the storage account, on the first line of this `FILE`, in place of a sign-in to Azure (or in the environment variable "+envBlobKey+")")
}

// blobClouds are where to sign in for accounts that are not in Azure's public cloud, by
// the end of their hosts: the national clouds have their own directories.
// Source: https://learn.microsoft.com/entra/identity-platform/authentication-national-cloud
var blobClouds = []struct {
	end   string
	cloud cloud.Configuration
}{
	{".usgovcloudapi.net", cloud.AzureGovernment},
	{".chinacloudapi.cn", cloud.AzureChina},
}

// openTarget opens a folder or container. One that is only to be read has to be there.
func (a *app) openTarget(ctx context.Context, target string, f targetFlags, write bool) (vault.Vault, error) {
	if target == "" || target == stdout {
		return nil, withHint(errors.New("a rollout's results go into a folder or a container"), "give DIR, or https://ACCOUNT.blob.core.windows.net/CONTAINER")
	}
	o := vault.Options{Now: a.now}
	if !audit.IsURL(target) {
		if info, err := os.Stat(target); err != nil && !write {
			return nil, err
		} else if err == nil && !info.IsDir() {
			return nil, withHint(fmt.Errorf("%s is a file, and a rollout's results are in a folder or a container", target), "give the folder")
		}
		return vault.Open(ctx, target, o)
	}
	var err error
	if o.Key, err = a.blobKey(f); err != nil {
		return nil, err
	}
	if o.Key == "" {
		if o.Credential, err = azureSignIn(target); err != nil {
			return nil, err
		}
	}
	return vault.Open(ctx, target, o)
}

// blobKey is the key that the call gives, or none.
func (a *app) blobKey(f targetFlags) (string, error) {
	if f.keyFile != "" {
		return a.readSecretLine("--blob-key-file", f.keyFile, maxPassword)
	}
	key, _ := a.env(envBlobKey)
	return strings.TrimSpace(key), nil
}

// azureSignIn signs in as it is done for signers in Key Vault: by the environment, a
// workload's or managed identity, or the command line of Azure. Nothing is sent until
// the container is asked. An emulator on this machine needs no sign-in.
func azureSignIn(target string) (azcore.TokenCredential, error) {
	u, err := url.Parse(target)
	if err != nil || certs.LoopbackHost(u.Hostname()) {
		return nil, nil // an address that can't be read is told when it is opened
	}
	var o azidentity.DefaultAzureCredentialOptions
	if i := slices.IndexFunc(blobClouds, func(c struct {
		end   string
		cloud cloud.Configuration
	}) bool {
		return strings.HasSuffix(strings.ToLower(u.Hostname()), c.end)
	}); i >= 0 {
		o.Cloud = blobClouds[i].cloud
	}
	credential, err := azidentity.NewDefaultAzureCredential(&o)
	if err != nil { // whose text has many lines
		return nil, &vault.Error{Kind: vault.ErrService, Text: "there is no way to sign in to Azure", Hint: "az login, or give the account's key with --blob-key-file"}
	}
	return credential, nil
}
