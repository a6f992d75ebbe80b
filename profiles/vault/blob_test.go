package vault

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

func TestAddresses(t *testing.T) {
	for target, want := range map[string]string{
		"https://contoso.blob.core.windows.net/results":      "",
		"https://contoso.blob.core.windows.net/results/":     "",
		"HTTPS://Contoso.blob.core.windows.net/results":      "",
		"https://contoso.z01.blob.storage.azure.net/results": "",
		"https://contoso.blob.core.usgovcloudapi.net/a-b-c":  "",
		"https://contoso.blob.core.chinacloudapi.cn/results": "",
		"http://127.0.0.1:10000/devstoreaccount1/results":    "",
		"http://localhost:10000/devstoreaccount1/results":    "",
		"http://[::1]:10000/devstoreaccount1/results":        "",

		"http://contoso.blob.core.windows.net/results":                      "it is not https",
		"https://contoso.blob.core.windows.net.evil.example/results":        "no host of Azure",
		"https://blob.core.windows.net.evil.example/results":                "no host of Azure",
		"https://contoso.blob.core.windows.net:8443/results":                "no host of Azure",
		"http://10.0.0.1:10000/devstoreaccount1/results":                    "it is not https",
		"https://contoso.blob.core.windows.net/":                            "its container has no name",
		"https://contoso.blob.core.windows.net/results/sub":                 "its path is not one container",
		"https://contoso.blob.core.windows.net/$web":                        "its container has no name",
		"https://contoso.blob.core.windows.net/a--b":                        "its container has no name",
		"https://contoso.blob.core.windows.net/results?sv=1&sig=hunter2":    "more than a path",
		"https://user:hunter2@contoso.blob.core.windows.net/results":        "more than a path",
		"https://contoso.blob.core.windows.net/results#hunter2":             "more than a path",
		"https://evil.example/x.blob.core.windows.net/results":              "no host of Azure",
		"https://-.blob.core.windows.net/results":                           "its account has no name",
		"http://127.0.0.1:10000/results":                                    "/ACCOUNT/CONTAINER",
		"https://contoso.blob.core.windows.net\x7f/results?sig=hunter2":     "can't be read",
		"https://contoso.blob.core.windows.net%2f.evil.example/results":     "can't be read",
		"https://contoso.blob.core.windows.net/results%2f..%2fother":        "its container has no name",
		"http://127.0.0.1.blob.core.windows.net.evil.example:10000/a/b":     "it is not https",
		"http://127.0.0.1:10000/devstoreaccount1/results?sv=1&sig=hunter2x": "more than a path",
	} {
		if !isAddress(target) {
			t.Errorf("%q is taken for a path", target)
		}
		a, err := parseBlob(target)
		if want == "" {
			if err != nil || a.account == "" || a.container == "" {
				t.Errorf("%q: %+v, %v", target, a, err)
			}
			continue
		}
		if !errors.Is(err, ErrTarget) || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hunter2") || strings.ContainsAny(err.Error(), "\n\x7f") {
			t.Errorf("%q: %v, want %q", target, err, want)
		}
	}
	for _, path := range []string{"out", "/srv/out", `C:\out`, "./https:/x", "ftp://x/y"} {
		if isAddress(path) {
			t.Errorf("%q is taken for an address", path)
		}
	}
}

// answering is a service that gives one answer to everything.
type answering struct {
	status int
	header map[string]string
	err    error
	asked  []string
}

func (a *answering) RoundTrip(r *http.Request) (*http.Response, error) {
	a.asked = append(a.asked, r.Method+" "+r.URL.String()+" "+r.Header.Get("Authorization"))
	if a.err != nil {
		return nil, a.err
	}
	h := http.Header{}
	for k, v := range a.header {
		h.Set(k, v)
	}
	return &http.Response{StatusCode: a.status, Status: http.StatusText(a.status), Header: h, Body: io.NopCloser(strings.NewReader("")), Request: r}, nil
}

type token struct{ err error }

func (c token) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return azcore.AccessToken{Token: "hunter2", ExpiresOn: time.Now().Add(time.Hour)}, c.err
}

// What the service or the sign-in refuses is one line, with its code and what to do,
// and without a secret.
func TestRefusals(t *testing.T) {
	const target = "https://contoso.blob.core.windows.net/results"
	code := func(c string) map[string]string { return map[string]string{"x-ms-error-code": c} }
	for name, test := range map[string]struct {
		answer answering
		signIn error
		kind   error
		want   string
		hint   string
	}{
		"no container": {answering{status: 404, header: code("ContainerNotFound")}, nil, ErrTarget, target + ": there is no such container (HTTP 404 ContainerNotFound)", "az storage container create"},
		"no role":      {answering{status: 403, header: code("AuthorizationPermissionMismatch")}, nil, ErrService, "who signed in may not do that", "Storage Blob Data Contributor"},
		"firewall":     {answering{status: 403, header: code("AuthorizationFailure")}, nil, ErrService, "firewall", "private endpoint"},
		"odd code":     {answering{status: 400, header: code("A\u001b[31mB")}, nil, ErrService, `the service refuses (HTTP 400 `, ""},
		"busy":         {answering{status: 503, header: code("ServerBusy")}, nil, ErrService, "the service refuses (HTTP 503 ServerBusy)", ""},
		"redirect":     {answering{status: 302, header: map[string]string{"Location": "https://evil.example/"}}, nil, ErrService, "a redirect, and none is followed", ""},
		"network":      {answering{err: errors.New("no route to host\nhunter2")}, nil, ErrService, "no route to host", "firewall"},
		"sign-in": {answering{}, errors.New("POST https://login\nAADSTS7000215: Invalid client secret provided. Trace ID: 1\n{\"secret\":\"hunter2\"}"), ErrService,
			"signing in to the account contoso failed: AADSTS7000215: Invalid client secret provided.", "az login"},
		"sign-in, no reason": {answering{}, errors.New("hunter2"), ErrService, "no token came of it", "az login"},
		"public":             {answering{status: 200, header: map[string]string{"x-ms-blob-public-access": "blob"}}, nil, ErrPublic, "the public may read the container " + target, "--public-access off"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Open(t.Context(), target, Options{Credential: token{test.signIn}, Transport: &test.answer, firstWait: time.Microsecond})
			said := new(Error)
			if !errors.Is(err, test.kind) || !errors.As(err, &said) || !strings.Contains(said.Text, test.want) || !strings.Contains(said.Hint, test.hint) {
				t.Errorf("%v, want %s", err, test.want)
			}
			if strings.ContainsAny(err.Error(), "\n\x1b") || strings.Contains(err.Error(), "hunter2") {
				t.Errorf("the error is no line that may be shown: %q", err)
			}
			for _, asked := range test.answer.asked {
				if !strings.HasPrefix(asked, "GET "+target+"?restype=container") {
					t.Errorf("asked for %s", asked)
				}
			}
		})
	}
}

// Who is not signed in, and a key that is none, are told without sending anything.
func TestNobodySignsIn(t *testing.T) {
	for name, o := range map[string]Options{"nobody": {}, "no key": {Key: "hunter2!"}} {
		service := &answering{}
		o.Transport = service
		_, err := Open(t.Context(), "https://contoso.blob.core.windows.net/results", o)
		if !errors.Is(err, ErrTarget) || strings.Contains(err.Error(), "hunter2") || len(service.asked) > 0 {
			t.Errorf("%s: %v, asked %q", name, err, service.asked)
		}
	}
}

func TestMissingFile(t *testing.T) {
	b := &blob{blobAddress: blobAddress{url: "https://contoso.blob.core.windows.net/results"}}
	if err := b.missing("a"); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
}

func TestCutBlocks(t *testing.T) {
	for lines, want := range map[string]string{
		"a\n": "a\n", "a\nb\nc\n": "a\nb\n|c\n", "abc\nd\n": "abc\n|d\n", "": "",
		"abcd\n": "a line to append has more than 4 bytes", "a": errHalfLine.Error(), "a\nb": errHalfLine.Error(), "abc\nd": errHalfLine.Error(),
	} {
		blocks, err := cutBlocks([]byte(lines), 4)
		got := ""
		for i, b := range blocks {
			got += strings.Repeat("|", min(i, 1)) + string(b)
		}
		if err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%q is cut into %q, want %q", lines, got, want)
		}
	}
}
