package crl

import (
	"time"

	"github.com/easkit/easkit/certs/preflight"
)

// Limits are what Entra ID allows a CRL in one cloud, in bytes and by time.
//
// Microsoft writes its limits in MB and does not say whether that is 10^6 or
// 2^20 bytes. So each has two values: up to the first the CRL is within the
// limit by either reading, above the second it is over the limit by either.
type Limits struct {
	// WarnSize and MaxSize bound a CRL that an interactive sign-in downloads;
	// above, that sign-in fails (AADSTS2205014) and a later one may not.
	WarnSize, MaxSize int64

	// BackgroundWarnSize and BackgroundSize bound a CRL that Entra ID downloads
	// after that in the background; above, no sign-in succeeds.
	BackgroundWarnSize, BackgroundSize int64

	// MaxTime bounds the download, from the request to the last byte
	// (AADSTS2205012).
	MaxTime time.Duration

	// Documented says that Microsoft gives these limits for this cloud; where it
	// doesn't, those of the worldwide cloud stand here as an assumption.
	Documented bool
}

// LimitsSource is Microsoft's page on the CRLs of certificate-based
// authentication, from which the limits are.
const LimitsSource = "https://learn.microsoft.com/entra/identity/authentication/concept-certificate-based-authentication-certificate-revocation-list"

// The two readings of a size in MB.
const (
	limitDecimalMB = 1_000_000
	limitBinaryMB  = 1 << 20
)

// The limits in MB (LimitsSource, page of 2025-08-26), and the time. That page's
// text and its FAQ differ on the background limit of the worldwide cloud; up to
// the lower of the two a CRL is safe.
const (
	limitPublicMB        = 20
	limitPublicServiceMB = 65
	limitPublicOldMB     = 45
	limitGovMB           = 45
	limitGovServiceMB    = 150

	limitTime = 10 * time.Second
)

// LimitsOf gives the limits of a cloud, of the worldwide one for "". GCC shares
// the limits of the worldwide cloud, GCC High and DoD have higher ones. For
// China (21Vianet) none are documented: those of the worldwide cloud are
// assumed, as they are for a word that is no cloud.
func LimitsOf(cloud preflight.Cloud) Limits {
	public := Limits{
		WarnSize: limitPublicMB * limitDecimalMB,
		MaxSize:  limitPublicMB * limitBinaryMB,

		BackgroundWarnSize: limitPublicOldMB * limitDecimalMB,
		BackgroundSize:     limitPublicServiceMB * limitBinaryMB,

		MaxTime:    limitTime,
		Documented: true,
	}
	switch cloud {
	case preflight.GCCHigh, preflight.DoD:
		return Limits{
			WarnSize: limitGovMB * limitDecimalMB,
			MaxSize:  limitGovMB * limitBinaryMB,

			BackgroundWarnSize: limitGovServiceMB * limitDecimalMB,
			BackgroundSize:     limitGovServiceMB * limitBinaryMB,

			MaxTime:    limitTime,
			Documented: true,
		}
	case "", preflight.Worldwide, preflight.GCC:
		return public
	}
	public.Documented = false
	return public
}
