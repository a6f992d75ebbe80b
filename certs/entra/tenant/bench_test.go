package tenant

import (
	"fmt"
	"testing"

	"github.com/easkit/easkit/certs/entra"
	"github.com/easkit/easkit/certs/graph"
)

// manyUsers is a tenant of n users, half of whom are in the groups that the method
// and its policies name.
func manyUsers(tb testing.TB, n int) (*Snapshot, *entra.Users) {
	s := healthy(tb)
	users := make([]entra.User, n)
	members := make([]graph.Member, 0, n/2)
	for i := range users {
		id := fmt.Sprintf("5a0e0000-0000-4000-8000-%012d", i)
		users[i] = entra.User{ID: id, UPN: fmt.Sprintf("user%d@contoso.com", i), ProxyAddresses: []string{}, CertificateUserIDs: []string{}}
		if i%2 == 0 {
			members = append(members, graph.Member{ID: id, UserPrincipalName: users[i].UPN})
		}
	}
	s.Groups[0].Members = members
	for range 30 {
		policy(blocks, forGroup(pilots))(s)
		policy(grants("AND", "compliantDevice", "mfa"), forGroup(others))(s)
	}
	singleFactor(s)
	highAffinity(s)
	return s, entra.NewUsers(users)
}

// Many users are counted, and the first three named.
func TestManyUsers(t *testing.T) {
	s, users := manyUsers(t, 10_000)
	findings := only(s.Check(oauth, users), "tenant.targets")
	if !finds(findings, warn, "5000 of 10000 users (user1@contoso.com, user3@contoso.com, user5@contoso.com, …)") {
		t.Errorf("%+v", findings)
	}
}

func BenchmarkCheck(b *testing.B) {
	s, users := manyUsers(b, 100_000)
	for b.Loop() {
		s.Check(oauth, users)
	}
}

func BenchmarkCheckUser(b *testing.B) {
	s, _ := manyUsers(b, 100_000)
	user, c := bob(), fixture(b, "good.pem")
	for b.Loop() {
		CheckUser(oauth, &User{Snapshot: s, User: &user, Certificate: c})
	}
}
