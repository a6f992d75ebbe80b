package inventory

import "fmt"

// Redact replaces what names people and their phones: user-0001, device-0001, in
// the order of the list, so that the same files give the same names. Names of
// files and of Intune's profiles stay.
//
// A redacted inventory can't be compared with a later one.
func (i *Inventory) Redact() {
	i.Redacted = true
	devices := 0
	for k := range i.Users {
		u := &i.Users[k]
		u.UPN, u.Name, u.ID = fmt.Sprintf("user-%04d", k+1), "", ""
		for n := range u.Devices {
			d := &u.Devices[n]
			devices++
			if d.ID != "" {
				d.ID = fmt.Sprintf("device-%04d", devices)
			}
			if d.Failure != nil { // its text may name the user
				d.Failure.Reason = ""
			}
		}
	}
	if i.Compared != nil {
		for k := range i.Compared.Gone {
			i.Compared.Gone[k] = fmt.Sprintf("user-%04d", len(i.Users)+k+1)
		}
	}
}
