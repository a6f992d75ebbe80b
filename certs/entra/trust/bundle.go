package trust

import (
	"crypto/sha256"
	"errors"
	"fmt"

	"github.com/easkit/easkit/certs/cms"
)

// MaxBundle is how many bytes the .p7b of a bulk upload may have. Microsoft says
// "2 MB" and not which; this is the smaller of the two readings.
// Source: https://learn.microsoft.com/entra/identity/authentication/how-to-certificate-based-authentication
const MaxBundle = 2_000_000

// Bundle is the .p7b that a bulk upload takes: the certificates of all entries,
// without signatures. The same entries give the same bytes in whatever order they
// come. No entry at all is an error, as are more than MaxBundle bytes.
func Bundle(entries []Entry) ([]byte, error) {
	if len(entries) == 0 {
		return nil, errors.New("making the .p7b for a bulk upload: there is no CA to put into it")
	}
	certificates := make([][]byte, len(entries))
	for i, e := range entries {
		certificates[i] = e.Certificate
	}
	der, err := cms.MarshalCertsOnly(certificates)
	if err != nil {
		return nil, fmt.Errorf("making the .p7b for a bulk upload: %w", err)
	}
	if len(der) > MaxBundle {
		return nil, fmt.Errorf("making the .p7b for a bulk upload: %d CAs make %d bytes, more than the %d (2 MB) that Entra ID takes: upload them in parts, or add them one by one",
			len(entries), len(der), MaxBundle)
	}
	return der, nil
}

// BundleHash is the SHA-256 of a bundle in upper-case hex, as PowerShell's
// Get-FileHash prints it and Entra ID wants it.
func BundleHash(der []byte) string { return fmt.Sprintf("%X", sha256.Sum256(der)) }
