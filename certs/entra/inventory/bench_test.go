package inventory

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// benchUsers is how many users the sign-ins of a benchmark are of.
const benchUsers = 20_000

// manyJSON is a page of n sign-ins as Graph's beta has them, one in four by EAS.
func manyJSON(n int) string {
	var b strings.Builder
	b.WriteString(`{"@odata.context":"https://graph.microsoft.com/beta/$metadata#auditLogs/signIns","value":[`)
	for k := range n {
		if k > 0 {
			b.WriteByte(',')
		}
		app, agent, method := "Browser", "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36", "Previously satisfied"
		if k%4 == 0 {
			app, agent, method = "Exchange ActiveSync", "Apple-iPhone14C2/2107.146", "Certificate"
		}
		fmt.Fprintf(&b, `{"id":"5b0e3c1a-0000-4000-8000-%012x","createdDateTime":"2026-11-%02dT%02d:00:00Z","userDisplayName":"User %[4]d","userPrincipalName":"user%[4]d@contoso.com",`+
			`"userId":"4b1c2c1e-0000-4000-8000-%012[4]d","appId":"00000002-0000-0ff1-ce00-000000000000","appDisplayName":"Office 365 Exchange Online","ipAddress":"203.0.113.7",`+
			`"clientAppUsed":%[5]q,"userAgent":%[6]q,"correlationId":"aaaa0000-bb11-2222-33cc-444444dddddd","conditionalAccessStatus":"notApplied","isInteractive":true,`+
			`"riskDetail":"none","riskLevelAggregated":"none","riskState":"none","resourceDisplayName":"Office 365 Exchange Online","resourceId":"00000002-0000-0ff1-ce00-000000000000",`+
			`"status":{"errorCode":0,"failureReason":"Other.","additionalDetails":null},"deviceDetail":{"deviceId":"","displayName":"","operatingSystem":"Ios 17.6.1","browser":"","isCompliant":null,"isManaged":null,"trustType":null},`+
			`"location":{"city":"Berlin","state":"Berlin","countryOrRegion":"DE","geoCoordinates":{"altitude":null,"latitude":52.5,"longitude":13.4}},"appliedConditionalAccessPolicies":[],`+
			`"authenticationDetails":[{"authenticationStepDateTime":"2026-11-02T08:00:00Z","authenticationMethod":%[7]q,"authenticationMethodDetail":"","succeeded":true,"authenticationStepResultDetail":"","authenticationStepRequirement":""}]}`,
			k, 1+k%20, k%24, k%benchUsers, app, agent, method)
	}
	b.WriteString("]}")
	return b.String()
}

// manyCSV is the same in the portal's columns.
func manyCSV(n int) string {
	var b strings.Builder
	b.WriteString("Date (UTC),Request ID,User agent,Correlation ID,User ID,User,Username,User type,Cross tenant access type,Incoming token type,Authentication Protocol,Application,Application ID ,Resource,IP address,Location,Status,Sign-in error code,Failure reason,Client app,Device ID,Browser,Operating System,Compliant,Managed,Join Type,Authentication requirement,Session ID,Latency,Conditional Access\r\n")
	for k := range n {
		app, agent := "Browser", "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36"
		if k%4 == 0 {
			app, agent = "Exchange ActiveSync", "Apple-iPhone14C2/2107.146"
		}
		fmt.Fprintf(&b, "2026-11-%02dT%02d:00:00Z,5b0e3c1a-0000-4000-8000-%012[3]x,%[4]s,aaaa0000-bb11-2222-33cc-444444dddddd,4b1c2c1e-0000-4000-8000-%012[5]d,User %[5]d,user%[5]d@contoso.com,Member,none,none,none,"+
			"Office 365 Exchange Online,00000002-0000-0ff1-ce00-000000000000,Office 365 Exchange Online,203.0.113.7,\"Berlin, Berlin, DE\",Success,0,Other.,%[6]s,,,Ios 17.6.1,,,,Single-factor authentication,,143,Not Applied\r\n",
			1+k%20, k%24, k, agent, k%benchUsers, app)
	}
	return b.String()
}

// A log of a million sign-ins is read in seconds, on one core.
func BenchmarkMillionSignIns(b *testing.B) {
	const n = 1_000_000
	for _, form := range []struct {
		name string
		make func(int) string
	}{{"json", manyJSON}, {"csv", manyCSV}} {
		b.Run(form.name, func(b *testing.B) {
			text := form.make(n)
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				inv, err := Read(b.Context(), []Source{source("log", text)}, Options{At: testClock})
				if err != nil || len(inv.Users) != benchUsers/4 || inv.Summary.SignIns != n {
					b.Fatalf("%v, %+v", err, inv.Summary)
				}
			}
		})
	}
}

// A log of a hundred thousand is read in a moment, even on a slow machine.
func TestManySignIns(t *testing.T) {
	if testing.Short() {
		t.Skip("it reads a hundred thousand sign-ins")
	}
	text := manyJSON(100_000)
	started := time.Now()
	inv := read(t, Options{}, source("log", text))
	if took := time.Since(started); took > 5*time.Second {
		t.Errorf("it took %v", took)
	}
	if got := inv.Summary.Users[Direct]; got != benchUsers/4 {
		t.Errorf("%d users", got)
	}
}
