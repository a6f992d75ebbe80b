package crl_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"

	"github.com/easkit/easkit/certs/crl"
	"github.com/easkit/easkit/certs/preflight"
)

func ExampleFetcher() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, "a CRL, as it were")
	}))
	defer server.Close()

	// The server is on this machine, which Entra ID can't reach.
	var f crl.Fetcher
	d := f.Fetch(context.Background(), server.URL+"/ca.crl", nil)
	fmt.Println(errors.Is(d.Err, crl.ErrPrivate), d.Err)

	f.AllowPrivate = true
	d = f.Fetch(context.Background(), server.URL+"/ca.crl", func(r io.Reader) error {
		_, err := io.Copy(io.Discard, r) // here the CRL would be parsed
		return err
	})
	limits := crl.LimitsOf(preflight.Worldwide)
	fmt.Println(d.Err, d.Size, d.Size <= limits.WarnSize, d.Total <= limits.MaxTime)
	// Output:
	// true not fetched, as the Internet doesn't reach it: 127.0.0.1 is a loopback address (RFC 1122)
	// <nil> 17 true true
}

func ExampleParseResolver() {
	fmt.Println(crl.ParseResolver("2001:db8::1"))
	fmt.Println(crl.ParseResolver("8.8.8.8:domain"))
	// Output:
	// [2001:db8::1]:53 <nil>
	//  resolver "8.8.8.8:domain": the port "domain" is not a number from 1 to 65535
}
