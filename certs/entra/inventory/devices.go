package inventory

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/easkit/easkit/certs/table"
)

// deviceRow is a partnership as Exchange lists it: by Get-MobileDevice, or by
// Get-MobileDeviceStatistics, which knows when it last synced.
type deviceRow struct {
	upn, name, userID, identity string
	clientType, eas, id         string
	kind, model, system, agent  string
	access                      string
	times                       [3]string // first sync, last change, last sync
	place                       int
}

// Places in deviceRow.times.
const (
	timeFirst = iota
	timeChanged
	timeSynced
)

// deviceFields are the fields by the names of properties, in small letters, the
// best first: scripts that add the mailbox to each device name it variously.
var deviceFields = []struct {
	names []string
	field func(*deviceRow) *string
}{
	{[]string{"userprincipalname", "upn", "primarysmtpaddress", "emailaddress", "mailbox", "user"}, func(d *deviceRow) *string { return &d.upn }},
	{[]string{"userdisplayname", "displayname"}, func(d *deviceRow) *string { return &d.name }},
	{[]string{"externaldirectoryobjectid", "userid"}, func(d *deviceRow) *string { return &d.userID }},
	{[]string{"identity", "distinguishedname"}, func(d *deviceRow) *string { return &d.identity }},
	{[]string{"clienttype"}, func(d *deviceRow) *string { return &d.clientType }},
	{[]string{"clientversion", "deviceactivesyncversion"}, func(d *deviceRow) *string { return &d.eas }},
	{[]string{"deviceid"}, func(d *deviceRow) *string { return &d.id }},
	{[]string{"devicetype"}, func(d *deviceRow) *string { return &d.kind }},
	{[]string{"devicemodel"}, func(d *deviceRow) *string { return &d.model }},
	{[]string{"deviceos"}, func(d *deviceRow) *string { return &d.system }},
	{[]string{"deviceuseragent"}, func(d *deviceRow) *string { return &d.agent }},
	{[]string{"deviceaccessstate"}, func(d *deviceRow) *string { return &d.access }},
	{[]string{"firstsynctime"}, func(d *deviceRow) *string { return &d.times[timeFirst] }},
	{[]string{"whenchangedutc", "whenchanged"}, func(d *deviceRow) *string { return &d.times[timeChanged] }},
	{[]string{"lastsuccesssync", "lastsyncattempttime"}, func(d *deviceRow) *string { return &d.times[timeSynced] }},
}

// deviceFile is a whole file of partnerships: only all of its dates together show
// in which order it writes them.
type deviceFile struct {
	t       *table.Table
	columns []int // of deviceFields
	rows    []deviceRow
}

func newDeviceTable(t *table.Table) *deviceFile {
	d := &deviceFile{t: t}
	for _, f := range deviceFields {
		d.columns = append(d.columns, t.Column(f.names...))
	}
	return d
}

func (d *deviceFile) row() error {
	row := deviceRow{place: d.t.Line()}
	for i, f := range deviceFields {
		text, err := d.t.Cell(d.columns[i])
		if err != nil {
			return err
		}
		*f.field(&row) = kept(text)
	}
	d.rows = append(d.rows, row)
	return nil
}

// record reads a partnership from JSON.
func (d *deviceFile) record(record []byte, place int) error {
	row := deviceRow{place: place}
	found := make([]int, len(deviceFields)) // which of the names, from 1
	err := fields(record, func(name, value []byte) error {
		for i, f := range deviceFields {
			at := slices.Index(f.names, string(name)) + 1
			if at == 0 || found[i] != 0 && found[i] < at || isNull(value) {
				continue
			}
			found[i] = at
			*f.field(&row) = kept(text(value))
		}
		return nil
	})
	d.rows = append(d.rows, row)
	return err
}

// devices takes in a file of partnerships.
func (c *collector) devices(d *deviceFile) error {
	order := d.dayOrder()
	file := len(c.files) - 1
	for i := range d.rows {
		row := &d.rows[i]
		var times [3]time.Time
		for k, text := range row.times {
			at, ok, err := parseWhen(text, order)
			if err != nil {
				return fmt.Errorf("%s %d: %w", c.unit(file), row.place, err)
			}
			if times[k] = at; !ok {
				c.note("the dates in %s can be read in two ways (%s) and were left out: export them as 2026-11-21T12:00:00Z", c.files[file].Name, text)
			}
		}
		if err := c.partner(row, times, file); err != nil {
			return err
		}
	}
	return nil
}

// unit is what a file's evidence is counted in.
func (c *collector) unit(file int) string {
	if c.files[file].json {
		return "record"
	}
	return "line"
}

// dayOrder is the order that some date of the file shows. A file that shows both
// is no help, and its dates are read by themselves.
func (d *deviceFile) dayOrder() dayOrder {
	order := orderUnknown
	for i := range d.rows {
		for _, text := range d.rows[i].times {
			date, err := splitDate(text)
			if err != nil || text == "" {
				continue
			}
			switch o := date.order(); {
			case o == orderUnknown || o == order:
			case order != orderUnknown:
				return orderUnknown
			default:
				order = o
			}
		}
	}
	return order
}

// isEAS reports whether the partnership is one of EAS. Others are Outlook's own
// protocols (REST, Outlook) and Outlook on the web (MOWA).
func (d *deviceRow) isEAS() bool {
	switch {
	case d.clientType == "":
		return !startsLike(d.kind, "outlook")
	case strings.EqualFold(d.clientType, "EAS"):
		return true
	}
	return containsLike(d.clientType, "activesync")
}

// partner keeps a partnership, with its person if the sign-ins or an earlier row
// have one of that name; else that is found out at the end.
func (c *collector) partner(d *deviceRow, times [3]time.Time, file int) error {
	last := times[timeSynced]
	if !d.isEAS() {
		return nil
	}
	if !last.IsZero() && last.Before(c.o.Since) {
		c.ignored++
		return nil
	}
	if !strings.Contains(d.upn, "@") { // a display name, or an alias
		d.name, d.upn = cmp.Or(d.name, d.upn), ""
	}
	owner := d.owner()
	if d.userID == "" && isUUID(owner) {
		d.userID = owner
	}
	if strings.Contains(owner, "@") {
		d.upn = cmp.Or(d.upn, owner)
	}
	p := &phone{client: d.client(), partner: true, id: d.id, agent: d.agent, eas: d.eas, access: d.access,
		firstSync: times[timeFirst], lastSync: last, changed: times[timeChanged]}
	_, p.version = systemOf(d.system)
	p.see(file, d.place)
	c.partners = append(c.partners, partnership{p, d.upn, cmp.Or(d.name, owner), d.userID})
	return nil
}

// owner is the mailbox in a partnership's identity, which is a path with slashes
// of either kind, CarlosM\ExchangeActiveSyncDevices\EAS§iPhone§Appl..., or a
// distinguished name.
func (d *deviceRow) owner() string {
	before, after, ok := strings.Cut(d.identity, "ExchangeActiveSyncDevices")
	if !ok {
		return ""
	}
	if parent, isDN := strings.CutPrefix(after, ",CN="); isDN {
		owner, _, _ := strings.Cut(parent, ",")
		return owner
	}
	before = strings.TrimRight(before, `\/`)
	return before[strings.LastIndexAny(before, `\/`)+1:]
}

func isUUID(s string) bool {
	_, ok := parseRequest(s)
	return ok && strings.Count(s, "-") == 4
}

// client tells the app by the user agent, or else by the type of the device.
func (d *deviceRow) client() client {
	c := clientOf(d.agent)
	system, _ := systemOf(d.system)
	if system == "" {
		system, _ = systemOf(d.kind)
	}
	if c.app == unknownApp && (strings.EqualFold(d.kind, "iPhone") || strings.EqualFold(d.kind, "iPad")) {
		c.app = "Apple Mail"
	}
	c.system = kept(cmp.Or(c.system, system))
	c.model = kept(cmp.Or(c.model, modelName(d.model)))
	return c
}
