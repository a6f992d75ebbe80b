package probe

import (
	"crypto/tls"
	"errors"
	"fmt"
	"math"
	"net"
	"strings"
)

// String is the alert's name as crypto/tls has it, and its number.
func (a Alert) String() string {
	return fmt.Sprintf("%s (TLS alert %d)", strings.TrimPrefix(tls.AlertError(a).Error(), "tls: "), uint8(a))
}

// remoteAlert is the alert that a server sent, 0 where the error is something else.
//
// crypto/tls hides its type for alerts, but not what it calls each. No server sends
// close_notify, which is 0, as an error.
func remoteAlert(err error) Alert {
	var op *net.OpError
	if !errors.As(err, &op) || op.Op != "remote error" {
		return 0
	}
	for n := range math.MaxUint8 + 1 {
		if op.Err.Error() == tls.AlertError(n).Error() {
			return Alert(n)
		}
	}
	return 0
}
