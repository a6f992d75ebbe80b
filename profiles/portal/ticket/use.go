package ticket

import (
	"context"
	"crypto/hmac"
	"database/sql/driver"
	"fmt"
	"sync"

	"modernc.org/sqlite"
)

// useByPINText uses the link ?3 at the time ?1 for the session with the hash ?2, if it is ready
// and the PIN with the hash ?4 is its own. To read first and write then takes half as long
// again.
const useByPINText = "UPDATE tickets SET redeemed = ?1, session = ?2 WHERE lookup = ?3 AND sign_in = 'pin' AND " +
	stateOf + " = 'ready' AND " + sameHash + "(pin, ?4)"

// useByPIN reports whether the PIN was that of a link which was ready, and is used now. It
// is for who has the turn.
func (s *Store) useByPIN(ctx context.Context, link secret, p PIN, session secret) (done bool, err error) {
	pin, ok := p.clean()
	if !ok {
		return false, nil
	}
	lookup, err := link.key(forLookup)
	if err != nil {
		return false, err
	}
	hash, err := link.pinHash(pin)
	if err != nil {
		return false, err
	}
	result, err := s.use.ExecContext(ctx, s.now().UnixMilli(), session.hash(), lookup, hash)
	if err != nil {
		return false, err
	}
	n, err := result.RowsAffected()
	return n == 1, err
}

// sameHash is the name in SQL of a comparison in constant time: SQLite's own ends at the
// first byte that differs.
const sameHash = "easkit_same_hash"

// registerSameHash makes it known to the connections that are opened from then on. The
// driver keeps it for the whole process.
var registerSameHash = sync.OnceValue(func() error {
	return sqlite.RegisterDeterministicScalarFunction(sameHash, 2, func(_ *sqlite.FunctionContext, args []driver.Value) (driver.Value, error) {
		kept, known := args[0].([]byte) // NULL where there is no PIN
		given, ok := args[1].([]byte)
		if !ok {
			return nil, fmt.Errorf("%s of a %T", sameHash, args[1])
		}
		return known && hmac.Equal(kept, given), nil
	})
})
