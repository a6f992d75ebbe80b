<#
.SYNOPSIS
    Reads what decides about signing in with a certificate into a folder of JSON files.

.DESCRIPTION
    Signs you in with Microsoft's own app for PowerShell, reads, and changes nothing in
    the tenant. "easkit check tenant --tenant FOLDER" judges the files on any computer.

    What you may not read, or what the tenant does not have, is noted in snapshot.json.
    The other files are written all the same.

    The files name your users, groups and policies: keep them as you keep such lists.

.PARAMETER Folder
    Where the files go: a folder that is empty or does not exist.

.PARAMETER Environment
    Your cloud, by the name that Connect-MgGraph gives it.

.PARAMETER Scopes
    The permissions to ask for. All only read. Leave out those that your organisation
    does not grant: what they are for is then noted as missing.

.PARAMETER WithoutUsers
    Writes no users.json. The members of groups in question are still read.

.PARAMETER CasMailbox
    Also writes casmailbox.csv: which mailboxes may use Exchange ActiveSync. Connect
    first, with Connect-ExchangeOnline of the module ExchangeOnlineManagement.

.EXAMPLE
    .\snapshot.ps1 -Folder contoso

.EXAMPLE
    .\snapshot.ps1 -Folder contoso -Environment USGov -WithoutUsers
#>
#Requires -Version 5.1
#Requires -Modules @{ ModuleName = 'Microsoft.Graph.Authentication'; ModuleVersion = '2.0.0' }

[CmdletBinding()]
param(
    [Parameter(Mandatory = $true)]
    [string] $Folder,

    [ValidateSet('Global', 'USGov', 'USGovDoD', 'China')]
    [string] $Environment = 'Global',

    [string[]] $Scopes = @(
        'Directory.Read.All',
        'Organization.Read.All',
        'Policy.Read.All',
        'Policy.Read.HybridAuthentication',
        'PublicKeyInfrastructure.Read.All'
    ),

    [switch] $WithoutUsers,

    [switch] $CasMailbox
)

Set-StrictMode -Version 3.0
$ErrorActionPreference = 'Stop'

$clouds = @{ 'Global' = 'worldwide'; 'USGov' = 'gcc-high'; 'USGovDoD' = 'dod'; 'China' = 'china' }
$appleMail = 'f8d98a96-0999-43f5-8af3-69971c7bb423' # Apple Internet Accounts, in every cloud
$aGuid = '^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$'
$utf8 = New-Object -TypeName System.Text.UTF8Encoding -ArgumentList $false # without a BOM
$missing = New-Object -TypeName System.Collections.ArrayList
$found = @{} # what was read and is needed again, by file

# Returns a property, element by element if it holds several. Nothing comes back where it
# is missing or null, which strict mode would not allow otherwise.
function Get-Part {
    param([object] $Of, [string] $Name)
    if ($null -eq $Of) { return }
    $property = $Of.PSObject.Properties[$Name]
    if ($null -eq $property -or $null -eq $property.Value) { return }
    $property.Value
}

function Add-Missing {
    param([string] $File, [string] $Why)
    $line = ($Why -split '\r?\n')[0].Trim()
    [void] $missing.Add([ordered] @{ file = $File; why = $line })
    Write-Warning -Message "${File}: $line"
}

function Save-Text {
    param([string] $File, [string] $Text)
    [System.IO.File]::WriteAllText([System.IO.Path]::Combine($target, $File), $Text, $utf8)
}

# A read that fails costs its own file only.
function Save-Read {
    param([string] $File, [scriptblock] $Read)
    Write-Host -Object "reading $File"
    try {
        Save-Text -File $File -Text (& $Read)
    } catch {
        Add-Missing -File $File -Why $_.Exception.Message
    }
}

function Read-Text {
    param([string] $Uri, [hashtable] $Headers = @{})
    Invoke-MgGraphRequest -Method GET -Uri $Uri -Headers $Headers -OutputType Json
}

# Reads all pages. What comes back is to be put into @( ), since one element alone is not
# a collection in PowerShell.
function Read-Collection {
    param([string] $Uri, [hashtable] $Headers = @{})
    while ($Uri) {
        $page = ConvertFrom-Json -InputObject (Read-Text -Uri $Uri -Headers $Headers)
        Get-Part -Of $page -Name 'value'
        $Uri = Get-Part -Of $page -Name '@odata.nextLink'
    }
}

# Lists are put together as text: Windows PowerShell writes some of them as objects, and
# both editions forget that a list of one is a list.
function Join-List {
    param([string[]] $Texts)
    '[' + ($Texts -join ',') + ']'
}

function Join-Collection {
    param([string[]] $Texts)
    '{"value":' + (Join-List -Texts $Texts) + '}'
}

function Format-Element {
    param([object] $Element)
    ConvertTo-Json -InputObject $Element -Depth 20 -Compress
}

function Format-List {
    param([object[]] $Elements)
    Join-List -Texts @(foreach ($element in $Elements) { Format-Element -Element $element })
}

function Format-Collection {
    param([object[]] $Elements)
    Join-Collection -Texts @(foreach ($element in $Elements) { Format-Element -Element $element })
}

# Puts a list into the text of an object that has other properties already.
function Add-List {
    param([string] $To, [string] $Name, [object[]] $Elements)
    $To.Substring(0, $To.Length - 1) + ',"' + $Name + '":' + (Format-List -Elements $Elements) + '}'
}

function Read-Organization {
    $elements = @(Read-Collection -Uri '/v1.0/organization')
    $found['organization'] = $elements
    Format-Collection -Elements $elements
}

function Read-Method {
    $text = Read-Text -Uri '/v1.0/policies/authenticationMethodsPolicy/authenticationMethodConfigurations/x509Certificate'
    $found['method'] = ConvertFrom-Json -InputObject $text
    $text
}

function Read-ClassicStore {
    $id = @(foreach ($organization in @($found['organization'])) { Get-Part -Of $organization -Name 'id' })
    if ($id.Count -ne 1) { throw 'the organization could not be read, and its id is needed' }
    Format-Collection -Elements @(Read-Collection -Uri ('/v1.0/organization/' + $id[0] + '/certificateBasedAuthConfiguration'))
}

function Read-PkiStore {
    $store = '/v1.0/directory/publicKeyInfrastructure/certificateBasedAuthConfigurations'
    Join-Collection -Texts @(foreach ($pki in @(Read-Collection -Uri $store)) {
        $authorities = @(Read-Collection -Uri ($store + '/' + $pki.id + '/certificateAuthorities'))
        $pki.PSObject.Properties.Remove('certificateAuthorities')
        Add-List -To (Format-Element -Element $pki) -Name 'certificateAuthorities' -Elements $authorities
    })
}

function Read-AppleMail {
    $filter = '?$filter=appId%20eq%20%27' + $appleMail + '%27'
    Join-Collection -Texts @(foreach ($principal in @(Read-Collection -Uri ('/v1.0/servicePrincipals' + $filter))) {
        $text = Format-Element -Element $principal
        foreach ($name in 'oauth2PermissionGrants', 'appRoleAssignedTo') {
            $elements = @(Read-Collection -Uri ('/v1.0/servicePrincipals/' + $principal.id + '/' + $name))
            $text = Add-List -To $text -Name $name -Elements $elements
        }
        $text
    })
}

function Read-ConditionalAccess {
    $elements = @(Read-Collection -Uri '/v1.0/identity/conditionalAccess/policies')
    $found['policies'] = $elements
    Format-Collection -Elements $elements
}

function Read-StagedRollout {
    $elements = @(Read-Collection -Uri '/v1.0/policies/featureRolloutPolicies?$expand=appliesTo')
    $found['rollouts'] = $elements
    Format-Collection -Elements $elements
}

# Returns the ids of the groups that method, policies and rollouts speak of.
function Get-GroupId {
    $method = $found['method']
    $targets = @(
        Get-Part -Of $method -Name 'includeTargets'
        Get-Part -Of $method -Name 'excludeTargets'
        foreach ($scope in @(Get-Part -Of $method -Name 'certificateAuthorityScopes')) {
            Get-Part -Of $scope -Name 'includeTargets'
        }
    )
    $ids = @(
        foreach ($one in $targets) {
            if ((Get-Part -Of $one -Name 'targetType') -ne 'user') { Get-Part -Of $one -Name 'id' }
        }
        foreach ($policy in @($found['policies'])) {
            $users = Get-Part -Of (Get-Part -Of $policy -Name 'conditions') -Name 'users'
            Get-Part -Of $users -Name 'includeGroups'
            Get-Part -Of $users -Name 'excludeGroups'
        }
        foreach ($rollout in @($found['rollouts'])) {
            foreach ($one in @(Get-Part -Of $rollout -Name 'appliesTo')) {
                $type = Get-Part -Of $one -Name '@odata.type'
                if ($null -eq $type -or $type -eq '#microsoft.graph.group') { Get-Part -Of $one -Name 'id' }
            }
        }
    )
    $ids | Where-Object -FilterScript { $_ -match $aGuid } | Sort-Object -Unique
}

# A group that was deleted since costs only itself. Graph lists the users among members
# only with the header and $count: learn.microsoft.com/graph/api/group-list-transitivemembers
function Read-Group {
    Join-Collection -Texts @(foreach ($id in @(Get-GroupId)) {
        try {
            $group = ConvertFrom-Json -InputObject (Read-Text -Uri ('/v1.0/groups/' + $id + '?$select=id,displayName'))
            $select = '/transitiveMembers/microsoft.graph.user?$select=id,userPrincipalName&$top=999&$count=true'
            $users = @(Read-Collection -Uri ('/v1.0/groups/' + $id + $select) -Headers @{ ConsistencyLevel = 'eventual' })
            $members = @(foreach ($user in $users) {
                [ordered] @{
                    id                = [string] (Get-Part -Of $user -Name 'id')
                    userPrincipalName = [string] (Get-Part -Of $user -Name 'userPrincipalName')
                }
            })
            $text = Format-Element -Element ([ordered] @{
                id          = $id
                displayName = [string] (Get-Part -Of $group -Name 'displayName')
            })
            Add-List -To $text -Name 'members' -Elements $members
        } catch {
            Add-Missing -File 'groups.json' -Why ('group ' + $id + ': ' + $_.Exception.Message)
        }
    })
}

function Read-User {
    $select = 'id,displayName,userPrincipalName,mail,proxyAddresses,onPremisesUserPrincipalName,' +
        'onPremisesSyncEnabled,accountEnabled,userType,authorizationInfo,signInSessionsValidFromDateTime'
    Format-Collection -Elements @(Read-Collection -Uri ('/v1.0/users?$select=' + $select + '&$top=999'))
}

function Read-CasMailbox {
    if ($null -eq (Get-Command -Name Get-CASMailbox -ErrorAction SilentlyContinue)) {
        throw 'Get-CASMailbox is not there: run Connect-ExchangeOnline first'
    }
    $lines = Get-CASMailbox -ResultSize Unlimited |
        Select-Object -Property 'PrimarySmtpAddress', 'ActiveSyncEnabled', 'ActiveSyncMailboxPolicy', 'HasActiveSyncDevicePartnership' |
        ConvertTo-Csv -NoTypeInformation
    ($lines -join "`r`n") + "`r`n"
}

if (Test-Path -LiteralPath $Folder) {
    if (@(Get-ChildItem -LiteralPath $Folder -Force).Count -gt 0) {
        throw "$Folder is not empty: name another folder, so that old and new files do not mix"
    }
}
$target = (New-Item -ItemType Directory -Path $Folder -Force).FullName
$at = [DateTime]::UtcNow.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", [System.Globalization.CultureInfo]::InvariantCulture)

Connect-MgGraph -Scopes $Scopes -Environment $Environment -ContextScope Process -NoWelcome
try {
    Save-Read -File 'organization.json' -Read { Read-Organization }
    Save-Read -File 'domains.json' -Read { Format-Collection -Elements @(Read-Collection -Uri '/v1.0/domains') }
    Save-Read -File 'x509-method.json' -Read { Read-Method }
    Save-Read -File 'classic-store.json' -Read { Read-ClassicStore }
    Save-Read -File 'pki-store.json' -Read { Read-PkiStore }
    Save-Read -File 'apple-mail.json' -Read { Read-AppleMail }
    Save-Read -File 'conditional-access.json' -Read { Read-ConditionalAccess }
    Save-Read -File 'security-defaults.json' -Read { Read-Text -Uri '/v1.0/policies/identitySecurityDefaultsEnforcementPolicy' }
    Save-Read -File 'consent-policy.json' -Read { Read-Text -Uri '/v1.0/policies/authorizationPolicy' }
    Save-Read -File 'staged-rollout.json' -Read { Read-StagedRollout }
    Save-Read -File 'groups.json' -Read { Read-Group }
    if (-not $WithoutUsers) {
        Save-Read -File 'users.json' -Read { Read-User }
    }
} finally {
    Disconnect-MgGraph | Out-Null
}
if ($CasMailbox) {
    Save-Read -File 'casmailbox.csv' -Read { Read-CasMailbox }
}

$snapshot = Format-Element -Element ([ordered] @{
    schema = 'easkit/tenant-snapshot/v1'
    at     = $at
    by     = 'snapshot.ps1'
    cloud  = $clouds[$Environment]
})
Save-Text -File 'snapshot.json' -Text (Add-List -To $snapshot -Name 'missing' -Elements $missing.ToArray())
Write-Host -Object "written to $target; $($missing.Count) reads failed"
