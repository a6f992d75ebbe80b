package graph

import (
	"context"
	"net/http"
	"net/url"
	"strings"
)

func userPath(user string) string { return "/users/" + url.PathEscape(user) }

// User reads a user by id or userPrincipalName, with the properties of
// [UserSelect].
func (c *Client) User(ctx context.Context, user string) (User, error) {
	var u User
	err := c.Get(ctx, userPath(user)+"?$select="+UserSelect, &u)
	return u, err
}

// Holders finds the users who have a value among their certificateUserIds.
// Source: https://learn.microsoft.com/entra/identity/authentication/concept-certificate-based-authentication-certificateuserids
func (c *Client) Holders(ctx context.Context, certificateUserID string) ([]User, error) {
	filter := "authorizationInfo/certificateUserIds/any(x:x eq '" + strings.ReplaceAll(certificateUserID, "'", "''") + "')"
	return List[User](ctx, c, "/users?$count=true&$select=id,userPrincipalName&$filter="+url.QueryEscape(filter))
}

// SetCertificateUserIDs replaces all certificateUserIds of a user.
func (c *Client) SetCertificateUserIDs(ctx context.Context, user string, ids []string) error {
	body := struct {
		AuthorizationInfo AuthorizationInfo `json:"authorizationInfo"`
	}{AuthorizationInfo{CertificateUserIDs: ids}}
	return c.do(ctx, http.MethodPatch, userPath(user), body, nil)
}

// RevokeSignInSessions makes all tokens and sessions of a user invalid. It takes
// minutes until every service knows.
func (c *Client) RevokeSignInSessions(ctx context.Context, user string) error {
	return c.do(ctx, http.MethodPost, userPath(user)+"/revokeSignInSessions", nil, nil)
}
