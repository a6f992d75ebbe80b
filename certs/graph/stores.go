package graph

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"
)

// Organization reads the tenant itself.
func (c *Client) Organization(ctx context.Context) (Organization, error) {
	all, err := List[Organization](ctx, c, "/organization")
	if err != nil {
		return Organization{}, err
	}
	if len(all) != 1 || all[0].ID == "" {
		return Organization{}, fmt.Errorf("graph: GET /organization: there are %d tenants in the answer, and not one", len(all))
	}
	return all[0], nil
}

// ClassicPath is where the classic store of a tenant is.
func ClassicPath(tenant string) string {
	return "/organization/" + url.PathEscape(tenant) + "/certificateBasedAuthConfiguration"
}

// ClassicStore reads the classic store of a tenant; nil where it has none.
func (c *Client) ClassicStore(ctx context.Context, tenant string) (*ClassicStore, error) {
	all, err := List[ClassicStore](ctx, c, ClassicPath(tenant))
	switch {
	case IsStatus(err, http.StatusNotFound), err == nil && len(all) == 0:
		return nil, nil
	case err != nil:
		return nil, err
	case len(all) > 1:
		return nil, fmt.Errorf("graph: GET %s: there are %d stores, where one at most is documented", ClassicPath(tenant), len(all))
	}
	return &all[0], nil
}

// PostClassicStore makes the classic store of a tenant: the whole list.
func (c *Client) PostClassicStore(ctx context.Context, tenant string, cas []CA) error {
	return c.do(ctx, http.MethodPost, ClassicPath(tenant), ClassicStore{CAs: cas}, nil)
}

// DeleteClassicStore deletes the classic store of a tenant, and with it all of its
// CAs: certificates that only they vouch for sign in no more.
func (c *Client) DeleteClassicStore(ctx context.Context, tenant string) error {
	return c.do(ctx, http.MethodDelete, ClassicPath(tenant)+"/"+ClassicStoreID, nil, nil)
}

func pkiOf(id string) string { return PKIPath + "/" + url.PathEscape(id) }

func caOf(pki, ca string) string { return casOf(pki) + "/" + url.PathEscape(ca) }

func casOf(pki string) string { return pkiOf(pki) + "/certificateAuthorities" }

// PKIs reads the PKI-based trust store: all containers, with their CAs.
func (c *Client) PKIs(ctx context.Context) ([]PKI, error) {
	all, err := List[PKI](ctx, c, PKIPath)
	if err != nil {
		return nil, err
	}
	for i := range all {
		if all[i].CAs, err = List[CADetail](ctx, c, casOf(all[i].ID)); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// PKI reads one container, without its CAs.
func (c *Client) PKI(ctx context.Context, id string) (PKI, error) {
	var p PKI
	err := c.Get(ctx, pkiOf(id), &p)
	return p, err
}

// CreatePKI makes an empty container.
func (c *Client) CreatePKI(ctx context.Context, name string) (PKI, error) {
	var p PKI
	err := c.do(ctx, http.MethodPost, PKIPath, struct {
		DisplayName string `json:"displayName"`
	}{name}, &p)
	return p, err
}

// newCA is the body that makes a [CADetail].
type newCA struct {
	DisplayName         string    `json:"displayName,omitempty"`
	Type                string    `json:"certificateAuthorityType,omitempty"`
	Certificate         []byte    `json:"certificate"`
	Thumbprint          string    `json:"thumbprint"`
	Expiration          time.Time `json:"expirationDateTime"`
	Issuer              string    `json:"issuer,omitempty"`
	SKI                 string    `json:"issuerSubjectKeyIdentifier,omitempty"`
	CRLURL              string    `json:"certificateRevocationListUrl,omitempty"`
	DeltaURL            string    `json:"deltaCertificateRevocationListUrl,omitempty"`
	IsIssuerHintEnabled bool      `json:"isIssuerHintEnabled"`
}

// CreateBody is the body of the request that adds a CA, for those who send it
// themselves.
func (d CADetail) CreateBody() any {
	return newCA{
		d.DisplayName, d.Type, d.Certificate, d.Thumbprint, d.Expiration.UTC(),
		d.Issuer, d.SKI, d.CRLURL, d.DeltaURL, d.IsIssuerHintEnabled,
	}
}

// AddCA adds a CA to a container. Its certificate, thumbprint and expiration must
// be set; ID and Deleted are left out.
func (c *Client) AddCA(ctx context.Context, pki string, d CADetail) error {
	return c.do(ctx, http.MethodPost, casOf(pki), d.CreateBody(), nil)
}

// CAUpdate is what of a CA can be changed. A nil property stays as it is; an
// address that is "" is taken away.
type CAUpdate struct {
	Type                *string
	CRLURL, DeltaURL    *string
	IsIssuerHintEnabled *bool
}

// Body is the body of the request.
func (u CAUpdate) Body() map[string]any {
	body := map[string]any{}
	address := func(name string, value *string) {
		switch {
		case value == nil:
		case *value == "":
			body[name] = nil
		default:
			body[name] = *value
		}
	}
	address("certificateRevocationListUrl", u.CRLURL)
	address("deltaCertificateRevocationListUrl", u.DeltaURL)
	if u.Type != nil {
		body["certificateAuthorityType"] = *u.Type
	}
	if u.IsIssuerHintEnabled != nil {
		body["isIssuerHintEnabled"] = *u.IsIssuerHintEnabled
	}
	return body
}

// UpdateCA changes a CA.
func (c *Client) UpdateCA(ctx context.Context, pki, ca string, u CAUpdate) error {
	return c.do(ctx, http.MethodPatch, caOf(pki, ca), u.Body(), nil)
}

// DeleteCA deletes a CA, which can be restored for 30 days.
func (c *Client) DeleteCA(ctx context.Context, pki, ca string) error {
	return c.do(ctx, http.MethodDelete, caOf(pki, ca), nil, nil)
}

// Restore brings back a CA that was deleted in the last 30 days.
func (c *Client) Restore(ctx context.Context, id string) error {
	return c.do(ctx, http.MethodPost, "/directory/deletedItems/"+url.PathEscape(id)+"/restore", nil, nil)
}

// Upload is a bulk upload of CAs: a certs-only .p7b of at most 2 MB at an address
// that the Internet reaches.
type Upload struct {
	URL    string `json:"uploadUrl"`
	SHA256 string `json:"sha256FileHash"` // in upper-case hex
}

// UploadCAs begins to add all CAs of a .p7b to a container, which goes on behind
// the answer: the container's Status is [Running] until it ends.
func (c *Client) UploadCAs(ctx context.Context, pki string, u Upload) error {
	return c.do(ctx, http.MethodPost, pkiOf(pki)+"/upload", u, nil)
}
