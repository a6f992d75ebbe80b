package inventory

import (
	"strings"

	"github.com/easkit/easkit/certs/table"
)

// signInTable reads a sign-in log in CSV.
type signInTable struct {
	c *collector
	t *table.Table

	request, when, upn, name, userID, app, appID, clientApp int
	code, status, reason, system, device, agent             int

	// Log Analytics keeps objects as text in its columns.
	details, deviceDetail int
}

func newSignInTable(c *collector, t *table.Table) *signInTable {
	return &signInTable{
		c: c, t: t,
		request: t.Column(columnsRequest...), when: t.Column(columnsWhen...),
		upn: t.Column(columnsUPN...), name: t.Column("user", "userdisplayname", "identity"), userID: t.Column("userid"),
		app: t.Column("application", "appdisplayname"), appID: t.Column("applicationid", "appid"), clientApp: t.Column(columnsClientApp...),
		code: t.Column("signinerrorcode", "errorcode", "resulttype"), status: t.Column("status"),
		reason: t.Column("failurereason", "resultdescription"),
		system: t.Column("operatingsystem", "os"), device: t.Column("deviceid"), agent: t.Column("useragent"),
		details: t.Column("authenticationdetails"), deviceDetail: t.Column("devicedetail", "devicedetaildynamic"),
	}
}

// row reads a row. What is no mail app's has its time read and nothing else.
func (r *signInTable) row() error {
	s := signIn{place: r.t.Line()}
	var when string
	if err := r.cells([]cell{{r.clientApp, &s.clientApp}, {r.when, &when}}); err != nil {
		return err
	}
	var err error
	if s.at, s.dated, err = parseWhen(when, orderUnknown); err != nil {
		return r.t.Wrong(r.when, err)
	}
	s.dated = s.dated && !s.at.IsZero()
	if wayOf(s.clientApp) != wayOther {
		if err := r.rest(&s); err != nil {
			return err
		}
	}
	return r.c.signIn(&s)
}

// cell is a column and where its text goes.
type cell struct {
	column int
	to     *string
}

func (r *signInTable) cells(cells []cell) (err error) {
	for _, c := range cells {
		if *c.to, err = r.t.Cell(c.column); err != nil {
			return err
		}
	}
	return nil
}

func (r *signInTable) rest(s *signIn) error {
	var status, details, device string
	if err := r.cells([]cell{
		{r.request, &s.request}, {r.upn, &s.upn}, {r.name, &s.name}, {r.userID, &s.userID},
		{r.app, &s.app}, {r.appID, &s.appID}, {r.code, &s.code}, {r.status, &status}, {r.reason, &s.reason},
		{r.system, &s.system}, {r.device, &s.deviceID}, {r.agent, &s.agent},
		{r.details, &details}, {r.deviceDetail, &device},
	}); err != nil {
		return err
	}
	if strings.HasPrefix(status, "{") || device != "" || details != "" {
		if err := s.nested([]byte(status), []byte(device), []byte(details), nil); err != nil {
			return r.t.Wrong(r.clientApp, err)
		}
	}
	// The portal's status is Success, Failure or Interrupted, and an interrupted
	// sign-in let nobody in.
	s.failed = s.code != "" && s.code != "0" || strings.EqualFold(status, "failure") || strings.EqualFold(status, "interrupted")
	return nil
}

// detailRow reads the portal's second file, which has a row for each step of each
// sign-in.
func (c *collector) detailRow(t *table.Table) func() error {
	request, name, detail := t.Column(columnsRequest...), t.Column(columnsMethod...), t.Column(columnsDetail...)
	file := len(c.files) - 1
	return func() error {
		var m, d, id string
		for _, cell := range []cell{{request, &id}, {name, &m}, {detail, &d}} {
			var err error
			if *cell.to, err = t.Cell(cell.column); err != nil {
				return err
			}
		}
		c.learn(id, methodOf(m, d), file, t.Line())
		return nil
	}
}
