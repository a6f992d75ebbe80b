package entra

import (
	"testing"

	"github.com/easkit/easkit/certs/preflight/checktest"
)

func TestCodes(t *testing.T) { checktest.Codes(t, Codes()) }
