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

// The kinds of objects that sign.
const (
	vaultCertificates = "certificates"
	vaultKeys         = "keys"
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
		return regexp.MustCompile(`^/(certificates|keys)/([0-9A-Za-z-]{1,127})(?:/([0-9a-f]{32}))?/?$`)
	})
)

const hintVault = "give https://VAULT.vault.azure.net/certificates/NAME, as the portal shows it under Certificate Identifier"

// parseVaultURL reads the address of a certificate or key. Messages repeat the path
// only where it is one of the vault's objects.
func parseVaultURL(text string) (vaultAddress, error) {
	refuse := func(format string, args ...any) (vaultAddress, error) {
		return vaultAddress{}, &Error{Kind: ErrKey, Text: "the address of the signer can't be used: " + fmt.Sprintf(format, args...), Hint: hintVault}
	}
	u, err := url.Parse(text)
	if err != nil || u.Host == "" {
		return refuse("it is no address of a vault")
	}
	if u.User != nil || u.RawQuery != "" || u.Fragment != "" || u.Port() != "" {
		return refuse("it has more than a host and a path")
	}
	var a vaultAddress
	for _, h := range vaultHosts {
		if name, ok := strings.CutSuffix(strings.ToLower(u.Host), h.suffix); ok && vaultName().MatchString(name) {
			a = vaultAddress{host: name + h.suffix, cloud: *h.cloud, hsm: h.hsm}
		}
	}
	if a.host == "" {
		return refuse("%.80q is no host of Azure Key Vault (%s)", u.Host, vaultSuffixes())
	}
	if strings.HasPrefix(u.Path, "/secrets/") {
		return refuse("it names a secret, from which the key would be taken out of the vault")
	}
	parts := vaultPath().FindStringSubmatch(u.Path)
	if parts == nil {
		return refuse("its path is neither /certificates/NAME nor /keys/NAME, with /VERSION or without")
	}
	a.kind, a.name, a.version = parts[1], parts[2], parts[3]
	if a.hsm && a.kind == vaultCertificates {
		return refuse("a managed HSM holds no certificates: give its /keys/%s, and the certificate with --signer-chain FILE", a.name)
	}
	return a, nil
}

func vaultSuffixes() string {
	var names []string
	for _, h := range vaultHosts {
		names = append(names, "*"+h.suffix)
	}
	return strings.Join(names, ", ")
}
