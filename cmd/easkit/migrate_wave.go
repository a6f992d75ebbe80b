package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"strconv"
	"strings"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/ios"
)

// wave is the part of all profiles that a call is for. nil is all of them.
type wave struct {
	percent int             // of all, where users is nil
	users   map[string]bool // whose addresses, in lower case
}

// readWave reads --wave and --waves.
func (a *app) readWave(name, file string) (*wave, error) {
	switch {
	case name == "" && file != "":
		return nil, withHint(errors.New("--waves says who is in which wave, and not which of them it is now"), "give --wave NAME as well")
	case name == "":
		return nil, nil
	case file != "":
		w := &wave{users: map[string]bool{}}
		return w, a.parseFile("--waves", file, func(r io.Reader) error { return w.readCSV(r, name) })
	}
	digits, isShare := strings.CutSuffix(name, "%")
	percent, err := strconv.Atoi(digits)
	if !isShare || err != nil || percent < 1 || percent > 100 {
		return nil, withHint(fmt.Errorf("--wave %q is neither a share from 1%% to 100%% nor, without --waves, a name", name), "give --wave 10%%, or --waves FILE with the name")
	}
	return &wave{percent: percent}, nil
}

// The columns of a table of waves: those of easkit entra inventory.
const (
	columnUPN  = "UPN"
	columnWave = "Wave"
)

// readCSV reads who is in a wave.
func (w *wave) readCSV(r io.Reader, name string) error {
	in := csv.NewReader(io.LimitReader(r, certs.MaxFileSize))
	in.FieldsPerRecord = -1
	header, err := in.Read()
	if err != nil {
		return fmt.Errorf("reading its header: %w", err)
	}
	upn, at := column(header, columnUPN), column(header, columnWave)
	if upn < 0 || at < 0 {
		return fmt.Errorf("it has no columns %s and %s", columnUPN, columnWave)
	}
	for {
		row, err := in.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		if len(row) <= max(upn, at) {
			continue
		}
		if strings.EqualFold(row[at], name) {
			w.users[strings.ToLower(strings.TrimSpace(row[upn]))] = true
		}
	}
	if len(w.users) == 0 {
		return fmt.Errorf("nobody in it is in the wave %q", name)
	}
	return nil
}

func column(header []string, name string) int {
	for i, h := range header {
		if strings.EqualFold(strings.TrimSpace(strings.TrimPrefix(h, "\ufeff")), name) {
			return i
		}
	}
	return -1
}

// has reports whether a profile is in the wave: by one of its accounts' names, or, for
// a share, by a number that its identifier always gives, so that 25% holds all of 10%.
func (w *wave) has(f *ios.File) bool {
	if w == nil {
		return true
	}
	if w.users == nil {
		h := fnv.New32a()
		io.WriteString(h, f.Top.Get("PayloadIdentifier").Str()+"\x00"+f.Top.Get("PayloadUUID").Str())
		return int(h.Sum32()%100) < w.percent
	}
	for _, p := range f.Accounts() {
		for _, key := range []string{"UserName", "EmailAddress"} {
			if w.users[strings.ToLower(p.Get(key).Str())] {
				return true
			}
		}
	}
	return false
}
