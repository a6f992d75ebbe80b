package entra

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// manyUsers is JSON of n users as Graph gives them.
func manyUsers(n int) string {
	var b strings.Builder
	b.WriteString(`{"value":[`)
	for i := range n {
		if i > 0 {
			b.WriteString(",\n")
		}
		fmt.Fprintf(&b, `{"id":"4b1c2c1e-0000-4000-8000-%012[1]d","userPrincipalName":"User%[1]d@contoso.com","mail":"user%[1]d@contoso.com","displayName":"User %[1]d",`+
			`"proxyAddresses":["SMTP:user%[1]d@contoso.com","smtp:u%[1]d@contoso.com","X500:/o=Contoso/cn=u%[1]d"],"accountEnabled":true,`+
			`"authorizationInfo":{"certificateUserIds":["X509:<PN>u%[1]d@contoso.local"]}}`, i)
	}
	b.WriteString("]}")
	return b.String()
}

func manyUsersCSV(n int) string {
	var b strings.Builder
	b.WriteString("userPrincipalName,displayName,surname,mail,givenName,objectId,userType,accountEnabled,createdDateTime\n")
	for i := range n {
		fmt.Fprintf(&b, "User%d@contoso.com,User %[1]d,User,user%[1]d@contoso.com,User,4b1c2c1e-0000-4000-8000-%012[1]d,Member,True,2024-02-01T09:00:00Z\n", i)
	}
	return b.String()
}

// The tenant of a large organization is read in seconds.
func BenchmarkParseUsers(b *testing.B) {
	const n = 300_000
	for name, text := range map[string]string{"json": manyUsers(n), "csv": manyUsersCSV(n)} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := ParseUsers(strings.NewReader(text)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// Ten thousand certificates are looked up among a hundred thousand users in a
// moment.
func TestManyHolders(t *testing.T) {
	if testing.Short() {
		t.Skip("it reads a hundred thousand users")
	}
	us, err := ParseUsers(strings.NewReader(manyUsersCSV(100_000) + "alice@contoso.com,,,,,,,True,\n"))
	if err != nil {
		t.Fatal(err)
	}
	h := &Holder{Certificate: fixture(t, "good.pem"), Users: us, Domains: domains(t, contosoDomains), Bindings: byBoth}
	started := time.Now()
	for range 10_000 {
		CheckHolder(at(oauthOnline), h)
		us.Mailbox(h.Certificate)
	}
	if took := time.Since(started); took > 5*time.Second {
		t.Errorf("it took %v", took)
	} else {
		t.Logf("it took %v", took)
	}
}
