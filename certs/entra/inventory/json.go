package inventory

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/easkit/easkit/certs/preflight"
)

// maxInventory bounds an inventory that is read back, in bytes: half a million
// users.
const maxInventory = 512 << 20

// ErrInventory says that something is no inventory in the form of [Schema].
var ErrInventory = errors.New("not an inventory of the form " + Schema)

// WriteJSON writes the inventory as indented JSON. [Parse] reads it back.
func (i *Inventory) WriteJSON(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(i)
}

// Parse reads what [Inventory.WriteJSON] wrote, for [Options.Previous]. Another
// schema is refused with [ErrInventory]. Fields that it does not know are passed
// over, since later versions may add some.
func Parse(r io.Reader) (*Inventory, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxInventory+1))
	if err != nil {
		return nil, fmt.Errorf("reading the inventory: %w", err)
	}
	if len(data) > maxInventory {
		return nil, fmt.Errorf("%w: it is larger than %d MiB", ErrInventory, maxInventory>>20)
	}
	var i Inventory
	if err := json.Unmarshal(data, &i); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrInventory, err)
	}
	if i.Schema != Schema {
		return nil, fmt.Errorf("%w: its schema is %q", ErrInventory, clip(i.Schema))
	}
	for k := range i.Users {
		u := &i.Users[k]
		if u.State.rank() == len(States) {
			return nil, fmt.Errorf("%w: user %d has the state %q, which does not exist", ErrInventory, k+1, clip(string(u.State)))
		}
		u.UPN, u.Name, u.Wave = kept(u.UPN), kept(u.Name), kept(u.Wave)
		u.affected = u.wasAffected()
	}
	for k := range i.Waves {
		w := &i.Waves[k]
		w.Name, w.Group, w.Rule = kept(w.Name), preflight.Printable(w.Group), preflight.Printable(w.Rule)
	}
	return &i, nil
}
