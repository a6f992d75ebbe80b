package inventory

import (
	"bytes"
	"time"
)

// signIn is one record of a sign-in log, with the fields that matter here. Its
// texts belong to the reader: [kept] copies those that are kept.
type signIn struct {
	request               string // the ID that both files of the portal have
	upn, name, userID     string
	app, appID, clientApp string
	system, deviceID      string
	agent                 string
	at                    time.Time
	dated                 bool // at is known
	code, reason          string
	failed                bool
	method                method
	place                 int // line or record
}

// readSignIn reads a record of Graph's auditLogs/signIns, or of the portal's
// JSON, which is the same, or of what Azure Monitor keeps of it. Only records
// whose client matters are read whole.
func readSignIn(record []byte, s *signIn) error {
	var status, device, details []byte
	var when, used []byte
	var object func(name, value []byte) error
	object = func(name, value []byte) error {
		switch string(name) {
		case "id", "originalrequestid":
			if s.request == "" || string(name) == "id" {
				s.request = text(value)
			}
		case "createddatetime", "timegenerated":
			when = value
		case "userprincipalname":
			s.upn = text(value)
		case "userdisplayname":
			s.name = text(value)
		case "userid":
			s.userID = text(value)
		case "appdisplayname":
			s.app = text(value)
		case "appid":
			s.appID = text(value)
		case "clientappused":
			s.clientApp = text(value)
		case "useragent":
			s.agent = text(value)
		case "status":
			status = value
		case "devicedetail":
			device = value
		case "authenticationdetails":
			details = value
		case "authenticationmethodsused":
			used = value
		case "properties": // of Azure Monitor's records
			if isObject(value) {
				return fields(value, object)
			}
		}
		return nil
	}
	if err := fields(record, object); err != nil {
		return err
	}
	var err error
	if s.at, s.dated, err = parseWhen(text(when), orderUnknown); err != nil {
		return err
	}
	s.dated = s.dated && !s.at.IsZero()
	if wayOf(s.clientApp) == wayOther {
		return nil
	}
	return s.nested(status, device, details, used)
}

// nested reads the objects within a record.
func (s *signIn) nested(status, device, details, used []byte) error {
	if err := eachField(status, func(name, value []byte) {
		switch string(name) {
		case "errorcode":
			s.code = text(value)
		case "failurereason":
			s.reason = text(value)
		}
	}); err != nil {
		return err
	}
	s.failed = s.code != "" && s.code != "0"
	if err := eachField(device, func(name, value []byte) {
		switch string(name) {
		case "deviceid":
			s.deviceID = text(value)
		case "operatingsystem":
			s.system = text(value)
		}
	}); err != nil {
		return err
	}
	if err := s.steps(details); err != nil {
		return err
	}
	if s.method == methodUnknown && containsLike(string(used), "password") {
		s.method = methodPassword
	}
	return nil
}

// steps finds the method in the authentication details: the strongest that any
// step names, certificate over password.
func (s *signIn) steps(details []byte) error {
	details, err := inner(details)
	if err != nil || isNull(details) {
		return err
	}
	return elements(details, func(step []byte) error {
		var name, detail string
		err := eachField(step, func(field, value []byte) {
			switch string(field) {
			case "authenticationmethod":
				name = text(value)
			case "authenticationmethoddetail":
				detail = text(value)
			}
		})
		s.method = stronger(s.method, methodOf(name, detail))
		return err
	})
}

// stronger is the method of a sign-in of which two steps are known.
func stronger(a, b method) method {
	if a == methodCertificate || b == methodUnknown {
		return a
	}
	return b
}

// eachField calls each with the members of a value that is, or holds, an object.
func eachField(value []byte, each func(name, value []byte)) error {
	object, err := inner(value)
	if err != nil || !isObject(object) {
		return err
	}
	return fields(object, func(name, value []byte) error {
		each(name, value)
		return nil
	})
}

// requestID is a request's ID as a key: the 16 bytes of a UUID where it is one.
type requestID [16]byte

// parseRequest reads a UUID; other IDs are no use for joining.
func parseRequest(text string) (id requestID, ok bool) {
	digits := 0
	for i := range len(text) {
		c := text[i]
		at := bytes.IndexByte([]byte("0123456789abcdef"), c|0x20)
		switch {
		case c == '-':
			continue
		case at < 0 || digits == 32:
			return id, false
		}
		id[digits/2] = id[digits/2]<<4 | byte(at)
		digits++
	}
	return id, digits == 32
}
