package vault

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/easkit/easkit/certs"
)

// blobHosts are the ends of the hosts of Azure's clouds, after the account's name; a
// token that is sent anywhere else opens all that who signed in may open.
// Sources: https://learn.microsoft.com/azure/storage/common/storage-account-overview
// and https://learn.microsoft.com/azure/azure-government/compare-azure-government-global-azure
// and https://learn.microsoft.com/azure/china/resources-developer-guide
var blobHosts = []string{
	".blob.core.windows.net",
	".blob.storage.azure.net", // accounts with zones: ACCOUNT.z01.blob.storage.azure.net
	".blob.core.usgovcloudapi.net",
	".blob.core.chinacloudapi.cn",
}

// containerName and accountName are the forms of the names.
// Source: https://learn.microsoft.com/rest/api/storageservices/naming-and-referencing-containers--blobs--and-metadata
var (
	containerName = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[a-z0-9](-?[a-z0-9]){2,62}$`) })
	accountName   = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[a-z0-9]{3,24}$`) })
)

// blobAddress is where a container is.
type blobAddress struct {
	url                string
	account, container string
	emulator           bool
}

// isAddress tells addresses from paths.
func isAddress(target string) bool {
	scheme, _, found := strings.Cut(target, "://")
	return found && (strings.EqualFold(scheme, "https") || strings.EqualFold(scheme, "http"))
}

func (a blobAddress) String() string { return a.url }

// parseBlob reads the address of a container. What is wrong with it is told without
// its query and user, which may be secrets.
func parseBlob(target string) (blobAddress, error) {
	u, err := url.Parse(target)
	if err != nil {
		return blobAddress{}, &Error{Kind: ErrTarget, Text: "the address of the container can't be read", Hint: hintAddress}
	}
	wrong := func(why string) (blobAddress, error) {
		return blobAddress{}, &Error{Kind: ErrTarget, Text: fmt.Sprintf("the address of the container on %q can't be used: %s", u.Host, why), Hint: hintAddress}
	}
	if u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" {
		return wrong("it has more than a path: who signs in is not told in it, nor by a SAS")
	}
	host := strings.ToLower(u.Hostname())
	parts := strings.Split(strings.Trim(u.EscapedPath(), "/"), "/")
	a := blobAddress{emulator: certs.LoopbackHost(host)}
	end := slices.IndexFunc(blobHosts, func(end string) bool { return strings.HasSuffix(host, end) })
	switch {
	case a.emulator:
		if len(parts) != 2 {
			return wrong("on this machine its path is /ACCOUNT/CONTAINER")
		}
		a.account, a.container = parts[0], parts[1]
	case u.Scheme != "https":
		return wrong("it is not https")
	case end < 0 || u.Port() != "":
		return wrong("that is no host of Azure Blob Storage")
	case len(parts) != 1:
		return wrong("its path is not one container")
	default:
		a.account, _, _ = strings.Cut(host, ".")
		a.container = parts[0]
	}
	if !accountName().MatchString(a.account) {
		return wrong("its account has no name of 3 to 24 small letters and digits")
	}
	if !containerName().MatchString(a.container) {
		return wrong("its container has no name of 3 to 63 small letters, digits and single hyphens")
	}
	a.url = (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: "/" + strings.Join(parts, "/")}).String()
	return a, nil
}

const hintAddress = "give https://ACCOUNT.blob.core.windows.net/CONTAINER, or the path of a folder"
