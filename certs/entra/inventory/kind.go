package inventory

import (
	"errors"
	"fmt"

	"github.com/easkit/easkit/certs/table"
)

// Kind says what a file was taken for.
type Kind string

// The kinds of files.
const (
	SignIns     Kind = "sign-ins"               // Entra ID's log: portal, Graph, Azure Monitor
	AuthDetails Kind = "authentication details" // the file that the portal's CSV comes with
	Devices     Kind = "mobile devices"         // Get-MobileDevice, Get-MobileDeviceStatistics
	Profiles    Kind = "Intune profiles"
	OfServices  Kind = "sign-ins of services" // of apps and managed identities: no users in them
	Unknown     Kind = "not understood"
)

// ErrUnknown says that a file is none of the exports that are understood.
var ErrUnknown = errors.New("it is none of the exports that are understood: sign-in logs of Entra ID (CSV or JSON, with their AuthDetails), " +
	"Get-MobileDevice or Get-MobileDeviceStatistics (CSV or JSON), Intune's device and app configurations (JSON)")

// errEarlier says that a file is one of ours.
var errEarlier = errors.New("it is an inventory of an earlier run: give it with --previous")

// Names of columns, in the form of [table.Name]: the portal's first, then
// those of Graph, PowerShell and Log Analytics, whose "TimeGenerated [UTC]" is
// found by what is in the brackets.
var (
	columnsClientApp = []string{"clientapp", "clientappused"}
	columnsRequest   = []string{"requestid", "id", "originalrequestid"}
	columnsUPN       = []string{"username", "userprincipalname", "upn", "signinidentifier"}
	columnsWhen      = []string{"date(utc)", "date", "createddatetime", "timegenerated", "utc"}
	columnsMethod    = []string{"authenticationmethod"}
	columnsDetail    = []string{"authenticationmethoddetail"}
)

// kindOfTable goes by the names of columns.
func kindOfTable(t *table.Table) (Kind, error) {
	has := func(names ...string) bool { return t.Column(names...) >= 0 }
	switch {
	case has(columnsClientApp...) && has(append(columnsUPN, "user", "userid")...):
		return SignIns, nil
	case has(columnsMethod...) && has(columnsRequest...):
		return AuthDetails, nil
	case has("serviceprincipalid", "managedidentitytype"):
		return OfServices, nil
	case has("clienttype", "deviceuseragent", "deviceaccessstate", "deviceactivesyncversion"):
		return Devices, nil
	case has("date(utc)", "createddatetime") && has(append(columnsUPN, "user")...):
		return Unknown, fmt.Errorf("it looks like a sign-in log, but there is no column Client app among %s: download it with all columns", t.Columns())
	}
	return Unknown, fmt.Errorf("%w: its columns are %s", ErrUnknown, t.Columns())
}

// kindOfRecord goes by the properties of a file's first record.
func kindOfRecord(record []byte) (Kind, error) {
	kind, schema := Unknown, ""
	err := fields(record, func(name, value []byte) error {
		switch string(name) {
		case "clientappused", "appdisplayname", "isinteractive":
			kind = SignIns
		case "properties": // Azure Monitor keeps the record in there
			if k, err := kindOfRecord(value); kind == Unknown && err == nil && k == SignIns {
				kind = k
			}
		case "deviceuseragent", "deviceaccessstate", "clienttype":
			kind = Devices
		case "@odata.type", "rolescopetagids", "payloadjson", "encodedsettingxml":
			if kind == Unknown {
				kind = Profiles
			}
		case "schema":
			schema = text(value)
		}
		return nil
	})
	switch {
	case err != nil:
		return Unknown, err
	case schema == Schema:
		return Unknown, errEarlier
	case kind == Unknown:
		return Unknown, ErrUnknown
	}
	return kind, nil
}
