package signer

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"sync"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
)

// vaultHosts are the ends of the names of vaults and managed HSMs in Microsoft's
// clouds. A sign-in's token goes nowhere else.
// Source: https://learn.microsoft.com/azure/key-vault/general/about-keys-secrets-certificates
// (managed HSMs outside the public cloud: as Azure's own clients have them).
var vaultHosts = []struct {
	suffix string
	cloud  *cloud.Configuration
	hsm    bool // holds keys only
}{
	{".vault.azure.net", &cloud.AzurePublic, false},
	{".vault.usgovcloudapi.net", &cloud.AzureGovernment, false},
	{".vault.azure.cn", &cloud.AzureChina, false},
	{".managedhsm.azure.net", &cloud.AzurePublic, true},
	{".managedhsm.usgovcloudapi.net", &cloud.AzureGovernment, true},
	{".managedhsm.azure.cn", &cloud.AzureChina, true},
}

// The kinds of objects: certificates and keys sign, secrets are read.
const (
	vaultCertificates = "certificates"
	vaultKeys         = "keys"
	vaultSecrets      = "secrets"
)

// vaultAddress is the identifier of an object in a vault:
// https://HOST/KIND/NAME, with /VERSION where it isn't the latest.
type vaultAddress struct {
	host, kind, name, version string
	cloud                     cloud.Configuration
	hsm                       bool
}

func (a vaultAddress) base() string { return "https://" + a.host }

// noun is the object in messages.
func (a vaultAddress) noun() string { return strings.TrimSuffix(a.kind, "s") }

// vault is the name that Azure's command line has for it.
func (a vaultAddress) vault() string {
	name, _, _ := strings.Cut(a.host, ".")
	return name
}

// vaultName and vaultPath are the forms that Microsoft gives for names and versions.
// Source: https://learn.microsoft.com/azure/key-vault/general/about-keys-secrets-certificates
var (
	vaultName = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[a-z0-9-]{3,24}$`) })
	vaultPath = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`^/(certificates|keys|secrets)/([0-9A-Za-z-]{1,127})(?:/([0-9a-f]{32}))?/?$`)
	})
)

// What to give in place of an address that can't be used.
const (
	hintVault  = "give https://VAULT.vault.azure.net/certificates/NAME, as the portal shows it under Certificate Identifier"
	hintSecret = "give https://VAULT.vault.azure.net/secrets/NAME, as the portal shows it under Secret Identifier"
)

// parseVaultURL reads the address of a certificate or key. Messages repeat the path
// only where it is one of the vault's objects.
func parseVaultURL(text string) (vaultAddress, error) {
	a, path, why := parseVaultHost(text)
	switch {
	case why != "":
	case strings.HasPrefix(path, "/"+vaultSecrets+"/"):
		why = "it names a secret, from which the key would be taken out of the vault"
	case !a.setPath(path):
		why = "its path is neither /certificates/NAME nor /keys/NAME, with /VERSION or without"
	case a.hsm && a.kind == vaultCertificates:
		why = fmt.Sprintf("a managed HSM holds no certificates: give its /keys/%s, and the certificate with --signer-chain FILE", a.name)
	}
	if why != "" {
		return vaultAddress{}, &Error{Kind: ErrKey, Text: "the address of the signer can't be used: " + why, Hint: hintVault}
	}
	return a, nil
}

// parseSecretURL reads the address of a secret.
func parseSecretURL(text string) (vaultAddress, error) {
	a, path, why := parseVaultHost(text)
	switch {
	case why != "":
	case a.hsm:
		why = "a managed HSM holds no secrets"
	case !a.setPath(path) || a.kind != vaultSecrets:
		why = "its path is not /secrets/NAME, with /VERSION or without"
	}
	if why != "" {
		return vaultAddress{}, &Error{Kind: ErrKey, Text: "the address of the secret can't be used: " + why, Hint: hintSecret}
	}
	return a, nil
}

// parseVaultHost reads the host of an address, and leaves its path; why says what is
// wrong with it.
func parseVaultHost(text string) (a vaultAddress, path, why string) {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.Scheme != "https" {
		return a, "", "it is no address of a vault"
	}
	if u.User != nil || u.RawQuery != "" || u.Fragment != "" || u.Port() != "" {
		return a, "", "it has more than a host and a path"
	}
	for _, h := range vaultHosts {
		if name, ok := strings.CutSuffix(strings.ToLower(u.Host), h.suffix); ok && vaultName().MatchString(name) {
			a = vaultAddress{host: name + h.suffix, cloud: *h.cloud, hsm: h.hsm}
		}
	}
	if a.host == "" {
		return a, "", fmt.Sprintf("%.80q is no host of Azure Key Vault (%s)", u.Host, vaultSuffixes())
	}
	return a, u.Path, ""
}

// setPath reads the path of an object, and reports whether it is one's.
func (a *vaultAddress) setPath(path string) bool {
	parts := vaultPath().FindStringSubmatch(path)
	if parts == nil {
		return false
	}
	a.kind, a.name, a.version = parts[1], parts[2], parts[3]
	return true
}

func vaultSuffixes() string {
	var names []string
	for _, h := range vaultHosts {
		names = append(names, "*"+h.suffix)
	}
	return strings.Join(names, ", ")
}
