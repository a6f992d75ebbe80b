package trust_test

import (
	"bytes"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/easkit/easkit/certs/entra/trust"
	"github.com/easkit/easkit/certs/graph"
	"github.com/easkit/easkit/certs/graph/graphtest"
	easlab "github.com/easkit/easkit/certs/lab"
)

// A file that was edited is refused, be it a plan or a back-up.
func TestEditedFiles(t *testing.T) {
	s := newClassicStory(t, graphtest.Options{})
	var plan bytes.Buffer
	if err := s.plan.Write(&plan); err != nil {
		t.Fatal(err)
	}
	if p, err := trust.ReadPlan(bytes.NewReader(plan.Bytes())); err != nil || !p.After.Equal(s.plan.After) {
		t.Fatalf("a plan is not read as it was written: %v", err)
	}
	if _, err := s.apply(s.plan); err != nil {
		t.Fatal(err)
	}
	evil := func(b []byte) *bytes.Reader {
		return bytes.NewReader(bytes.ReplaceAll(b, []byte("crl.contoso.com"), []byte("crl.evil.example")))
	}
	if _, err := trust.ReadPlan(evil(plan.Bytes())); err == nil {
		t.Error("an edited plan is read")
	}
	if _, err := trust.ReadSaved(evil(s.backups[0])); err == nil {
		t.Error("an edited back-up is read")
	}
	for _, text := range []string{"", "{}", "[]", `{"schema":"easkit/trust-plan/v1"}`, `{"schema":"easkit/trust-plan/v1","hash":"","extra":1}`} {
		if _, err := trust.ReadPlan(strings.NewReader(text)); err == nil {
			t.Errorf("%q is read as a plan", text)
		}
		if _, err := trust.ReadSaved(strings.NewReader(text)); err == nil {
			t.Errorf("%q is read as a back-up", text)
		}
	}
}

// Going back takes away what was set since, delta addresses included.
func TestRestoreTakesDeltaAway(t *testing.T) {
	s := newPKIStory(t, graphtest.Options{})
	if _, err := s.apply(s.plan); err != nil {
		t.Fatal(err)
	}
	saved, err := trust.ReadSaved(bytes.NewReader(s.backups[0]))
	if err != nil {
		t.Fatal(err)
	}
	pkis, _ := s.graph.PKIs()
	s.other(http.MethodPatch, "/directory/publicKeyInfrastructure/certificateBasedAuthConfigurations/"+pkis[0].ID+"/certificateAuthorities/"+find(pkis[0], "Fabrikam Root"),
		`{"deltaCertificateRevocationListUrl":"http://crl.fabrikam.com/wrong.crl"}`)
	st, err := trust.Read(t.Context(), s.client)
	if err != nil {
		t.Fatal(err)
	}
	w, _ := saved.Wish(st, true, s.clock())
	if _, err := s.apply(s.lab.plan(w)); err != nil {
		t.Fatal(err)
	}
	if !s.pki().Equal(s.before) {
		t.Error("it is not as it was")
	}
}

// What crl.yaml does not speak of stays as the tenant has it; what it denies goes.
func TestDesired(t *testing.T) {
	root := newCA(t, "Contoso Root", nil, start.AddDate(5, 0, 0))
	there := root.entry("http://crl.contoso.com/root.crl")
	there.IssuerHint = true
	for text, want := range map[string]trust.Entry{
		"": there,
		"root.cer: http://crl.contoso.com/root.crl": there,
		"root.cer: none":                  {CRL: "", IssuerHint: true},
		"root.cer:\n  issuer-hint: false": {CRL: there.CRL},
		"root.cer:\n  crl: http://crl.contoso.com/2.crl\n  delta: http://crl.contoso.com/2+.crl": {CRL: "http://crl.contoso.com/2.crl", Delta: "http://crl.contoso.com/2+.crl", IssuerHint: true},
	} {
		files := fstest.MapFS{"root.cer": {Data: root.cert.Raw}}
		if text != "" {
			files["crl.yaml"] = &fstest.MapFile{Data: []byte(text + "\n")}
		}
		folder, err := trust.ReadFolder(files, trust.FolderOptions{At: start})
		if err != nil {
			t.Fatal(err)
		}
		l := newLab(t, graphtest.Options{}, nil, []trust.Entry{there})
		got := l.plan(trust.Wish{Store: trust.PKI, Entries: folder.Desired()}).After[0]
		if got.CRL != want.CRL || got.Delta != want.Delta || got.IssuerHint != want.IssuerHint {
			t.Errorf("%q: %+v", text, got)
		}
	}
}

// A certificate that is there twice with different addresses can't be planned for: one
// of them would be lost.
func TestContradiction(t *testing.T) {
	root := newCA(t, "Contoso Root", nil, start.AddDate(5, 0, 0))
	st := &trust.State{Tenant: graph.Organization{ID: "t"}, Classic: &graph.ClassicStore{CAs: []graph.CA{
		root.entry("http://crl.contoso.com/1.crl").CA(), root.entry("http://crl.contoso.com/2.crl").CA()}}}
	if _, err := trust.NewPlan(st, trust.Wish{Store: trust.Classic}, start); err == nil || !strings.Contains(err.Error(), "twice, and not the same") {
		t.Errorf("%v", err)
	}
}

// A plan is for the container that it was made for, whatever that is called now.
func TestContainerByID(t *testing.T) {
	s := newPKIStory(t, graphtest.Options{})
	pkis, _ := s.graph.PKIs()
	base := "/directory/publicKeyInfrastructure/certificateBasedAuthConfigurations"
	s.other(http.MethodPatch, base+"/"+pkis[0].ID, `{"displayName":"Old PKI"}`)
	s.other(http.MethodPost, base, `{"displayName":"Contoso PKI"}`)
	if _, err := s.apply(s.plan); err != nil {
		t.Fatal(err)
	}
	after, _ := s.graph.PKIs()
	for _, p := range after {
		if p.DisplayName == "Contoso PKI" && len(p.CertificateAuthorities) > 0 {
			t.Error("the other container was written to")
		}
	}
}

// The other store may keep a change from having an effect, or a removal from harm.
func TestOtherStore(t *testing.T) {
	root := newCA(t, "Contoso Root", nil, start.AddDate(5, 0, 0))
	old := root.entry("http://crl.contoso.com/old.crl")
	l := newLab(t, graphtest.Options{}, []trust.Entry{old}, []trust.Entry{old})
	var text strings.Builder
	if err := l.plan(trust.Wish{Store: trust.PKI, Entries: wanted(root.entry("http://crl.contoso.com/new.crl"))}).WriteText(&text); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(text.String(), `the classic store has it with the CRL "http://crl.contoso.com/old.crl", and that counts`) {
		t.Errorf("it does not say that the change has no effect:\n%s", text.String())
	}
	if p := l.plan(trust.Wish{Store: trust.PKI, Remove: []string{old.Thumbprint()}}); len(p.Dangers()) > 0 || len(p.After) > 0 {
		t.Errorf("the other store has it still: %v", p.Dangers())
	}
}

// Whatever a plan says, a lab's CA goes into a lab's tenant only, and no expired one
// anywhere.
func TestInadmissible(t *testing.T) {
	trial, err := easlab.New(start, "http://127.0.0.1/crl")
	if err != nil {
		t.Fatal(err)
	}
	late := newCA(t, "Contoso Old", nil, start.AddDate(0, 0, 1))
	for name, c := range map[string][]byte{"lab": trial.Root.Certificate.Raw, "expired": late.cert.Raw} {
		l := newLab(t, graphtest.Options{}, nil, []trust.Entry{})
		p := l.plan(trust.Wish{Store: trust.PKI, Entries: wanted(trust.Entry{Certificate: c, Root: true})})
		if name == "expired" {
			l.sleep(t.Context(), 48*time.Hour)
			l.signIn(time.Hour, "pwd")
		}
		if _, err := l.apply(p); err == nil || len(l.pki()) > 0 {
			t.Errorf("%s: it goes in: %v", name, err)
		}
	}
}

// Where a part of the PKI store was changed, no message says that nothing was.
func TestPKIMessages(t *testing.T) {
	root := newCA(t, "Contoso Root", nil, start.AddDate(5, 0, 0))
	for name, tt := range map[string]struct {
		fault graphtest.Fault
		want  string
	}{
		"container made, CA refused": {graphtest.Fault{Method: http.MethodPost, PathContains: "certificateAuthorities", Status: 403}, "may have been carried out"},
		"refused at once":            {graphtest.Fault{Method: http.MethodPost, Status: 403}, "nothing was changed"},
	} {
		l := newLab(t, graphtest.Options{}, nil, nil)
		p := l.plan(trust.Wish{Store: trust.PKI, Entries: wanted(root.entry(""))})
		l.faults(tt.fault)
		if _, err := l.apply(p); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Requests show what a plan sends, in its order, without sending it.
func TestRequests(t *testing.T) {
	s := newPKIStory(t, graphtest.Options{})
	requests, err := s.plan.Requests()
	if err != nil {
		t.Fatal(err)
	}
	var methods []string
	for _, r := range requests {
		methods = append(methods, r.Method)
	}
	if want := []string{"POST", "POST", "PATCH", "DELETE"}; !slices.Equal(methods, want) {
		t.Errorf("%v, want %v", methods, want)
	}
	c := newClassicStory(t, graphtest.Options{})
	if requests, err := c.plan.Requests(); err != nil || len(requests) != 4 || requests[1].When == "" {
		t.Errorf("%+v, %v", requests, err)
	}
}

// A removal that was harmless because of the other store is refused once it is not.
func TestVouchedElsewhere(t *testing.T) {
	root := newCA(t, "Contoso Root", nil, start.AddDate(5, 0, 0))
	kept := newCA(t, "Fabrikam Root", nil, start.AddDate(5, 0, 0))
	e, k := root.entry("http://crl.contoso.com/root.crl"), kept.entry("http://crl.fabrikam.com/root.crl")
	l := newLab(t, graphtest.Options{}, []trust.Entry{e, k}, []trust.Entry{e, k})
	one := l.plan(trust.Wish{Store: trust.PKI, Remove: []string{e.Thumbprint()}})
	two := l.plan(trust.Wish{Store: trust.Classic, Remove: []string{e.Thumbprint()}})
	if len(one.Dangers())+len(two.Dangers()) > 0 {
		t.Fatal("each is harmless by itself")
	}
	if _, err := l.apply(one); err != nil {
		t.Fatal(err)
	}
	if _, err := l.apply(two); !errors.Is(err, trust.ErrChanged) || len(l.classic()) != 2 {
		t.Errorf("the CA is removed from both stores: %v", err)
	}
}

// A tenant whose PKI store can't be read, or whose cloud has none, has a classic one.
func TestWithoutPKIStore(t *testing.T) {
	for _, status := range []int{400, 403, 404} {
		s := newClassicStory(t, graphtest.Options{})
		s.faults(graphtest.Fault{PathContains: "publicKeyInfrastructure", Times: 1000, Status: status})
		if r, err := s.apply(s.plan); err != nil || !r.Seen {
			t.Errorf("%d: %+v, %v", status, r, err)
		}
		st, err := trust.Read(t.Context(), s.client)
		if err != nil || st.NoPKI == nil || len(st.All()) != 2 {
			t.Errorf("%d: %v", status, err)
		}
		if _, err := trust.NewPlan(st, trust.Wish{Store: trust.PKI}, start); err == nil {
			t.Errorf("%d: a plan is made for a store that was not read", status)
		}
	}
}

// What the tenant had is let in again, whatever it is.
func TestRestoreTakesWhatWasThere(t *testing.T) {
	trial, err := easlab.New(start, "http://127.0.0.1/crl")
	if err != nil {
		t.Fatal(err)
	}
	l := newLab(t, graphtest.Options{}, []trust.Entry{{Certificate: trial.Root.Certificate.Raw, Root: true}}, nil)
	root := newCA(t, "Contoso Root", nil, start.AddDate(5, 0, 0))
	if _, err := l.apply(l.plan(trust.Wish{Store: trust.Classic, Entries: wanted(root.entry(""))})); err != nil {
		t.Fatal(err)
	}
	saved, err := trust.ReadSaved(bytes.NewReader(l.backups[0]))
	if err != nil {
		t.Fatal(err)
	}
	l.other(http.MethodDelete, "/organization/"+l.graph.OrganizationID()+"/certificateBasedAuthConfiguration/29728ade-6ae4-4ee9-9103-412912537da5", "")
	if _, err := l.apply(l.plan(l.wish(saved))); err != nil || len(l.classic()) != 1 {
		t.Errorf("%v", err)
	}
}

// The file of an upload is that of the plan's CAs.
func TestUploadOfOtherCAs(t *testing.T) {
	root := newCA(t, "Contoso Root", nil, start.AddDate(5, 0, 0))
	l := newLab(t, graphtest.Options{}, nil, nil)
	p := l.plan(trust.Wish{Store: trust.PKI, Entries: wanted(root.entry("")), Upload: "http://127.0.0.1/cas.p7b"})
	p.Upload.SHA256 = strings.Repeat("AB", 32)
	if _, err := l.apply(p); err == nil || len(l.writes()) > 0 {
		t.Errorf("%v", err)
	}
}

// A container that was made by a request without a good answer is not made twice.
func TestContainerMadeOnce(t *testing.T) {
	root := newCA(t, "Contoso Root", nil, start.AddDate(5, 0, 0))
	l := newLab(t, graphtest.Options{Behind: 10 * time.Second}, nil, nil)
	p := l.plan(trust.Wish{Store: trust.PKI, Entries: wanted(root.entry(""))})
	l.client.HTTP = &http.Client{Transport: &lost{method: http.MethodPost, status: 503}}
	if _, err := l.apply(p); err != nil {
		t.Error(err)
	}
	if pkis, _ := l.graph.PKIs(); len(pkis) != 1 {
		t.Errorf("%d containers", len(pkis))
	}
}
