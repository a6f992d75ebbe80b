package rollout

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/profiles/provision"
	"github.com/easkit/easkit/profiles/vault"
)

// Options say what a rollout makes, of what, and where it goes.
type Options struct {
	Table      Source            // the users
	Columns    map[string]string // see [TableOptions.Map]
	TableDir   string            // paths of the table's column are looked for here as well
	Identities string            // the folder of the users' files
	Password   certs.Password    // of the files that Passwords has none for
	Passwords  *Passwords        // may be nil

	// Request is what is the same for all users: everything but Name and Bundle.
	Request   provision.Request
	Template  Digest // of the template's text
	Platforms []Platform
	// Revocation looks each user's certificate up in CRLs, those of kept users too: with
	// it, nobody is kept without their file having been opened. Nil where no CRL is given.
	Revocation Revocation

	Vault       vault.Vault
	Sealer      *vault.Sealer // encrypts what is put; may be nil
	Shard       Shard
	Wave        Wave
	ChangedOnly bool    // only users that were made before are made again
	Again       bool    // what was handed out and deleted since is made again
	Strict      bool    // a row that can't be used ends the run
	StopAt      float64 // the share of rows, 0 to 1, of which more must not fail; 0 for no limit
	// DeleteHanded is the time until when what was handed out is deleted from the target
	// as the run begins, of the share's users; zero deletes nothing. See [DeleteHanded].
	DeleteHanded time.Time

	Version string           // of easkit
	Now     func() time.Time // the clock
	Workers int              // users at a time; 0 for two a processor
	// Progress is told after each user, by several goroutines at once; may be nil.
	Progress func(Progress)
}

// Source is a file that is read several times.
type Source struct {
	Name string // for people, without the folder
	Open func() (io.ReadCloser, error)
}

// Progress is how far a run is.
type Progress struct{ Rows, Ended, Failed int }

// Why a run ends before its table does. Users that were not come to are left.
var (
	ErrStopped = errors.New("more users failed than the run may have")
	ErrStrict  = errors.New("a row of the table can't be used, and the run is strict")
	// ErrTableChanged says that a later reading of the table gave another content than
	// the first: users may be missing, or be there twice.
	ErrTableChanged = errors.New("the table changed while it was read")
)

// Do makes what the table's users need on the platforms, and accounts for each of them
// in the target's manifest. A user whose artefact an earlier run made of the same inputs,
// and that lies in the target as it was made, is kept.
//
// The run may be killed at any moment: files are whole or not there, and the next run
// does what is left. Where ctx ends it, the manifest is ended as well, and the error is
// ctx's. The error is otherwise for what concerns all users; what is wrong with one stands
// in the manifest.
func Do(ctx context.Context, o Options) (*Summary, error) {
	users, err := o.survey()
	if err != nil {
		return nil, err
	}
	w, err := o.Vault.Lock(ctx, LockName(o.Shard))
	if err != nil {
		return nil, err
	}
	sum, err := o.locked(ctx, w, users)
	return sum, errors.Join(err, w.Unlock())
}

// locked is the run of whoever holds the lock.
func (o *Options) locked(ctx context.Context, w vault.Writer, users *surveyed) (*Summary, error) {
	before, foreign, err := loadProven(ctx, o.Vault, o.Shard, o.Request.Signer)
	if err != nil {
		return nil, err
	}
	identities, err := IndexIdentities(ctx, o.Identities, o.TableDir)
	if err != nil {
		return nil, err
	}
	if !o.DeleteHanded.IsZero() {
		if _, err := before.deleteHanded(ctx, o.Vault, Deletion{Shard: o.Shard, Until: o.DeleteHanded, Now: o.Now()}); err != nil {
			return nil, err
		}
	}
	manifest, err := Begin(ctx, o.Vault, w, o.Shard, o.describe(users.digest))
	if err != nil {
		return nil, err
	}
	manifest.unproven = foreign
	inner, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	r := &run{Options: o, surveyed: users, writer: w, manifest: manifest, before: before, identities: identities, base: o.inputs(), cancel: cancel}
	stop := r.flushing(inner)
	ended := r.all(inner)
	stop()
	// What was done is accounted for, whatever ended the run.
	sum, err := manifest.Seal(context.WithoutCancel(ctx), users.rows, o.Now(), o.Request.Signer)
	return sum, errors.Join(ended, err)
}

// describe is what the manifest says of the run.
func (o *Options) describe(table Digest) Run {
	return Run{
		Begun: o.Now(), Version: o.Version, Table: table, Template: o.Template, Platforms: o.Platforms,
		Wave: o.Wave.String(), Signer: Thumbprint(o.Request.Signer), Options: o.words(),
	}
}

// run is a rollout under way.
type run struct {
	*Options
	*surveyed
	writer     vault.Writer
	manifest   *Manifest
	before     *Index
	identities *Identities
	base       []byte // what all inputs have in common
	cas        authorities
	opened     openedFiles
	cancel     context.CancelCauseFunc

	ended  atomic.Int64
	failed atomic.Int64
}

// flushEvery bounds what is done again after a run that was killed, where users take
// long. A container takes 50,000 blocks, which last for days.
const flushEvery = 5 * time.Second

// flushing makes entries durable from time to time, until it is stopped.
func (r *run) flushing(ctx context.Context) (stop func()) {
	ctx, end := context.WithCancel(ctx)
	var group sync.WaitGroup
	group.Go(func() {
		t := time.NewTicker(flushEvery)
		defer t.Stop()
		for {
			select {
			case <-t.C:
				if err := r.manifest.Flush(ctx); err != nil {
					r.cancel(err)
				}
			case <-ctx.Done():
				return
			}
		}
	})
	return func() { end(); group.Wait() }
}

// workersEach is how many users are made at a time for each processor: while one waits
// for the disk, another signs.
const workersEach = 2

// all does every row of the share: first those that a file is found for by column or
// name, and then, of the files that are left, those that name a user.
func (r *run) all(ctx context.Context) error {
	n := r.Workers
	if n <= 0 {
		n = workersEach * runtime.GOMAXPROCS(0)
	}
	var left lineSet
	err := r.parallel(ctx, n, func(put func(job) bool) error {
		var err error
		left, err = r.byName(put)
		return err
	})
	if err != nil || len(left) == 0 {
		return err
	}
	return r.bySAN(ctx, n, left)
}

// job is a row with the files that may be its user's.
type job struct {
	record     Record
	candidates []Candidate
	err        error // why no file was looked for
}

// parallel hands what produce puts to workers, and waits for them. Put is false once the
// run is over.
func (r *run) parallel(ctx context.Context, workers int, produce func(put func(job) bool) error) error {
	jobs := make(chan job, workers)
	var group sync.WaitGroup
	for range workers {
		group.Go(func() {
			for j := range jobs {
				if ctx.Err() != nil {
					continue
				}
				if err := r.do(ctx, j); err != nil {
					r.cancel(err)
				}
			}
		})
	}
	err := produce(func(j job) bool {
		select {
		case jobs <- j:
			return true
		case <-ctx.Done():
			return false
		}
	})
	close(jobs)
	group.Wait()
	if err == nil && ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	return err
}

// byName goes through the table, and puts the rows of the share with the files that the
// table or a name gives. Left are the lines of those that there is none for: of a large
// table their content would be too much to hold.
func (r *run) byName(put func(job) bool) (left lineSet, err error) {
	left = lineSet{}
	rows := 0
	for record, err := range r.records() {
		if err != nil {
			return nil, err
		}
		j := job{record: record}
		if record.Err == nil { // of all rows: what is one's file is not to be opened for others
			j.candidates, j.err = r.identities.Candidates(record, r.people)
		}
		if !r.Shard.Has(record.Key()) {
			continue
		}
		if rows++; rows > r.rows { // which is known before the end of what may be a long table
			return nil, r.tableChanged()
		}
		if record.Err == nil && record.InWave && j.err == nil && len(j.candidates) == 0 {
			left.add(record.Line)
		} else if !put(j) {
			break
		}
	}
	return left, nil
}

// told counts a user whose entries are noted, and ends the run where too many failed.
func (r *run) told(failed bool) error {
	ended, n := int(r.ended.Add(1)), int(r.failed.Load())
	if failed {
		n = int(r.failed.Add(1))
	}
	rows := r.people.InWave / max(1, r.Shard.Count) // about as many are in each share
	if r.Progress != nil {
		r.Progress(Progress{Rows: rows, Ended: ended, Failed: n})
	}
	if failed && r.StopAt > 0 && float64(n) > r.StopAt*float64(rows) {
		return fmt.Errorf("%w: %d of %d failed so far, and at most %.4g%% may", ErrStopped, n, rows, 100*r.StopAt)
	}
	return nil
}
