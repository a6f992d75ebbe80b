<#
.SYNOPSIS
    Adds certificate user IDs to users of Entra ID, so that their certificates find them.

.DESCRIPTION
    Signs you in with Microsoft's own app for PowerShell. For each user it reads the values
    that are there, adds those that are not, and writes the whole list back, since Graph
    replaces it. It removes no value, and may be run twice.

    A user who is synchronized from Active Directory is left alone: the values belong into
    altSecurityIdentities there, from where Entra Connect brings them.

    You need the role Privileged Authentication Administrator, and the module
    Microsoft.Graph.Authentication.

.PARAMETER Scopes
    The permissions to ask for. Microsoft's instructions name Directory.ReadWrite.All as
    well: add it if writing is refused.

.PARAMETER Environment
    Your cloud, by the name that Connect-MgGraph gives it.

.EXAMPLE
    .\user-ids.ps1 -WhatIf

    Shows what would be added.

.EXAMPLE
    .\user-ids.ps1
#>
#Requires -Version 5.1
#Requires -Modules @{ ModuleName = 'Microsoft.Graph.Authentication'; ModuleVersion = '2.0.0' }

[CmdletBinding(SupportsShouldProcess = $true, ConfirmImpact = 'High')]
param(
    [string[]] $Scopes = @('User.ReadWrite.All'),

    [ValidateSet('Global', 'USGov', 'USGovDoD', 'China')]
    [string] $Environment = 'Global'
)

Set-StrictMode -Version 3.0
$ErrorActionPreference = 'Stop'

$plan = $null
#DATA#
if ($null -eq $plan) { throw 'no users are inside: let easkit write this script' }

# What Entra ID allows: learn.microsoft.com/entra/identity/authentication/concept-certificate-based-authentication-certificateuserids
$mostValues = 10
$longestValue = 1024
$aValue = '^X509:<(PN|RFC822|I|S|SKI|SHA1-PUKEY)>.'

# Returns a property, element by element if it holds several. Nothing comes back where it
# is missing or null, which strict mode would not allow otherwise.
function Get-Part {
    param([object] $Of, [string] $Name)
    if ($null -eq $Of) { return }
    $property = $Of.PSObject.Properties[$Name]
    if ($null -eq $property -or $null -eq $property.Value) { return }
    $property.Value
}

# Returns the address of a user in Graph.
function Get-UserUri {
    param([string] $Id)
    '/v1.0/users/' + [System.Uri]::EscapeDataString($Id)
}

function Read-User {
    param([string] $Id)
    $select = '?$select=id,userPrincipalName,onPremisesSyncEnabled,authorizationInfo'
    ConvertFrom-Json -InputObject (Invoke-MgGraphRequest -Method GET -Uri ((Get-UserUri -Id $Id) + $select) -OutputType Json)
}

# Returns the present values and those to add, or throws if Entra ID would refuse them.
function Join-Value {
    param([string[]] $Present, [string[]] $Wanted)
    $values = @($Present)
    foreach ($value in $Wanted) {
        if ($value -cnotmatch $aValue) { throw "$value has none of the prefixes that Entra ID knows, which are case-sensitive" }
        if ($value.Length -gt $longestValue) { throw "a value has $($value.Length) characters, at most $longestValue are allowed" }
        if ($values -cnotcontains $value) { $values += $value }
    }
    if ($values.Count -gt $mostValues) { throw "it would have $($values.Count) values, at most $mostValues are allowed" }
    $values
}

# The list is put together as text, since PowerShell forgets that a list of one is a list.
function Format-Body {
    param([string[]] $Values)
    $texts = @(foreach ($value in $Values) { ConvertTo-Json -InputObject $value -Compress })
    '{"authorizationInfo":{"certificateUserIds":[' + ($texts -join ',') + ']}}'
}

function Update-Value {
    param([object] $Wanted)
    $name = $Wanted.userPrincipalName
    $user = Read-User -Id $name
    if ((Get-Part -Of $user -Name 'onPremisesSyncEnabled') -eq $true) {
        throw 'is synchronized: put the values into altSecurityIdentities in Active Directory'
    }
    $present = @(Get-Part -Of (Get-Part -Of $user -Name 'authorizationInfo') -Name 'certificateUserIds')
    $values = @(Join-Value -Present $present -Wanted @($Wanted.certificateUserIds))
    if ($values.Count -eq $present.Count) {
        Write-Host -Object "${name}: has them already"
        return
    }
    foreach ($value in $values) {
        $mark = '  '
        if ($present -cnotcontains $value) { $mark = '+ ' }
        Write-Host -Object "${name}: $mark$value"
    }
    if ($PSCmdlet.ShouldProcess($name, "set these $($values.Count) certificate user IDs")) {
        Invoke-MgGraphRequest -Method PATCH -Uri (Get-UserUri -Id $user.id) -Body (Format-Body -Values $values) -ContentType 'application/json; charset=utf-8' | Out-Null
        Write-Host -Object "${name}: written"
    }
}

$users = @($plan)
$failed = 0
Connect-MgGraph -Scopes $Scopes -Environment $Environment -ContextScope Process -NoWelcome
try {
    foreach ($wanted in $users) {
        try {
            Update-Value -Wanted $wanted
        } catch {
            $failed++
            Write-Warning -Message ($wanted.userPrincipalName + ': ' + $_.Exception.Message)
        }
    }
} finally {
    Disconnect-MgGraph | Out-Null
}
if ($failed -gt 0) { throw "$failed of $($users.Count) users could not be changed" }
