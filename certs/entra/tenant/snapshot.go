package tenant

import (
	"slices"
	"sync"
	"time"

	"github.com/easkit/easkit/certs/graph"
	"github.com/easkit/easkit/certs/preflight"
)

// Schema names the form of snapshot.json and of the files around it. Files and
// properties may be added under it, never removed.
const Schema = "easkit/tenant-snapshot/v1"

// The files of a snapshot.
const (
	AboutFile        = "snapshot.json"
	OrganizationFile = "organization.json"
	DomainsFile      = "domains.json"
	MethodFile       = "x509-method.json"
	ClassicFile      = "classic-store.json"
	PKIFile          = "pki-store.json"
	AppleMailFile    = "apple-mail.json"
	AccessFile       = "conditional-access.json"
	DefaultsFile     = "security-defaults.json"
	ConsentFile      = "consent-policy.json"
	RolloutsFile     = "staged-rollout.json"
	GroupsFile       = "groups.json"
	UsersFile        = "users.json"
	MailboxesFile    = "casmailbox.csv"
)

// Snapshot is what a tenant was set to at one time, as far as the checks need
// it. It must not change any more once the first check has run, and may then be
// used by several goroutines.
//
// A field whose file is in Missing is empty because it could not be read. One
// made by hand names there what it does not hold.
type Snapshot struct {
	At      time.Time // when it was read; zero where that is not known
	By      string    // the program that read it
	Cloud   preflight.Cloud
	Missing []Missing

	Organization *graph.Organization
	Domains      []graph.Domain
	Method       *graph.Method
	Classic      []graph.CA
	PKIs         []graph.PKI
	AppleMail    *graph.ServicePrincipal // nil where the tenant does not have the app
	Access       []graph.AccessPolicy
	Defaults     *graph.SecurityDefaults
	Consent      *graph.AuthorizationPolicy
	Rollouts     []graph.RolloutPolicy
	Groups       []graph.Group // those that something above names
	Mailboxes    *Mailboxes

	indexed sync.Once
	index   *index
}

// Missing is a file that a snapshot does not have.
type Missing struct {
	File string `json:"file"`
	Why  string `json:"why"` // on one line
}

// Has reports whether what belongs into a file was read.
func (s *Snapshot) Has(file string) bool { return !slices.ContainsFunc(s.Missing, is(file)) }

// Why says why a file is missing; "" where it is not.
func (s *Snapshot) Why(file string) string {
	if i := slices.IndexFunc(s.Missing, is(file)); i >= 0 {
		return s.Missing[i].Why
	}
	return ""
}

func is(file string) func(Missing) bool {
	return func(m Missing) bool { return m.File == file }
}

// about is snapshot.json.
type about struct {
	Schema  string          `json:"schema"`
	At      time.Time       `json:"at"`
	By      string          `json:"by"`
	Cloud   preflight.Cloud `json:"cloud"`
	Missing []Missing       `json:"missing"`
}
