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
    one is sent again, without CAs that have expired, which the service refuses. At the end
    the script says what is there.

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

# Returns all that is set about a CA, as one text to compare.
function Get-Setting {
    param([object] $Authority)
    $parts = @((Open-Certificate -Authority $Authority).Thumbprint, [bool] $Authority.isRootAuthority)
    foreach ($name in 'certificateRevocationListUrl', 'deltaCertificateRevocationListUrl') {
        $parts += [string] (Get-Part -Of $Authority -Name $name)
    }
    $parts -join ' | '
}

# Tells whether two lists set the same, in whatever order.
function Test-Same {
    param([object[]] $Left, [object[]] $Right)
    $texts = @(foreach ($list in $Left, $Right) {
        $settings = @(foreach ($authority in $list) { Get-Setting -Authority $authority })
        ($settings | Sort-Object -Unique) -join "`n"
    })
    $texts[0] -ceq $texts[1]
}

# Warns of what the present list has and the new one has not: CAs, and CRL addresses.
function Show-Loss {
    param([object[]] $Old, [object[]] $New)
    $kept = @{}
    foreach ($authority in $New) { $kept[(Open-Certificate -Authority $authority).Thumbprint] = $authority }
    foreach ($authority in $Old) {
        $certificate = Open-Certificate -Authority $authority
        $who = "$($certificate.Subject), SHA-1 $($certificate.Thumbprint)"
        if (-not $kept.ContainsKey($certificate.Thumbprint)) {
            Write-Warning -Message "NO LONGER TRUSTED AFTERWARDS: $who"
            continue
        }
        foreach ($name in 'certificateRevocationListUrl', 'deltaCertificateRevocationListUrl') {
            $was = [string] (Get-Part -Of $authority -Name $name)
            $is = [string] (Get-Part -Of $kept[$certificate.Thumbprint] -Name $name)
            if ($was -eq '' -or $was -ceq $is) { continue }
            if ($is -eq '') { $is = 'none' }
            Write-Warning -Message "THE CRL ADDRESS $was GOES ($name, $is instead): $who"
        }
    }
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

# Removes the list. After an error it looks whether the list is there all the same.
function Remove-List {
    param([string] $OrganizationId, [string] $Uri, [string] $Before)
    foreach ($configuration in @(Get-Configuration -Text $Before)) {
        try {
            Remove-MgOrganizationCertificateBasedAuthConfiguration `
                -OrganizationId $OrganizationId `
                -CertificateBasedAuthConfigurationId $configuration.id `
                -Confirm:$false
        } catch {
            Write-Warning -Message ('removing the list: ' + $_.Exception.Message)
            Write-Warning -Message "It may be gone all the same, now or in some minutes: look again, the old list is in $Backup."
            if (@(Get-Configuration -Text (Read-Text -Uri $Uri)).Count -gt 0) { throw }
            Write-Warning -Message 'the list is gone: the new one is sent'
        }
    }
}

# Sends the old list again, without expired CAs: with one of them the service refuses all.
function Restore-Authority {
    param([string] $OrganizationId, [string] $Before)
    $valid = @(foreach ($authority in @(Get-Authority -Text $Before)) {
        $certificate = Open-Certificate -Authority $authority
        if ($certificate.NotAfter.ToUniversalTime() -gt [DateTime]::UtcNow) {
            $authority
        } else {
            Write-Warning -Message "expired, and not sent again: $($certificate.Subject), SHA-1 $($certificate.Thumbprint)"
        }
    })
    if ($valid.Count -eq 0) { throw 'the old list holds no CA that can be sent again' }
    Send-Authority -OrganizationId $OrganizationId -Authorities $valid
    Write-Warning -Message "the old list was sent again ($($valid.Count) CAs)"
}

# Tells whether the store holds a list; not so, with a warning, where it can't be read.
function Test-Present {
    param([string] $Uri, [object[]] $Authorities)
    try {
        Test-Same -Left @(Get-Authority -Text (Read-Text -Uri $Uri)) -Right $Authorities
    } catch {
        Write-Warning -Message ('reading what is there: ' + $_.Exception.Message)
        $false
    }
}

# Removes the list and sends the new one, or the old one if the new one is refused.
function Switch-Authority {
    param([string] $OrganizationId, [string] $Uri, [string] $Before, [object[]] $Authorities)
    Remove-List -OrganizationId $OrganizationId -Uri $Uri -Before $Before
    try {
        Send-Authority -OrganizationId $OrganizationId -Authorities $Authorities
    } catch {
        Write-Warning -Message ('the new list was refused: ' + $_.Exception.Message)
        if (Test-Present -Uri $Uri -Authorities $Authorities) {
            Write-Warning -Message 'the new list is there all the same'
            return
        }
        try {
            Restore-Authority -OrganizationId $OrganizationId -Before $Before
        } catch {
            Write-Warning -Message "PERHAPS NO CA IS TRUSTED NOW, and nobody can sign in with a certificate: see below what is there. The old list is in $Backup."
            throw
        }
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
    Show-Loss -Old $old -New $new
    Write-Warning -Message 'WHOEVER HOLDS THE KEY OF A TRUSTED CA CAN SIGN IN AS ANY USER OF THIS TENANT.'
    if (-not $PSCmdlet.ShouldProcess($organizations[0].displayName, "set the whole list to these $($new.Count) CAs")) { return }

    Save-Backup -Text $before
    try {
        Send-Authority -OrganizationId $id -Authorities $new
    } catch {
        Write-Warning -Message ('the new list was refused: ' + $_.Exception.Message)
        if (@(Get-Configuration -Text $before).Count -eq 0) { throw }
        if (Test-Same -Left @(Get-Authority -Text (Read-Text -Uri $uri)) -Right $new) {
            Write-Warning -Message 'the new list is there all the same'
            return
        }
        if (-not $AcceptOutage) {
            throw 'to remove the present list first, run this again with -AcceptOutage: until the new list is in, nobody can sign in with a certificate'
        }
        if (-not $PSCmdlet.ShouldProcess($organizations[0].displayName, 'remove the list of CAs, then send the new one: NOBODY CAN SIGN IN WITH A CERTIFICATE IN BETWEEN')) { return }
        Switch-Authority -OrganizationId $id -Uri $uri -Before $before -Authorities $new
    } finally {
        $after = @(Get-Authority -Text (Read-Text -Uri $uri))
        Show-Authority -Title 'trusted now, as Graph answers' -Authorities $after
        if (-not (Test-Same -Left $after -Right $new)) {
            Write-Warning -Message 'That is not the new list. It can take minutes until all of Entra ID knows: look again before you change anything.'
        }
    }
} finally {
    Disconnect-MgGraph | Out-Null
}
