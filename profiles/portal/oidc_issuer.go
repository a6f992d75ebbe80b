package portal

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"sync"

	"github.com/easkit/easkit/certs"
)

// entraHosts are those of Entra ID's clouds, with the old names.
// Source: https://learn.microsoft.com/entra/identity-platform/authentication-national-cloud
var entraHosts = map[string]bool{
	"login.microsoftonline.com": true, "login.windows.net": true, "sts.windows.net": true, "login.microsoft.com": true,
	"login.microsoftonline.us": true, "login-us.microsoftonline.com": true,
	"login.partner.microsoftonline.cn": true, "login.chinacloudapi.cn": true, "sts.chinacloudapi.cn": true,
}

// entraPath is that of an issuer that stands for one tenant, in the version of the
// tokens that the claims are read from.
var entraPath = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})/v2\.0$`)
})

// consumers is the tenant of all personal accounts.
// Source: https://learn.microsoft.com/entra/identity-platform/id-token-claims-reference
const consumers = "9188040d-6c67-4c5b-b112-36a304b66dad"

// checkIssuer wants an issuer whose names mean one person, and says whether it is Entra ID.
func checkIssuer(issuer string) (entra bool, err error) {
	u, err := secureURL(issuer)
	if err != nil {
		return false, fmt.Errorf("the OIDC issuer: %w", err)
	}
	if !entraHosts[strings.TrimSuffix(strings.ToLower(u.Hostname()), ".")] {
		return false, nil
	}
	tenant := entraPath().FindStringSubmatch(u.Path)
	if tenant == nil || tenant[1] == consumers {
		return true, fmt.Errorf("the OIDC issuer %q does not stand for one tenant: write it as https://%s/TENANT/v2.0 with the tenant's ID in lower case (no domain, and not common, organizations or consumers: anybody could make a tenant and a user of the wanted name there)", issuer, u.Host)
	}
	return true, nil
}

// secureURL takes an address with HTTPS, or on loopback.
func secureURL(address string) (*url.URL, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, errors.New("it is no address: write it as https://HOST/PATH")
	}
	if u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || u.Scheme != "https" && !(u.Scheme == "http" && certs.LoopbackHost(u.Hostname())) {
		return nil, fmt.Errorf("%q is no address with HTTPS: write it as https://HOST/PATH (plain HTTP is for loopback only)", u.Redacted())
	}
	return u, nil
}
