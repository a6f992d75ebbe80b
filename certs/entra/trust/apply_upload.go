package trust

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/easkit/easkit/certs/graph"
)

// uploadTime is how long a bulk upload may take.
// Source: https://learn.microsoft.com/entra/identity/authentication/how-to-certificate-based-authentication
const uploadTime = 30 * time.Minute

// uploadBegins is when an upload that was not seen to run has run all the same: reads
// may be behind by less.
const uploadBegins = 2 * time.Minute

// ErrUpload says that a bulk upload did not do what it should.
var ErrUpload = errors.New("the upload failed")

// uploadEvery is how often its status is read.
const uploadEvery = 15 * time.Second

// upload adds the CAs of a plan that are not there yet by a bulk upload, where the
// plan has one, and waits for it to end. Each CA then has the first HTTP address of
// its own certificate as CRL address, which is its issuer's: the steps that follow
// correct that. An upload is all or nothing; one of which a part is there already
// was carried out before, or by hand.
func (r *pkiRun) upload(ctx context.Context) error {
	if r.plan.Upload == nil {
		return nil
	}
	if r.container.Status == graph.Running { // of a run that ended before it did, perhaps
		r.say("an upload is running already: waiting for it to end")
		if err := r.await(ctx); err != nil {
			return err
		}
		var err error
		if r.now, err = r.read(ctx); err != nil {
			return err
		}
		if err := r.plan.reachable(r.now); err != nil {
			return err
		}
	}
	missing := 0
	for _, e := range r.plan.added() {
		if _, there := r.now.Find(e.Key()); !there {
			missing++
		}
	}
	switch {
	case missing == 0:
		return nil
	case missing < len(r.plan.added()):
		r.say("a part of the upload is there already: the rest is added one by one")
		return nil
	}
	err := r.Client.UploadCAs(ctx, r.container.ID, *r.plan.Upload)
	r.sent = r.sent || err == nil || graph.Unknown(err)
	if graph.IsStatus(err, http.StatusBadRequest) {
		return fmt.Errorf("%w (one upload at a time: if another is running, apply the same plan again when it has ended)", err)
	}
	if err != nil && !graph.Unknown(err) {
		return err
	}
	r.say("upload from %s: begun", r.plan.Upload.URL)
	if err := r.await(ctx); err != nil {
		return err
	}
	r.done++
	r.now, err = r.read(ctx)
	return err
}

// await waits until an upload has ended.
func (r *pkiRun) await(ctx context.Context) error {
	running := r.container.Status == graph.Running
	for left := uploadTime; left > 0; left -= uploadEvery {
		p, err := r.Client.PKI(ctx, r.container.ID)
		if err != nil {
			return err
		}
		running = running || p.Status == graph.Running
		// Before it was seen to run, a status may be that of an upload before this one.
		ended := p.Status != graph.Running && (running || left <= uploadTime-uploadBegins)
		switch {
		case ended && p.Status == graph.Failed:
			return fmt.Errorf("%w: %q (nothing of it is in the store)", ErrUpload, p.StatusDetails)
		case ended:
			return nil
		}
		if err := r.Client.Pause(ctx, uploadEvery); err != nil {
			return err
		}
	}
	return fmt.Errorf("%w: it is still running after %v, which is the longest that Microsoft names: apply the same plan again when it has ended", ErrUpload, uploadTime)
}
