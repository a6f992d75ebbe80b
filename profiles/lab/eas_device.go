package lab

import (
	"crypto/rand"
	"encoding/binary"
	"strconv"
)

// maxDevices bounds what is remembered: a lab has a handful.
const maxDevices = 1000

// device is what the server knows of a device of a user.
type device struct {
	offered, policy string // keys: of the policy that was sent, and of that which was acknowledged
	folders         int    // the SyncKey of the folders; 0 before they were fetched
	synced          map[string]*synced
}

// deviceOf is nil where there are too many.
func (e *EAS) deviceOf(user, id string) *device {
	name := user + " " + id
	d := e.devices[name]
	if d == nil && len(e.devices) < maxDevices {
		d = &device{synced: map[string]*synced{}}
		e.devices[name] = d
	}
	return d
}

// mayWork reports whether a key is that of the policy which the device acknowledged.
func (d *device) mayWork(key string) bool { return d.policy != "" && key == d.policy }

// newKey draws a policy key, which is a number of 32 bits (MS-ASPROV 2.2.2.42), and not
// 0, which stands for none.
func newKey() string {
	var b [4]byte
	rand.Read(b[:]) // never fails
	return strconv.FormatUint(uint64(binary.BigEndian.Uint32(b[:])|1), 10)
}
