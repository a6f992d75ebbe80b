package probe

import (
	"context"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/easkit/easkit/certs/preflight"
)

// An entraHost is where Entra ID asks for certificates, beside one of its sign-in hosts.
type entraHost struct {
	certAuth string
	clouds   []preflight.Cloud
}

// of says whether the host is that of a cloud.
func (h entraHost) of(c preflight.Cloud) bool { return c == "" || slices.Contains(h.clouds, c) }

var (
	public     = entraHost{"certauth.login.microsoftonline.com", []preflight.Cloud{preflight.Worldwide, preflight.GCC}}
	government = entraHost{"certauth.login.microsoftonline.us", []preflight.Cloud{preflight.GCCHigh, preflight.DoD}}
	// That China's has the same form as the others is inferred.
	china = entraHost{"certauth.login.partner.microsoftonline.cn", []preflight.Cloud{preflight.China}}
)

// entraHosts are the hosts by which servers send to Entra ID, of today and of before.
// Sources: [srcEntraCBA], https://learn.microsoft.com/entra/identity-platform/authentication-national-cloud
var entraHosts = map[string]entraHost{
	"login.microsoftonline.com":        public,
	"login.microsoft.com":              public,
	"login.windows.net":                public,
	"sts.windows.net":                  public,
	"login.microsoftonline.us":         government,
	"login.partner.microsoftonline.cn": china,
	"login.chinacloudapi.cn":           china,
}

// adfsPort is where AD FS asks for certificates unless it has a host for that
// ([srcADFSBinding]).
const adfsPort = "49443"

// tenantID is the form of a tenant in an address of its authority.
var tenantID = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)
})

// certAuthHosts are the hosts that ask for certificates on behalf of an authority, the
// likeliest first; none where the authority is no https address. Entra ID has one for each
// tenant, which alone names the tenant's CAs; where the authority is that of all tenants,
// the common one is left. An authority that is not Entra ID is taken for AD FS.
func certAuthHosts(authority string) []string {
	u, err := parseURL(authority)
	if err != nil {
		return nil
	}
	host := hostKey(u.Hostname())
	known, isEntra := entraHosts[host]
	if !isEntra {
		own := "certauth." + host
		if u.Port() != "" {
			own = net.JoinHostPort(own, u.Port())
		}
		return []string{own, net.JoinHostPort(host, adfsPort)}
	}
	tenant, _, _ := strings.Cut(strings.TrimPrefix(u.Path, "/"), "/")
	if tenantID().MatchString(tenant) {
		return []string{"t" + strings.ToLower(tenant) + "." + known.certAuth}
	}
	return []string{known.certAuth}
}

// certAuthOfEntra says whether an authority is Entra ID.
func certAuthOfEntra(authority string) bool {
	u, err := parseURL(authority)
	if err != nil {
		return false
	}
	_, isEntra := entraHosts[hostKey(u.Hostname())]
	return isEntra
}

// shakeCertAuth shakes hands with the host that asks for certificates, and sends none. Of
// several hosts the first that asks is kept, or else the first that TLS was spoken with.
func (s *session) shakeCertAuth(ctx context.Context, c Challenge) *Exchange {
	var kept *Exchange
	for _, host := range certAuthHosts(c.Authority) {
		x := s.do(ctx, request{Told: true, URL: (&url.URL{Scheme: "https", Host: host, Path: "/"}).String()})
		if x.TLS != nil && x.TLS.Asked {
			return x
		}
		if kept == nil || kept.TLS == nil && x.TLS != nil {
			kept = x
		}
	}
	return kept
}
