package templates_test

import (
	"fmt"
	"slices"
	"strings"
)

// Where the rows below come from: repositories of Microsoft's documentation, as of a
// commit.
const (
	graphPages    = "MicrosoftDocs/microsoftgraph-docs-powershell@000701007bf4 (pages of 2026-01-30): microsoftgraph/graph-powershell-1.0/"
	shellPages    = "MicrosoftDocs/PowerShell-Docs@27138b21b41d (2026-08-20): reference/5.1/"
	exchangePages = "MicrosoftDocs/office-docs-powershell@93336da2bca9 (2026-08-21): exchange/exchange-ps/"
)

// cmdlets are those that scripts may call, with those of their documented parameters that
// scripts may name. Those of the shell are documented for Windows PowerShell 5.1, the
// oldest edition in use.
var cmdlets = []struct {
	name, module, parameters, pages string
}{
	{"Connect-MgGraph", "Microsoft.Graph.Authentication", "Scopes TenantId ContextScope Environment UseDeviceCode NoWelcome", graphPages},
	{"Disconnect-MgGraph", "Microsoft.Graph.Authentication", "", graphPages},
	{"Invoke-MgGraphRequest", "Microsoft.Graph.Authentication", "Method Uri Body Headers ContentType OutputType", graphPages},
	{"New-MgDirectoryPublicKeyInfrastructureCertificateBasedAuthConfiguration", "Microsoft.Graph.Identity.DirectoryManagement",
		"BodyParameter DisplayName WhatIf Confirm", graphPages},
	{"New-MgDirectoryPublicKeyInfrastructureCertificateBasedAuthConfigurationCertificateAuthority", "Microsoft.Graph.Identity.DirectoryManagement",
		"CertificateBasedAuthPkiId BodyParameter WhatIf Confirm", graphPages},
	{"New-MgOrganizationCertificateBasedAuthConfiguration", "Microsoft.Graph.Identity.SignIns",
		"OrganizationId BodyParameter CertificateAuthorities WhatIf Confirm", graphPages},
	{"Remove-MgOrganizationCertificateBasedAuthConfiguration", "Microsoft.Graph.Identity.SignIns",
		"OrganizationId CertificateBasedAuthConfigurationId IfMatch PassThru WhatIf Confirm", graphPages},

	{"Get-CASMailbox", "ExchangePowerShell", "ResultSize Filter Identity", exchangePages},

	{"ConvertFrom-Json", "Microsoft.PowerShell.Utility", "InputObject", shellPages},
	{"ConvertTo-Csv", "Microsoft.PowerShell.Utility", "InputObject Delimiter NoTypeInformation", shellPages},
	{"ConvertTo-Json", "Microsoft.PowerShell.Utility", "InputObject Depth Compress", shellPages},
	{"Get-ChildItem", "Microsoft.PowerShell.Management", "LiteralPath Force", shellPages},
	{"Get-Command", "Microsoft.PowerShell.Core", "Name Module", shellPages},
	{"New-Item", "Microsoft.PowerShell.Management", "Path ItemType Force WhatIf Confirm", shellPages},
	{"New-Object", "Microsoft.PowerShell.Utility", "TypeName ArgumentList Property", shellPages},
	{"Out-Null", "Microsoft.PowerShell.Core", "InputObject", shellPages},
	{"Select-Object", "Microsoft.PowerShell.Utility", "Property First Unique", shellPages},
	{"Set-StrictMode", "Microsoft.PowerShell.Core", "Version Off", shellPages},
	{"Sort-Object", "Microsoft.PowerShell.Utility", "Property Unique Descending", shellPages},
	{"Test-Path", "Microsoft.PowerShell.Management", "LiteralPath PathType", shellPages},
	{"Where-Object", "Microsoft.PowerShell.Core", "FilterScript", shellPages},
	{"Write-Host", "Microsoft.PowerShell.Utility", "Object NoNewline ForegroundColor", shellPages},
	{"Write-Warning", "Microsoft.PowerShell.Utility", "Message", shellPages},
}

// commonParameters are taken by every cmdlet: about_CommonParameters in shellPages.
var commonParameters = strings.Fields("Debug ErrorAction ErrorVariable InformationAction Verbose WarningAction")

// undocumented says which calls of a script name a cmdlet or a parameter that is neither
// in the table nor the script's own.
func undocumented(s script) []string {
	var wrong []string
	for _, u := range s.uses {
		allowed, known := s.functions[u.name]
		for _, c := range cmdlets {
			if c.name == u.name {
				allowed, known = append(strings.Fields(c.parameters), commonParameters...), true
			}
		}
		if !known {
			wrong = append(wrong, fmt.Sprintf("line %d: no cmdlet %s", u.line, u.name))
		}
		for _, p := range u.parameters {
			if known && !slices.Contains(allowed, p) {
				wrong = append(wrong, fmt.Sprintf("line %d: %s has no parameter -%s", u.line, u.name, p))
			}
		}
	}
	return wrong
}
