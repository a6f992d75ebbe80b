// Package revoke cuts a user off so that it lasts: it ends the sessions that there
// are, and says what is still missing until the certificate opens none anew.
package revoke
