<#
.SYNOPSIS
    Makes Entra ID trust certificate authorities: sets the whole list of the classic store.

.DESCRIPTION
    Signs you in with Microsoft's own app for PowerShell. The classic store holds one list
    of CAs, which can only be set as a whole: a CA that is not in the new list is no longer
    trusted. The script shows both lists and asks first.

    The present list is saved to a file before anything is sent. Then the new list is sent
    alone. If the service refuses that because a list is there already, the script stops,
    unless -AcceptOutage allows it to remove the list and to send the new one: in between
    nobody can sign in with a certificate. If the new list is refused even then, the saved
    one is sent again. At the end the script says what is there.

    Whoever holds the key of a trusted CA can sign in as any user whom the rules for
    binding certificates to users let it name. Read the list before you say yes.

    You need the role Global Administrator, and the modules Microsoft.Graph.Authentication
    and Microsoft.Graph.Identity.SignIns.

.PARAMETER Backup
    The file to save the present list to. It must not exist.

.PARAMETER AcceptOutage
    Allows the script to remove the list before it sends the new one.

.PARAMETER Environment
    Your cloud, by the name that Connect-MgGraph gives it.

.EXAMPLE
    .\trust-classic.ps1 -WhatIf

    Shows what would change.

.EXAMPLE
    .\trust-classic.ps1 -Backup before.json
#>
#Requires -Version 5.1
#Requires -Modules @{ ModuleName = 'Microsoft.Graph.Authentication'; ModuleVersion = '2.0.0' }
#Requires -Modules @{ ModuleName = 'Microsoft.Graph.Identity.SignIns'; ModuleVersion = '2.0.0' }

[CmdletBinding(SupportsShouldProcess = $true, ConfirmImpact = 'High')]
param(
    [string] $Backup = 'classic-store-' + [DateTime]::UtcNow.ToString('yyyyMMddHHmmss') + '.json',

    [switch] $AcceptOutage,

    [ValidateSet('Global', 'USGov', 'USGovDoD', 'China')]
    [string] $Environment = 'Global'
)

Set-StrictMode -Version 3.0
$ErrorActionPreference = 'Stop'

$plan = $null
#DATA#
if ($null -eq $plan) { throw 'no CAs are inside: let easkit write this script' }

# Returns a property, element by element if it holds several. Nothing comes back where it
# is missing or null, which strict mode would not allow otherwise.
function Get-Part {
    param([object] $Of, [string] $Name)
    if ($null -eq $Of) { return }
    $property = $Of.PSObject.Properties[$Name]
    if ($null -eq $property -or $null -eq $property.Value) { return }
    $property.Value
}

function Read-Text {
    param([string] $Uri)
    Invoke-MgGraphRequest -Method GET -Uri $Uri -OutputType Json
}

# Returns the configurations in an answer: one, or none.
function Get-Configuration {
    param([string] $Text)
    Get-Part -Of (ConvertFrom-Json -InputObject $Text) -Name 'value'
}

function Get-Authority {
    param([string] $Text)
    foreach ($configuration in @(Get-Configuration -Text $Text)) {
        Get-Part -Of $configuration -Name 'certificateAuthorities'
    }
}

function Open-Certificate {
    param([object] $Authority)
    $bytes = [System.Convert]::FromBase64String($Authority.certificate)
    New-Object -TypeName System.Security.Cryptography.X509Certificates.X509Certificate2 -ArgumentList (, $bytes)
}

# Returns the thumbprints in order, as one text to compare.
function Join-Thumbprint {
    param([object[]] $Authorities)
    $thumbprints = @(foreach ($authority in $Authorities) { (Open-Certificate -Authority $authority).Thumbprint })
    ($thumbprints | Sort-Object -Unique) -join ' '
}

function Show-Authority {
    param([string] $Title, [object[]] $Authorities)
    Write-Host -Object "$Title ($($Authorities.Count)):"
    foreach ($authority in $Authorities) {
        $certificate = Open-Certificate -Authority $authority
        $kind = 'intermediate'
        if ($authority.isRootAuthority) { $kind = 'root' }
        $url = [string] (Get-Part -Of $authority -Name 'certificateRevocationListUrl')
        Write-Host -Object "  $($certificate.Subject), $kind, SHA-1 $($certificate.Thumbprint), CRL: $url"
    }
}

# Sets the list. What the service calculates by itself is left out.
function Send-Authority {
    param([string] $OrganizationId, [object[]] $Authorities)
    $bodies = @(foreach ($authority in $Authorities) {
        $body = @{
            certificate     = [System.Convert]::FromBase64String($authority.certificate)
            isRootAuthority = [bool] $authority.isRootAuthority
        }
        foreach ($name in 'certificateRevocationListUrl', 'deltaCertificateRevocationListUrl') {
            $url = [string] (Get-Part -Of $authority -Name $name)
            if ($url -ne '') { $body[$name] = $url }
        }
        $body
    })
    New-MgOrganizationCertificateBasedAuthConfiguration `
        -OrganizationId $OrganizationId `
        -BodyParameter @{ certificateAuthorities = $bodies } `
        -Confirm:$false | Out-Null
}

# Saves a text to a new file, and reads it back.
function Save-Backup {
    param([string] $Text)
    if (Test-Path -LiteralPath $Backup) { throw "$Backup exists: name another file with -Backup" }
    $path = (New-Item -ItemType File -Path $Backup -Confirm:$false).FullName
    $utf8 = New-Object -TypeName System.Text.UTF8Encoding -ArgumentList $false
    [System.IO.File]::WriteAllText($path, $Text, $utf8)
    if ([System.IO.File]::ReadAllText($path, $utf8) -cne $Text) { throw "$path does not hold what was written: nothing was changed" }
    Write-Host -Object "the present list is saved in $path"
}

# Removes the list and sends the new one, or the old one if the new one is refused.
function Switch-Authority {
    param([string] $OrganizationId, [string] $Before, [object[]] $Authorities)
    foreach ($configuration in @(Get-Configuration -Text $Before)) {
        Remove-MgOrganizationCertificateBasedAuthConfiguration `
            -OrganizationId $OrganizationId `
            -CertificateBasedAuthConfigurationId $configuration.id `
            -Confirm:$false
    }
    try {
        Send-Authority -OrganizationId $OrganizationId -Authorities $Authorities
    } catch {
        Write-Warning -Message ('the new list was refused: ' + $_.Exception.Message)
        try {
            Send-Authority -OrganizationId $OrganizationId -Authorities @(Get-Authority -Text $Before)
        } catch {
            Write-Warning -Message "NO CA IS TRUSTED NOW, and nobody can sign in with a certificate. The old list is in $Backup."
            throw
        }
        Write-Warning -Message 'the old list was sent again'
    }
}

Connect-MgGraph -Scopes 'Organization.ReadWrite.All' -Environment $Environment -ContextScope Process -NoWelcome
try {
    $organizations = @(Get-Part -Of (ConvertFrom-Json -InputObject (Read-Text -Uri '/v1.0/organization')) -Name 'value')
    if ($organizations.Count -ne 1) { throw "Graph names $($organizations.Count) organizations, not one" }
    $id = $organizations[0].id
    $uri = '/v1.0/organization/' + $id + '/certificateBasedAuthConfiguration'
    $before = Read-Text -Uri $uri
    $old = @(Get-Authority -Text $before)
    $new = @($plan.certificateAuthorities)
    if ($new.Count -eq 0) { throw 'the new list is empty, which would leave no CA trusted' }
    Show-Authority -Title 'trusted now' -Authorities $old
    Show-Authority -Title 'to be trusted' -Authorities $new
    $kept = (Join-Thumbprint -Authorities $new) -split ' '
    foreach ($authority in $old) {
        $certificate = Open-Certificate -Authority $authority
        if ($kept -notcontains $certificate.Thumbprint) {
            Write-Warning -Message "NO LONGER TRUSTED AFTERWARDS: $($certificate.Subject), SHA-1 $($certificate.Thumbprint)"
        }
    }
    Write-Warning -Message 'WHOEVER HOLDS THE KEY OF A TRUSTED CA CAN SIGN IN AS ANY USER OF THIS TENANT.'
    if (-not $PSCmdlet.ShouldProcess($organizations[0].displayName, "set the whole list to these $($new.Count) CAs")) { return }

    Save-Backup -Text $before
    try {
        Send-Authority -OrganizationId $id -Authorities $new
    } catch {
        Write-Warning -Message ('the new list was refused: ' + $_.Exception.Message)
        if (@(Get-Configuration -Text $before).Count -eq 0) { throw }
        if (-not $AcceptOutage) {
            throw 'to remove the present list first, run this again with -AcceptOutage: until the new list is in, nobody can sign in with a certificate'
        }
        if (-not $PSCmdlet.ShouldProcess($organizations[0].displayName, 'remove the list of CAs, then send the new one: NOBODY CAN SIGN IN WITH A CERTIFICATE IN BETWEEN')) { return }
        Switch-Authority -OrganizationId $id -Before $before -Authorities $new
    } finally {
        $after = @(Get-Authority -Text (Read-Text -Uri $uri))
        Show-Authority -Title 'trusted now, as Graph answers' -Authorities $after
        if ((Join-Thumbprint -Authorities $after) -ne (Join-Thumbprint -Authorities $new)) {
            Write-Warning -Message 'That is not the new list. It can take minutes until all of Entra ID knows: look again before you change anything.'
        }
    }
} finally {
    Disconnect-MgGraph | Out-Null
}
