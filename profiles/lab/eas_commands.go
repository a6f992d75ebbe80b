package lab

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/easkit/easkit/profiles/probe/wbxml"
)

// wbxmlType is what commands and their answers are (MS-ASHTTP 2.2.1.1.2.2); requests may
// also have the older name.
const (
	wbxmlType    = "application/vnd.ms-sync.wbxml"
	wbxmlTypeOld = "application/vnd.ms-sync"
)

// maxCommand bounds the body of a command: these here need some hundred bytes.
const maxCommand = 1 << 20

// statusNeedsPolicy is HTTP's status for what [notProvisioned] says from 14.0 on
// (MS-ASPROV 3.1.5.2).
const statusNeedsPolicy = 449

// serverVersion is what Exchange Online calls itself.
const serverVersion = "15.20"

// easVersions are those of the protocol that are offered.
var easVersions = []string{"12.1", "14.0", "14.1", "16.0", "16.1"}

// The status values that commands have in common, and that which is the same in each
// (MS-ASCMD 2.2.2).
const (
	success               = 1
	badDeviceID           = 108
	badDeviceType         = 109
	versionNotSupported   = 138
	notFullyProvisionable = 139
	notProvisioned        = 142
	wrongPolicyKey        = 144
	needsDeviceInfo       = 165
	tooManyDevices        = 177
)

// since141 is the version of the protocol from which on Provision describes the device,
// and since140 that which has the common status values.
const (
	since140 = 140
	since141 = 141
)

// kind is a command that the server knows.
type kind struct {
	name, namespace string
	do              func(*command) *wbxml.Element // nil: there is nothing to tell
}

const provision = "Provision"

func kinds() []kind {
	return []kind{
		{"FolderSync", "FolderHierarchy", folderSync},
		{provision, provision, provisionDevice},
		{"Settings", "Settings", settings},
		{"Sync", "AirSync", syncMail},
	}
}

// command is a request to do something in a mailbox.
type command struct {
	kind    kind
	eas     *EAS
	user    string
	device  *device
	version int // of the protocol, without the dot
	key     string
	body    *wbxml.Element // nil: there was none
	wipe    bool           // the device is to be told to wipe itself
	wiped   bool           // it says that it did
}

// status is an answer that has nothing else in it.
func (k kind) status(n int) *wbxml.Element {
	return wbxml.E(k.namespace, k.name, statusOf(k.namespace, n))
}

func statusOf(namespace string, n int) *wbxml.Element {
	return wbxml.T(namespace, "Status", strconv.Itoa(n))
}

// activeSync answers OPTIONS and commands.
func (c *call) activeSync() {
	if c.fault.first != nil && c.fault.first(c) {
		return
	}
	user, ok := c.signIn()
	if !ok {
		return
	}
	c.seen.User = user
	switch c.r.Method {
	case http.MethodOptions:
		c.options()
	case http.MethodPost:
		c.command(user)
	default:
		c.w.Header().Set("Allow", "OPTIONS,POST")
		c.refuse(http.StatusMethodNotAllowed, "ActiveSync has no "+c.r.Method)
	}
}

func (c *call) versions() []string {
	if c.fault.versions != nil {
		return c.fault.versions
	}
	return easVersions
}

func (c *call) options() {
	var names []string
	for _, k := range kinds() {
		names = append(names, k.name)
	}
	h := c.w.Header()
	// In the case that they are documented in, which net/http would change.
	h["MS-Server-ActiveSync"] = []string{serverVersion}
	h["MS-ASProtocolVersions"] = []string{strings.Join(c.versions(), ",")}
	h["MS-ASProtocolCommands"] = []string{strings.Join(names, ",")}
	h.Set("Allow", "OPTIONS,POST")
	h.Set("Public", "OPTIONS,POST")
	c.w.WriteHeader(http.StatusOK)
}

// command reads a command, and carries it out.
func (c *call) command(user string) {
	query := c.r.URL.Query()
	c.seen.Command = query.Get("Cmd")
	all := kinds()
	i := slices.IndexFunc(all, func(k kind) bool { return k.name == c.seen.Command })
	switch {
	case c.seen.Command == "":
		c.refuse(http.StatusBadRequest, "the query names no command: the encoded form is not read here")
		return
	case i < 0:
		c.refuse(http.StatusNotImplemented, "the command is not known here")
		return
	}
	cmd := &command{kind: all[i], eas: c.eas, user: user, key: c.r.Header.Get("X-MS-PolicyKey"), wipe: c.fault.wipe}
	version := c.r.Header.Get("MS-ASProtocolVersion")
	if version == "" {
		c.refuse(http.StatusBadRequest, "there is no MS-ASProtocolVersion")
		return
	}
	if !slices.Contains(c.versions(), version) {
		c.send(cmd.kind.status(versionNotSupported))
		return
	}
	cmd.version, _ = strconv.Atoi(strings.Replace(version, ".", "", 1)) // it is one of ours
	if !c.read(cmd) {
		return
	}
	if c.fault.command != nil && c.fault.command(c, cmd) {
		return
	}
	c.run(cmd, query.Get("DeviceId"), query.Get("DeviceType"))
}

// read reads the body, and answers where that is not possible.
func (c *call) read(cmd *command) bool {
	data, err := io.ReadAll(http.MaxBytesReader(c.w, c.r.Body, maxCommand))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		c.refuse(http.StatusRequestEntityTooLarge, "the command is too large")
		return false
	case err != nil:
		c.refuse(http.StatusBadRequest, "the command did not come whole")
		return false
	case len(data) == 0:
		return true
	}
	if t, _, err := mime.ParseMediaType(c.r.Header.Get("Content-Type")); err != nil || t != wbxmlType && t != wbxmlTypeOld {
		c.refuse(http.StatusBadRequest, "the Content-Type is not "+wbxmlType)
		return false
	}
	if cmd.body, err = wbxml.Parse(data); err != nil {
		c.refuse(http.StatusBadRequest, "the body is not the WBXML of ActiveSync")
		return false
	}
	if cmd.body.Name() != cmd.kind.name || cmd.body.Namespace() != cmd.kind.namespace {
		c.refuse(http.StatusBadRequest, "the body is not that of the command")
		return false
	}
	return true
}

// deviceWord is the form of a device's id and type: up to 32 letters and digits. The
// type's is not documented more closely.
var deviceWord = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z0-9]{1,32}$`) })

// run carries a command out for a device. One that has not acknowledged the policy may
// do nothing but fetch it.
func (c *call) run(cmd *command, id, kind string) {
	e := c.eas
	e.mu.Lock()
	defer e.mu.Unlock()
	switch {
	case !deviceWord().MatchString(id):
		c.send(cmd.kind.status(badDeviceID))
		return
	case !deviceWord().MatchString(kind):
		c.send(cmd.kind.status(badDeviceType))
		return
	case c.fault.status != 0 && cmd.kind.name != provision:
		c.send(cmd.kind.status(c.fault.status))
		return
	}
	if cmd.device = e.deviceOf(cmd.user, id); cmd.device == nil {
		c.send(cmd.kind.status(tooManyDevices))
		return
	}
	if cmd.kind.name != provision && !cmd.device.mayWork(cmd.key) {
		switch {
		case cmd.version < since140:
			c.refuse(statusNeedsPolicy, "the device has to fetch the policy first")
		case cmd.key == "" || cmd.key == "0":
			c.send(cmd.kind.status(notProvisioned))
		default:
			c.send(cmd.kind.status(wrongPolicyKey))
		}
		return
	}
	root := cmd.kind.do(cmd)
	c.seen.Wiped = cmd.wiped
	c.send(root)
}

// send answers with a document; nil is the empty answer, which says that nothing has
// changed.
func (c *call) send(root *wbxml.Element) {
	var data []byte
	if root != nil {
		var err error
		if data, err = wbxml.Marshal(root); err != nil {
			c.refuse(http.StatusInternalServerError, err.Error())
			return
		}
		if c.fault.result != nil {
			data = c.fault.result(data)
		}
		c.w.Header().Set("Content-Type", wbxmlType)
	}
	c.w.Header()["MS-Server-ActiveSync"] = []string{serverVersion}
	c.w.Header().Set("Content-Length", strconv.Itoa(len(data)))
	c.w.Write(data) // a client that is gone has no use for the error
}
