package tenant

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/entra"
	"github.com/easkit/easkit/certs/graph"
	"github.com/easkit/easkit/certs/preflight"
)

// testClock is when the tests take place.
var testClock = time.Date(2026, time.November, 21, 12, 0, 0, 0, time.UTC)

const (
	pass = preflight.StatusPass
	skip = preflight.StatusSkip
	warn = preflight.StatusWarn
	fail = preflight.StatusFail
)

// How the phone signs in, and to what.
var (
	oauth         = preflight.Scenario{At: testClock}.WithDefaults()
	direct        = preflight.Scenario{At: testClock, Auth: preflight.Direct}.WithDefaults()
	directUnknown = preflight.Scenario{At: testClock, Auth: preflight.Direct, Mailbox: preflight.MailboxUnknown}.WithDefaults()

	byADFS  = preflight.Scenario{At: testClock, Auth: preflight.OAuth, Issuer: preflight.ADFS}.WithDefaults()
	onPrems = preflight.Scenario{At: testClock, Mailbox: preflight.ExchangeServer}.WithDefaults()
)

// The ids of the test's tenant.
const (
	tenantID = "3f1c2d3e-0000-4000-8000-000000000001"
	pilots   = "9a7b0000-0000-4000-8000-000000000010" // Alice and Bob
	others   = "9a7b0000-0000-4000-8000-000000000011" // Carol
	deleted  = "9a7b0000-0000-4000-8000-0000000000ff" // in no answer
	aliceID  = "5a0e0000-0000-4000-8000-0000000000a1"
	bobID    = "5a0e0000-0000-4000-8000-0000000000b2"
	carolID  = "5a0e0000-0000-4000-8000-0000000000c3"
	appleID  = "77aa0000-0000-4000-8000-000000000001" // of the app's service principal
	pkiID    = "88bb0000-0000-4000-8000-000000000001"
)

// fixture reads the first certificate of a file of the repository's fixtures.
func fixture(t testing.TB, file string) *certs.Certificate {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("../../../testdata/certs", file))
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(data)
	c, err := certs.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// answers are what Graph says in the test's tenant, by path: a collection is an
// array, and all is in order there.
func answers(t testing.TB) map[string]string {
	t.Helper()
	der := func(file string) string { return base64.StdEncoding.EncodeToString(fixture(t, file).Raw) }
	return map[string]string{
		"/organization": `[{"id":"` + tenantID + `","displayName":"Contoso","verifiedDomains":[{"name":"contoso.com","isDefault":true}]}]`,
		"/domains":      `[{"id":"contoso.com","authenticationType":"Managed","isVerified":true},{"id":"contoso.onmicrosoft.com","authenticationType":"Managed","isVerified":true}]`,
		"/policies/authenticationMethodsPolicy/authenticationMethodConfigurations/x509Certificate": `{
			"@odata.type":"#microsoft.graph.x509CertificateAuthenticationMethodConfiguration","id":"X509Certificate","state":"enabled",
			"certificateUserBindings":[{"x509CertificateField":"PrincipalName","userProperty":"userPrincipalName","priority":1,"trustAffinityLevel":"low"},
				{"x509CertificateField":"subjectKeyIdentifier","userProperty":"certificateUserIds","priority":2,"trustAffinityLevel":"high"}],
			"authenticationModeConfiguration":{"x509CertificateAuthenticationDefaultMode":"x509CertificateMultiFactor","x509CertificateDefaultRequiredAffinityLevel":"low","rules":[]},
			"certificateAuthorityScopes":[],"crlValidationConfiguration":{"state":"enabled","exemptedCertificateAuthoritiesSubjectKeyIdentifiers":[]},
			"issuerHintsConfiguration":{"state":"enabled"},"excludeTargets":[],
			"includeTargets":[{"targetType":"group","id":"` + pilots + `","isRegistrationRequired":false}]}`,
		"/organization/" + tenantID + "/certificateBasedAuthConfiguration": `[{"id":"` + graph.ClassicStoreID + `","certificateAuthorities":[
			{"isRootAuthority":true,"certificate":"` + der("root.pem") + `","certificateRevocationListUrl":"http://crl.contoso.com/root.crl"}]}]`,
		graph.PKIPath: `[{"id":"` + pkiID + `","displayName":"Contoso PKI","status":"succeeded"}]`,
		graph.PKIPath + "/" + pkiID + "/certificateAuthorities": `[{"id":"ca1","certificateAuthorityType":"intermediate","certificate":"` + der("issuing.pem") +
			`","certificateRevocationListUrl":"http://crl.contoso.com/issuing.crl","isIssuerHintEnabled":true,"deletedDateTime":null}]`,
		"/servicePrincipals?$filter=appId%20eq%20%27" + AppleMailID + "%27": `[{"id":"` + appleID + `","appId":"` + AppleMailID + `","displayName":"Apple Internet Accounts","accountEnabled":true,"appRoleAssignmentRequired":false}]`,
		"/servicePrincipals/" + appleID + "/oauth2PermissionGrants":         `[{"consentType":"AllPrincipals","principalId":null,"resourceId":"r","scope":"EAS.AccessAsUser.All EWS.AccessAsUser.All"}]`,
		"/servicePrincipals/" + appleID + "/appRoleAssignedTo":              `[]`,
		"/identity/conditionalAccess/policies": `[{"id":"p1","displayName":"MFA for all","state":"enabled",
			"conditions":{"clientAppTypes":["all"],"applications":{"includeApplications":["All"],"excludeApplications":[]},"users":{"includeUsers":["All"],"excludeUsers":[]},"platforms":null,"locations":null,"userRiskLevels":[],"signInRiskLevels":[]},
			"grantControls":{"operator":"OR","builtInControls":["mfa"]}}]`,
		"/policies/identitySecurityDefaultsEnforcementPolicy": `{"id":"d","isEnabled":false}`,
		"/policies/authorizationPolicy":                       `{"value":[{"id":"authorizationPolicy","defaultUserRolePermissions":{"permissionGrantPoliciesAssigned":["ManagePermissionGrantsForSelf.microsoft-user-default-low"]}}]}`,
		"/policies/featureRolloutPolicies?$expand=appliesTo":  `[]`,
		"/groups/" + pilots + "?$select=id,displayName":       `{"@odata.context":"…","id":"` + pilots + `","displayName":"Mail pilots"}`,
		"/groups/" + pilots + usersOfGroup:                    `[{"id":"` + aliceID + `","userPrincipalName":"alice@contoso.com"},{"id":"` + bobID + `","userPrincipalName":"bob@contoso.com"}]`,
		"/users?$select=" + graph.UserSelect + "&$top=999": `[{"id":"` + aliceID + `","userPrincipalName":"alice@contoso.com","mail":"alice@contoso.com","proxyAddresses":["SMTP:alice@contoso.com"],"authorizationInfo":{"certificateUserIds":[]}},
			{"id":"` + bobID + `","userPrincipalName":"bob@contoso.com","mail":"bob@contoso.com","proxyAddresses":["SMTP:bob@contoso.com"],"authorizationInfo":{"certificateUserIds":["X509:<SKI>0102"]}}]`,
	}
}

// tenantReader is a Graph that knows its answers by heart.
type tenantReader struct {
	answers map[string]string
	refuse  map[string]error
	asked   []string
}

func (r *tenantReader) answer(path string) (json.RawMessage, error) {
	r.asked = append(r.asked, path)
	if err := r.refuse[path]; err != nil {
		return nil, err
	}
	if text, ok := r.answers[path]; ok {
		return json.RawMessage(text), nil
	}
	return nil, &graph.Error{Method: http.MethodGet, Path: path, Status: http.StatusNotFound, Code: "Request_ResourceNotFound"}
}

func (r *tenantReader) Get(ctx context.Context, path string, into any) error {
	raw, err := r.answer(path)
	if err = cmpOr(ctx.Err(), err); err != nil {
		return err
	}
	return json.Unmarshal(raw, into)
}

func (r *tenantReader) All(ctx context.Context, path string) iter.Seq2[json.RawMessage, error] {
	return func(yield func(json.RawMessage, error) bool) {
		raw, err := r.answer(path)
		var elements []json.RawMessage
		if err = cmpOr(ctx.Err(), err); err == nil {
			err = json.Unmarshal(raw, &elements)
		}
		if err != nil {
			yield(nil, err)
			return
		}
		for _, e := range elements {
			if !yield(e, nil) {
				return
			}
		}
	}
}

func cmpOr(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// refusal is Graph's answer to one who lacks a permission.
func refusal(status int) error {
	return &graph.Error{Method: http.MethodGet, Path: "/x", Status: status, Code: "Authorization_RequestDenied", Message: "Insufficient privileges"}
}

// folder keeps the files of a snapshot.
type folder fstest.MapFS

func (f folder) write(file string, content func(io.Writer) error) error {
	var b bytes.Buffer
	if err := content(&b); err != nil {
		return fmt.Errorf("writing %s: %w", file, err)
	}
	if _, twice := f[file]; twice {
		return errors.New(file + " is written twice")
	}
	f[file] = &fstest.MapFile{Data: b.Bytes()}
	return nil
}

// collect reads the test's tenant into a folder.
func collect(t testing.TB, r *tenantReader) (*Snapshot, folder) {
	t.Helper()
	files := folder{}
	s, err := Collect(context.Background(), r, CollectOptions{Now: testClock, Cloud: preflight.Worldwide, By: "easkit test", Users: true, Write: files.write})
	if err != nil {
		t.Fatal(err)
	}
	return s, files
}

// healthy is a tenant in which everything is in order, and its mailboxes.
func healthy(t testing.TB) *Snapshot {
	t.Helper()
	_, files := collect(t, &tenantReader{answers: answers(t)})
	files[MailboxesFile] = &fstest.MapFile{Data: []byte(casMailbox)}
	s, err := Open(fstest.MapFS(files))
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Missing) > 0 {
		t.Fatalf("missing: %v", s.Missing)
	}
	return s
}

// casMailbox is an export as Export-Csv of Windows PowerShell writes it.
const casMailbox = "#TYPE Microsoft.Exchange.Management.CASMailbox\r\n" +
	`"Name","PrimarySmtpAddress","EmailAddresses","ActiveSyncEnabled","ActiveSyncMailboxPolicy","ActiveSyncBlockedDeviceIDs"` + "\r\n" +
	`"alice","alice@contoso.com","SMTP:alice@contoso.com","True","Default",""` + "\r\n" +
	`"bob","bob@contoso.com","SMTP:bob@contoso.com","True","Default","ApplC39ABC,ApplC39DEF"` + "\r\n"

// people are the users of the test's tenant.
func people(users ...entra.User) *entra.Users {
	if users == nil {
		users = []entra.User{alice(), bob()}
	}
	return entra.NewUsers(users)
}

func alice() entra.User {
	return entra.User{ID: aliceID, UPN: "alice@contoso.com", Mail: "alice@contoso.com", ProxyAddresses: []string{"alice@contoso.com"}, CertificateUserIDs: []string{}}
}

func bob() entra.User {
	return entra.User{ID: bobID, UPN: "bob@contoso.com", ProxyAddresses: []string{"bob@contoso.com"}, CertificateUserIDs: []string{"X509:<SKI>0102"}}
}

func carol() entra.User {
	return entra.User{ID: carolID, UPN: "carol@fabrikam.com", CertificateUserIDs: []string{}}
}

// only keeps the findings of a check.
func only(findings []preflight.Finding, check string) []preflight.Finding {
	var found []preflight.Finding
	for _, f := range findings {
		if f.Check == check {
			found = append(found, f)
		}
	}
	return found
}

// finds reports whether one of the findings has a status and a part of its message.
func finds(findings []preflight.Finding, want preflight.Status, says string) bool {
	for _, f := range findings {
		if f.Status == want && strings.Contains(f.Message, says) {
			return true
		}
	}
	return false
}
