package templates_test

import (
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/easkit/easkit/templates"
)

// marker is the line that easkit replaces by data, and sample what it may put there, for
// the scripts that have one.
const marker = "\n#DATA#\n"

var samples = map[string]string{
	"trust-pki.ps1": `{"pki":"Contoso PKI","certificateAuthorities":[{"displayName":"Contoso Root","certificate":"MIIB",` +
		`"certificateAuthorityType":"root","expirationDateTime":"2040-01-01T00:00:00Z","thumbprint":"AB"}]}`,
	"trust-classic.ps1": `{"certificateAuthorities":[{"certificate":"MIIB","isRootAuthority":true}]}`,
	"user-ids.ps1":      `[{"userPrincipalName":"alice@contoso.com","certificateUserIds":["X509:<PN>alice@contoso.com"]}]`,
	"snapshot.ps1":      "",
}

// scripts returns every embedded script by name.
func scripts(t *testing.T) map[string]string {
	t.Helper()
	paths, err := fs.Glob(templates.Files, "scripts/*.ps1")
	if err != nil || len(paths) != len(samples) {
		t.Fatalf("%d scripts, %v; want %d", len(paths), err, len(samples))
	}
	out := map[string]string{}
	for _, path := range paths {
		text, err := templates.Files.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		out[filepath.Base(path)] = string(text)
	}
	return out
}

// filled puts the sample into a script, as a here-string that takes every character as it
// is.
func filled(name, text string) string {
	return strings.Replace(text, marker, "\n$plan = @'\n"+samples[name]+"\n'@ | ConvertFrom-Json\n", 1)
}

func TestScriptsAreInOrder(t *testing.T) {
	for name, text := range scripts(t) {
		for _, want := range []string{
			"<#\n.SYNOPSIS\n", ".DESCRIPTION\n", ".EXAMPLE\n", "#Requires -Version 5.1\n", "#Requires -Modules @{ ModuleName = 'Microsoft.Graph.Authentication'",
			"\nSet-StrictMode -Version 3.0\n$ErrorActionPreference = 'Stop'\n", " -ContextScope Process -NoWelcome\n",
		} {
			if !strings.Contains(text, want) {
				t.Errorf("%s lacks %q", name, want)
			}
		}
		// Windows PowerShell takes a file without a BOM for one in the code page of the machine.
		if i := strings.IndexFunc(text, func(r rune) bool { return r > '~' || r < ' ' && r != '\n' }); i >= 0 {
			t.Errorf("%s is not ASCII with plain line ends at %q", name, text[i:min(i+20, len(text))])
		}
		want := 1
		if samples[name] == "" {
			want = 0
		}
		if got := strings.Count(text, marker); got != want || strings.Count(text, "#DATA#") != want {
			t.Errorf("%s has %d lines for data, want %d", name, got, want)
		}
		for parameter := range declared(text) {
			if !strings.Contains(text, "\n.PARAMETER "+parameter+"\n") {
				t.Errorf("the help of %s says nothing about -%s", name, parameter)
			}
		}
	}
}

// declared returns the parameters of the script itself.
func declared(text string) map[string]bool {
	_, text, _ = strings.Cut(text, "\nparam(\n")
	text, _, _ = strings.Cut(text, "\n)\n")
	out := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^    \[[A-Za-z\[\]]+\] \$(\w+)`).FindAllStringSubmatch(text, -1) {
		out[m[1]] = true
	}
	return out
}

// TestScriptsCallWhatIsDocumented holds every call against the table.
func TestScriptsCallWhatIsDocumented(t *testing.T) {
	called := map[string]bool{}
	for name, text := range scripts(t) {
		s, err := readScript(filled(name, text))
		if err != nil {
			t.Errorf("%s, %v", name, err)
			continue
		}
		for _, wrong := range undocumented(s) {
			t.Errorf("%s, %s", name, wrong)
		}
		for _, u := range s.uses {
			called[u.name] = true
		}
		for function := range s.functions {
			if !called[function] {
				t.Errorf("%s never calls its function %s", name, function)
			}
		}
		for _, c := range cmdlets {
			if called[c.name] && strings.HasPrefix(c.module, "Microsoft.Graph.") && strings.Contains(text, c.name+" ") && !strings.Contains(text, "ModuleName = '"+c.module+"'") {
				t.Errorf("%s calls %s without requiring %s", name, c.name, c.module)
			}
		}
	}
	for _, c := range cmdlets {
		if !called[c.name] {
			t.Errorf("no script calls %s", c.name)
		}
	}
}

// TestEveryMisspellingIsFound misspells each call and each parameter in the text of each
// script in turn: the test above must not pass any.
func TestEveryMisspellingIsFound(t *testing.T) {
	for name, text := range scripts(t) {
		s, err := readScript(text)
		if err != nil {
			t.Fatal(name, err)
		}
		lines := strings.SplitAfter(text, "\n")
		seen := map[string]bool{}
		for _, u := range s.uses {
			before := strings.Join(lines[:u.line-1], "")
			for _, word := range append([]string{u.name}, u.parameters...) {
				if seen[u.name+" "+word] {
					continue
				}
				seen[u.name+" "+word] = true
				if word != u.name {
					word = "-" + word
				}
				misspelt := before + strings.Replace(text[len(before):], word, word+"x", 1)
				changed, err := readScript(misspelt)
				if err != nil || len(undocumented(changed)) == 0 {
					t.Errorf("%s, line %d: %s misspelt passes, %v", name, u.line, word, err)
				}
			}
		}
		if len(seen) < 20 {
			t.Errorf("%s: only %d words were found to misspell", name, len(seen))
		}
	}
}

func TestReadScript(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"statement", "Get-Item -Path x -Force", "Get-Item Path Force"},
		{"comment", "# Get-Item\n<# Get-Item\nGet-Item #>\nOut-Null # Get-Item", "Out-Null"},
		{"string", "'Get-Item -x' | Out-Null; \"a `\" ; Get-Item\"", "Out-Null"},
		{"here-string", "$x = @'\nGet-Item 'it'\n'@ | ConvertFrom-Json", "ConvertFrom-Json"},
		{"code in a string", `"a $(Get-Item -Path ")" | Out-Null) b"`, ""},
		{"code in a string without brackets", `"a $(Get-Item -Path 'x' | Out-Null) b"`, "Get-Item Path, Out-Null"},
		{"backtick", "Get-Item `\n  -Path x `\n  -Force", "Get-Item Path Force"},
		{"pipe", "Get-Item -Path x |\n  Out-Null -InputObject 1", "Get-Item Path, Out-Null InputObject"},
		{"brackets", "Get-Item -Path (Join-Path -Path a) -Force", "Get-Item Path Force, Join-Path Path"},
		{"block", "Where-Object -FilterScript { Test-Path -Path $_ } -InputObject 1", "Where-Object FilterScript InputObject, Test-Path Path"},
		{"operator", "if ((Get-Item -Path x) -eq 1 -and $a -match 'b') { Out-Null }", "Get-Item Path, Out-Null"},
		{"argument", "Get-Command -Name Get-Item", "Get-Command Name"},
		{"assigned", "$x = Get-Item -Path y", "Get-Item Path"},
		{"keyword", "foreach ($x in Get-Item -Path y) { return Get-Date }", "Get-Item Path, Get-Date"},
		{"value", "Get-Item -Confirm:$false -Path x", "Get-Item Confirm Path"},
		{"hash table", "@{ a = Get-Item -Path x; b = 1 }", "Get-Item Path"},
		{"type", "[string] (Get-Item -Path x)", "Get-Item Path"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, err := readScript(tt.text)
			var got []string
			for _, u := range s.uses {
				got = append(got, strings.Join(append([]string{u.name}, u.parameters...), " "))
			}
			if strings.Join(got, ", ") != tt.want || (err != nil) != (tt.want == "") {
				t.Errorf("%q, %v; want %q", got, err, tt.want)
			}
		})
	}
	s, err := readScript("function Get-It {\n  param([string] $Uri, [object[]] $All)\n  Get-It -Uri x -Al y\n}")
	if got := undocumented(s); err != nil || !slices.Equal(got, []string{"line 3: Get-It has no parameter -Al"}) {
		t.Errorf("%q, %v", got, err)
	}
	for _, broken := range []string{"if ($a {", "}", "( ]", `"a`} {
		if _, err := readScript(broken); err == nil {
			t.Errorf("%q passes", broken)
		}
	}
}

// TestScriptsChangeNoMoreThanTheySay looks for every word that could change a tenant.
func TestScriptsChangeNoMoreThanTheySay(t *testing.T) {
	want := map[string][]string{
		"snapshot.ps1":      {"GET"},
		"trust-pki.ps1":     {"GET"},
		"trust-classic.ps1": {"GET"},
		"user-ids.ps1":      {"GET", "PATCH"},
	}
	changing := regexp.MustCompile(`^(?:New|Remove|Update|Set|Add)-Mg`)
	for name, text := range scripts(t) {
		var methods []string
		for _, m := range regexp.MustCompile(`-Method (\w+)`).FindAllStringSubmatch(text, -1) {
			methods = append(methods, m[1])
		}
		slices.Sort(methods)
		if got := slices.Compact(methods); !slices.Equal(got, want[name]) {
			t.Errorf("%s sends %q, want %q", name, got, want[name])
		}
		s, err := readScript(text)
		if err != nil {
			t.Fatal(name, err)
		}
		for _, u := range s.uses {
			if changing.MatchString(u.name) && (name == "snapshot.ps1" || name == "user-ids.ps1") {
				t.Errorf("%s, line %d: calls %s", name, u.line, u.name)
			}
			if strings.HasPrefix(u.name, "Remove-") && name != "trust-classic.ps1" {
				t.Errorf("%s, line %d: deletes", name, u.line)
			}
		}
		if asks := strings.Contains(text, "SupportsShouldProcess = $true, ConfirmImpact = 'High'"); asks == (name == "snapshot.ps1") {
			t.Errorf("%s asks before it changes something: %v", name, asks)
		}
	}
}

// TestSnapshotReads names the files of a snapshot and where they come from.
func TestSnapshotReads(t *testing.T) {
	text := scripts(t)["snapshot.ps1"]
	for file, paths := range map[string][]string{
		"organization.json":       {"/v1.0/organization'"},
		"domains.json":            {"/v1.0/domains'"},
		"x509-method.json":        {"/v1.0/policies/authenticationMethodsPolicy/authenticationMethodConfigurations/x509Certificate'"},
		"classic-store.json":      {"'/certificateBasedAuthConfiguration'"},
		"pki-store.json":          {"/v1.0/directory/publicKeyInfrastructure/certificateBasedAuthConfigurations'", "'/certificateAuthorities'"},
		"apple-mail.json":         {"f8d98a96-0999-43f5-8af3-69971c7bb423", "?$filter=appId%20eq%20%27", "'oauth2PermissionGrants', 'appRoleAssignedTo'"},
		"conditional-access.json": {"/v1.0/identity/conditionalAccess/policies'"},
		"security-defaults.json":  {"/v1.0/policies/identitySecurityDefaultsEnforcementPolicy'"},
		"consent-policy.json":     {"/v1.0/policies/authorizationPolicy'"},
		"staged-rollout.json":     {"/v1.0/policies/featureRolloutPolicies?$expand=appliesTo'"},
		"groups.json":             {"?$select=id,displayName'", "/transitiveMembers/microsoft.graph.user?$select=id,userPrincipalName&$top=999&$count=true'", "-Headers @{ ConsistencyLevel = 'eventual' }"},
		"users.json":              {"onPremisesSyncEnabled,accountEnabled,userType,authorizationInfo,signInSessionsValidFromDateTime'", "&$top=999'"},
		"casmailbox.csv":          {"Get-CASMailbox -ResultSize Unlimited"},
		"snapshot.json":           {"'easkit/tenant-snapshot/v1'", "'worldwide'", "'gcc-high'", "'dod'", "'china'"},
	} {
		if !strings.Contains(text, "-File '"+file+"' ") {
			t.Errorf("%s is not written", file)
		}
		for _, path := range paths {
			if !strings.Contains(text, path) {
				t.Errorf("%s: %s is not read", file, path)
			}
		}
	}
}
