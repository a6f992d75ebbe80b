package graph

import (
	"fmt"
	"net"
	"net/url"
	"slices"
)

// Endpoint is where a cloud's Graph is, and where its tokens come from.
type Endpoint struct {
	Graph     string // https://HOST, without a path
	Authority string // https://HOST/
}

// endpoints are those of the clouds, by the names that templates and flags have
// for them.
// Source: https://learn.microsoft.com/graph/deployments
var endpoints = map[string]Endpoint{
	"worldwide": {"https://graph.microsoft.com", "https://login.microsoftonline.com/"},
	"gcc":       {"https://graph.microsoft.com", "https://login.microsoftonline.com/"},
	"gcc-high":  {"https://graph.microsoft.us", "https://login.microsoftonline.us/"},
	"dod":       {"https://dod-graph.microsoft.us", "https://login.microsoftonline.us/"},
	"china":     {"https://microsoftgraph.chinacloudapi.cn", "https://login.chinacloudapi.cn/"},
}

// EndpointOf is the endpoint of a cloud: worldwide, gcc, gcc-high, dod or china.
func EndpointOf(cloud string) (Endpoint, error) {
	e, ok := endpoints[cloud]
	if !ok {
		return Endpoint{}, fmt.Errorf("no Graph is known for the cloud %q", cloud)
	}
	return e, nil
}

// ParseLab checks the address of a Graph that is none of Microsoft's: one on this
// machine, such as a lab's. No other may be sent a token.
func ParseLab(address string) (Endpoint, error) {
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Host == "" || !slices.Contains([]string{"http", "https"}, u.Scheme):
		return Endpoint{}, fmt.Errorf("%q is no address like http://127.0.0.1:8080", address)
	case u.Path != "" && u.Path != "/", u.RawQuery != "", u.User != nil:
		return Endpoint{}, fmt.Errorf("%q has more than a host and a port", address)
	}
	if ip := net.ParseIP(u.Hostname()); ip == nil || !ip.IsLoopback() {
		return Endpoint{}, fmt.Errorf("%q is not on this machine: a token goes to Microsoft's Graph, or to a lab at 127.0.0.1", address)
	}
	return Endpoint{Graph: u.Scheme + "://" + u.Host}, nil
}
