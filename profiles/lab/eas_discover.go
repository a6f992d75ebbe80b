package lab

import (
	"cmp"
	"fmt"
	"net/http"
	"strings"

	"github.com/easkit/easkit/certs"
)

// discovered is the answer of Autodiscover v2.
// Source: https://learn.microsoft.com/exchange/architecture/client-access/autodiscover, and for the errors
// https://github.com/Gerenios/AADInternals (ActiveSync.ps1)
type discovered struct {
	Protocol, Url           string `json:",omitempty"`
	ErrorCode, ErrorMessage string `json:",omitempty"`
}

// autodiscover says, without asking who wants to know, where the ActiveSync of an address
// is: it is here. Exchange Online always names its one host.
func (c *call) autodiscover() {
	q := c.r.URL.Query()
	address, protocol := cmp.Or(c.r.PathValue("address"), q.Get("Email")), q.Get("Protocol")
	refuse := func(code, message string) {
		c.seen.Refused = message
		c.json(http.StatusBadRequest, discovered{ErrorCode: code, ErrorMessage: message})
	}
	switch _, err := certs.ParseAddress(address); {
	case protocol == "":
		refuse("MandatoryParameterMissing", "A valid value must be provided for the query parameter 'Protocol'")
	case err != nil:
		refuse("InvalidUserId", fmt.Sprintf("The given user id %q is not an address", address))
	case !strings.EqualFold(protocol, "ActiveSync"):
		refuse("InvalidProtocol", fmt.Sprintf("The given protocol value %q is invalid. Supported values are %q", protocol, "ActiveSync"))
	default:
		at := c.r.Host
		if host, port := split(at); isOnline(host) {
			at = onlineHost + port
		}
		c.json(http.StatusOK, discovered{Protocol: "ActiveSync", Url: "https://" + at + easPath})
	}
}
