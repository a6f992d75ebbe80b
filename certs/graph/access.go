package graph

// AccessPolicy is a Conditional Access policy (resource conditionalAccessPolicy).
type AccessPolicy struct {
	ID          string           `json:"id"`
	DisplayName string           `json:"displayName"`
	State       string           `json:"state"` // enabled, disabled or enabledForReportingButNotEnforced
	Conditions  AccessConditions `json:"conditions"`
	Grant       *AccessGrant     `json:"grantControls"`
}

// AccessConditions say when a policy applies (conditionalAccessConditionSet).
// What is nil or empty is no condition.
type AccessConditions struct {
	ClientAppTypes []string `json:"clientAppTypes"` // all, browser, mobileAppsAndDesktopClients, exchangeActiveSync, easSupported, other
	Applications   struct {
		Include []string `json:"includeApplications"` // All, None, Office365, or app ids
		Exclude []string `json:"excludeApplications"`
	} `json:"applications"`
	Users struct {
		Include       []string `json:"includeUsers"` // All, None, GuestsOrExternalUsers, or ids
		Exclude       []string `json:"excludeUsers"`
		IncludeGroups []string `json:"includeGroups"`
		ExcludeGroups []string `json:"excludeGroups"`
		IncludeRoles  []string `json:"includeRoles"`
		ExcludeRoles  []string `json:"excludeRoles"`
	} `json:"users"`
	Platforms *struct {
		Include []string `json:"includePlatforms"` // all, iOS, android …
		Exclude []string `json:"excludePlatforms"`
	} `json:"platforms"`
	Locations *struct {
		Include []string `json:"includeLocations"` // All, AllTrusted, or ids
		Exclude []string `json:"excludeLocations"`
	} `json:"locations"`
	Devices *struct {
		Filter *struct {
			Mode string `json:"mode"` // include or exclude
			Rule string `json:"rule"`
		} `json:"deviceFilter"`
	} `json:"devices"`
	AuthenticationFlows *struct {
		TransferMethods string `json:"transferMethods"` // deviceCodeFlow, authenticationTransfer
	} `json:"authenticationFlows"`
	UserRiskLevels   []string `json:"userRiskLevels"`
	SignInRiskLevels []string `json:"signInRiskLevels"`
}

// AccessGrant is what a policy asks for (conditionalAccessGrantControls).
type AccessGrant struct {
	Operator string    `json:"operator"`        // AND or OR
	Controls []string  `json:"builtInControls"` // block, mfa, compliantDevice, domainJoinedDevice, approvedApplication, compliantApplication, passwordChange
	Strength *Strength `json:"authenticationStrength"`
}

// Strength is an authentication strength (authenticationStrengthPolicy).
type Strength struct {
	DisplayName string   `json:"displayName"`
	Allowed     []string `json:"allowedCombinations"` // such as x509CertificateMultiFactor
}
