// Package vaulttest starts Microsoft's emulator of Blob Storage for tests.
package vaulttest

import (
	"net"
	"os"
	"os/exec"
	"testing"
	"time"
)

// azurite names the variable with the path of azurite-blob (npm install azurite).
const azurite = "EASKIT_AZURITE"

// The emulator starts within a few seconds; it is asked so often, and this far apart.
const (
	asked   = 300
	between = 50 * time.Millisecond
)

// Azurite starts the emulator until the test ends, and gives its address. Without one
// the test is skipped.
func Azurite(t testing.TB) string {
	t.Helper()
	program := os.Getenv(azurite)
	if program == "" {
		t.Skip(azurite + " is not set to the path of azurite-blob")
	}
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := free.Addr().String()
	host, port, _ := net.SplitHostPort(address)
	free.Close()
	cmd := exec.Command(program, "--inMemoryPersistence", "--silent", "--disableTelemetry", "--skipApiVersionCheck", "--blobHost", host, "--blobPort", port)
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	for range asked {
		if c, err := net.Dial("tcp", address); err == nil {
			c.Close()
			return "http://" + address
		}
		time.Sleep(between)
	}
	t.Fatal("the emulator does not answer")
	return ""
}
