<#
.SYNOPSIS
    Makes Entra ID trust certificate authorities: adds them to a PKI of the new store.

.DESCRIPTION
    Signs you in with Microsoft's own app for PowerShell, finds the PKI by its name or
    creates it, and adds each CA that is not in it yet, one at a time. It shows what it
    will do and asks first. It deletes nothing, and may be run twice.

    Whoever holds the key of a trusted CA can sign in as any user whom the rules for
    binding certificates to users let it name. Read the list before you say yes.

    You need the role Privileged Authentication Administrator or Authentication
    Administrator, and the modules Microsoft.Graph.Authentication and
    Microsoft.Graph.Identity.DirectoryManagement.

.PARAMETER Environment
    Your cloud, by the name that Connect-MgGraph gives it.

.EXAMPLE
    .\trust-pki.ps1 -WhatIf

    Shows what would be added.

.EXAMPLE
    .\trust-pki.ps1
#>
#Requires -Version 5.1
#Requires -Modules @{ ModuleName = 'Microsoft.Graph.Authentication'; ModuleVersion = '2.0.0' }
#Requires -Modules @{ ModuleName = 'Microsoft.Graph.Identity.DirectoryManagement'; ModuleVersion = '2.0.0' }

[CmdletBinding(SupportsShouldProcess = $true, ConfirmImpact = 'High')]
param(
    [ValidateSet('Global', 'USGov', 'USGovDoD', 'China')]
    [string] $Environment = 'Global'
)

Set-StrictMode -Version 3.0
$ErrorActionPreference = 'Stop'

$plan = $null
#DATA#
if ($null -eq $plan) { throw 'no CAs are inside: let easkit write this script' }

$store = '/v1.0/directory/publicKeyInfrastructure/certificateBasedAuthConfigurations'

# Returns a property, element by element if it holds several. Nothing comes back where it
# is missing or null, which strict mode would not allow otherwise.
function Get-Part {
    param([object] $Of, [string] $Name)
    if ($null -eq $Of) { return }
    $property = $Of.PSObject.Properties[$Name]
    if ($null -eq $property -or $null -eq $property.Value) { return }
    $property.Value
}

# Reads all pages. What comes back is to be put into @( ).
function Read-Collection {
    param([string] $Uri)
    while ($Uri) {
        $page = ConvertFrom-Json -InputObject (Invoke-MgGraphRequest -Method GET -Uri $Uri -OutputType Json)
        Get-Part -Of $page -Name 'value'
        $Uri = Get-Part -Of $page -Name '@odata.nextLink'
    }
}

function Read-Thumbprint {
    param([string] $Id)
    foreach ($authority in @(Read-Collection -Uri ($store + '/' + $Id + '/certificateAuthorities'))) {
        Get-Part -Of $authority -Name 'thumbprint'
    }
}

function Format-Authority {
    param([object] $Authority)
    [string] (Get-Part -Of $Authority -Name 'displayName') + ', SHA-1 ' + $Authority.thumbprint
}

# Returns what the cmdlet takes: the certificate as bytes, the time as UTC. PowerShell 7
# has made a time of its text already, Windows PowerShell has not.
function ConvertTo-Body {
    param([object] $Authority)
    $body = @{}
    foreach ($property in $Authority.PSObject.Properties) {
        if ($null -eq $property.Value -or $property.Name -like '@*') { continue }
        $body[$property.Name] = $property.Value
    }
    $body['certificate'] = [System.Convert]::FromBase64String($Authority.certificate)
    $body['expirationDateTime'] = ([DateTime] $Authority.expirationDateTime).ToUniversalTime()
    $body
}

Connect-MgGraph -Scopes 'PublicKeyInfrastructure.ReadWrite.All' -Environment $Environment -ContextScope Process -NoWelcome
try {
    $same = @(foreach ($pki in @(Read-Collection -Uri $store)) {
        if ((Get-Part -Of $pki -Name 'displayName') -eq $plan.pki) { $pki }
    })
    if ($same.Count -gt 1) { throw "$($same.Count) PKIs are named $($plan.pki): rename all but one, and run this again" }
    $id = ''
    $present = @()
    if ($same.Count -eq 1) {
        $id = $same[0].id
        $present = @(Read-Thumbprint -Id $id)
    }
    $new = @(foreach ($authority in @($plan.certificateAuthorities)) {
        if ($present -contains $authority.thumbprint) {
            Write-Host -Object ('already there: ' + (Format-Authority -Authority $authority))
        } else {
            $authority
        }
    })
    foreach ($authority in $new) {
        Write-Host -Object ('to be trusted: ' + (Format-Authority -Authority $authority))
    }
    if ($new.Count -eq 0) {
        Write-Host -Object 'nothing to do'
        return
    }
    Write-Warning -Message 'WHOEVER HOLDS THE KEY OF A TRUSTED CA CAN SIGN IN AS ANY USER OF THIS TENANT.'
    if ($id -eq '') {
        if ($PSCmdlet.ShouldProcess($plan.pki, 'create this PKI')) {
            $id = (New-MgDirectoryPublicKeyInfrastructureCertificateBasedAuthConfiguration -BodyParameter @{ displayName = $plan.pki } -Confirm:$false).Id
        } elseif (-not $WhatIfPreference) {
            Write-Host -Object 'nothing was changed'
            return
        }
    }
    $added = 0
    foreach ($authority in $new) {
        if ($PSCmdlet.ShouldProcess((Format-Authority -Authority $authority), "trust this CA in $($plan.pki)")) {
            New-MgDirectoryPublicKeyInfrastructureCertificateBasedAuthConfigurationCertificateAuthority `
                -CertificateBasedAuthPkiId $id `
                -BodyParameter (ConvertTo-Body -Authority $authority) `
                -Confirm:$false | Out-Null
            $added++
            Write-Host -Object ('added: ' + (Format-Authority -Authority $authority))
        }
    }
    if ($added -gt 0) {
        $present = @(Read-Thumbprint -Id $id)
        Write-Host -Object "$added added; the PKI now shows $($present.Count). It can take minutes until all of Entra ID knows."
    }
} finally {
    Disconnect-MgGraph | Out-Null
}
