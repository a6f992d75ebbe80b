package preflight

// The part of SARIF 2.1.0 that WriteSARIF uses, under the names of its schema.
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool        sarifTool          `json:"tool"`
		Invocations []sarifInvocation  `json:"invocations"`
		Results     []sarifResult      `json:"results"`
		Properties  sarifRunProperties `json:"properties"`
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		Name           string      `json:"name"`
		Version        string      `json:"version,omitempty"`
		InformationURI string      `json:"informationUri"`
		Rules          []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID               string              `json:"id"`
		ShortDescription sarifText           `json:"shortDescription"`
		FullDescription  sarifText           `json:"fullDescription"`
		Help             sarifText           `json:"help"`
		HelpURI          string              `json:"helpUri,omitempty"`
		Properties       sarifRuleProperties `json:"properties"`
	}
	sarifText struct {
		Text string `json:"text"`
	}
	sarifInvocation struct {
		ExecutionSuccessful bool `json:"executionSuccessful"`
	}
	sarifResult struct {
		RuleID       string                `json:"ruleId"`
		RuleIndex    *int                  `json:"ruleIndex,omitempty"`
		Level        string                `json:"level"`
		Message      sarifText             `json:"message"`
		Locations    []sarifLocation       `json:"locations"`
		Fingerprints map[string]string     `json:"partialFingerprints"`
		Suppressions []sarifSuppression    `json:"suppressions,omitempty"`
		Properties   sarifResultProperties `json:"properties"`
	}
	sarifLocation struct {
		Physical sarifPhysical `json:"physicalLocation"`
	}
	sarifPhysical struct {
		Artifact sarifArtifact `json:"artifactLocation"`
		Region   *sarifRegion  `json:"region,omitempty"`
	}
	sarifArtifact struct {
		URI string `json:"uri"`
	}
	sarifRegion struct {
		StartLine   int `json:"startLine"`
		StartColumn int `json:"startColumn,omitempty"`
	}
	sarifSuppression struct {
		Kind          string `json:"kind"`
		Status        string `json:"status"`
		Justification string `json:"justification"`
	}
)

// What SARIF has no field of its own for.
type (
	sarifRunProperties struct {
		At       string  `json:"at"` // the time judged for
		Scenario string  `json:"scenario"`
		Subjects int     `json:"subjects"`
		Summary  Summary `json:"summary"`
	}
	sarifRuleProperties struct {
		Basis  Basis    `json:"basis"`
		Codes  []string `json:"codes,omitempty"`
		Source string   `json:"source,omitempty"`
		Tags   []string `json:"tags"`
	}
	sarifResultProperties struct {
		Kind   string   `json:"subjectKind"`
		Value  string   `json:"value,omitempty"`
		Basis  string   `json:"basis"`
		Source string   `json:"source,omitempty"`
		Codes  []string `json:"codes,omitempty"`
	}
)
