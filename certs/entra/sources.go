package entra

// Where the rules come from.
const (
	learnCBA = "https://learn.microsoft.com/entra/identity/authentication/"

	srcGetStarted  = learnCBA + "certificate-based-authentication-federation-get-started"
	srcCRL         = learnCBA + "concept-certificate-based-authentication-certificate-revocation-list"
	srcDeep        = learnCBA + "concept-certificate-based-authentication-technical-deep-dive"
	srcUserIDs     = learnCBA + "concept-certificate-based-authentication-certificateuserids"
	srcConfigureCA = learnCBA + "how-to-configure-certificate-authorities"
	srcHowTo       = learnCBA + "how-to-certificate-based-authentication"
	srcLimits      = learnCBA + "concept-certificate-based-authentication-limitations"
	srcUpload      = "https://learn.microsoft.com/graph/api/certificatebasedauthpki-upload"
	srcDomains     = "https://learn.microsoft.com/microsoft-365/admin/setup/manage-domain-users"
	srcRFC5280     = "https://www.rfc-editor.org/rfc/rfc5280"
	srcSDL         = "https://learn.microsoft.com/security/sdl/cryptographic-recommendations"
)
