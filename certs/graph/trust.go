package graph

import "time"

// CA is an authority of the classic trust store (complex type
// certificateAuthority).
type CA struct {
	Certificate []byte `json:"certificate"` // DER
	IsRoot      bool   `json:"isRootAuthority"`
	CRLURL      string `json:"certificateRevocationListUrl,omitempty"`
	DeltaURL    string `json:"deltaCertificateRevocationListUrl,omitempty"`
}

// ClassicStore is the classic trust store (resource
// certificateBasedAuthConfiguration). There is one at most, with the id
// [ClassicStoreID]; it can be deleted and made anew, and not be updated.
type ClassicStore struct {
	ID  string `json:"id,omitempty"`
	CAs []CA   `json:"certificateAuthorities"`
}

// ClassicStoreID is the id of the one classic trust store.
// Source: https://learn.microsoft.com/graph/api/resources/certificatebasedauthconfiguration
const ClassicStoreID = "29728ade-6ae4-4ee9-9103-412912537da5"

// PKI is a container of CAs in the PKI-based trust store (resource
// certificateBasedAuthPki).
type PKI struct {
	ID            string     `json:"id,omitempty"`
	DisplayName   string     `json:"displayName"`
	Status        string     `json:"status,omitempty"`        // of the last upload: running, succeeded, failed
	StatusDetails string     `json:"statusDetails,omitempty"` // why it failed
	CAs           []CADetail `json:"certificateAuthorities,omitempty"`
}

// The Status of a PKI while an upload is under way, and after one that added
// nothing.
const (
	Running = "running"
	Failed  = "failed"
)

// CADetail is an authority of the PKI-based trust store (resource
// certificateAuthorityDetail).
type CADetail struct {
	ID                  string    `json:"id,omitempty"`
	DisplayName         string    `json:"displayName,omitempty"`
	Type                string    `json:"certificateAuthorityType,omitempty"` // root or intermediate
	Certificate         []byte    `json:"certificate,omitempty"`              // DER
	Thumbprint          string    `json:"thumbprint,omitempty"`               // SHA-1 in hex
	Expiration          time.Time `json:"expirationDateTime,omitzero"`
	Issuer              string    `json:"issuer,omitempty"`
	SKI                 string    `json:"issuerSubjectKeyIdentifier,omitempty"`
	CRLURL              string    `json:"certificateRevocationListUrl,omitempty"`
	DeltaURL            string    `json:"deltaCertificateRevocationListUrl,omitempty"`
	IsIssuerHintEnabled bool      `json:"isIssuerHintEnabled"`
	Deleted             time.Time `json:"deletedDateTime,omitzero"`
}

// The types of a [CADetail].
const (
	Root         = "root"
	Intermediate = "intermediate"
)
