package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	servers "github.com/easkit/easkit/profiles/lab"
)

// tourStep is one command of the tour.
type tourStep struct {
	says  string // what there is to see
	args  string // of easkit; {dir}, {group}, {backup} and {since} are filled in
	fault string // what goes wrong meanwhile
	exit  int    // how it ends
}

// tourSteps tell how a tenant is made ready, and how a phone is cut off.
var tourSteps = []tourStep{
	{"Who still signs in directly? An export of the sign-in log tells, without signing in.", "entra inventory {dir}/signins.json", "", exitOK},
	{"Is the tenant ready, and can these two sign in? Carol is in no group that the method is for.", "check tenant {dir}/users/alice.cer {dir}/users/carol.cer", "", exitFindings},
	{"Which CAs shall it trust? A plan shows what would change, and writes nothing.", "entra plan {dir}/cas --issued {dir}/users/alice.cer -o {dir}/pki.json", "", exitOK},
	{"Carry the plan out, one CA at a time.", "entra apply {dir}/pki.json --yes --backup-dir {dir}", "", exitOK},
	{"A second run writes nothing.", "entra apply {dir}/pki.json --yes --backup-dir {dir}", "", exitOK},
	{"The classic store can only be replaced as a whole.", "entra plan {dir}/cas --issued {dir}/users/alice.cer --store classic -o {dir}/classic.json", "", exitOK},
	{"The post that follows the delete is refused: what was there is put back.", "entra apply {dir}/classic.json --yes --accept-outage --backup-dir {dir}", "refuse-after-delete", exitService},
	{"What the tenant trusts is as it was.", "entra list", "", exitOK},
	{"Even putting back fails: the message says that the store is empty, and what to do.", "entra apply {dir}/classic.json --yes --accept-outage --backup-dir {dir}", "empty-after-delete", exitService},
	{"The back-up puts it back.", "entra restore {backup} --yes --backup-dir {dir}", "", exitOK},
	{"The mail account for everybody, without a key: the objects that Intune needs.", "intune export --ca {dir}/cas --scep-url https://ndes.contoso.com/certsrv/mscep/mscep.dll --group {group} --platform ios --dir {dir}/intune", "", exitOK},
	{"Create them in the right order, and assign them.", "intune import {dir}/intune --yes --backup-dir {dir}", "", exitOK},
	{"A second import writes nothing.", "intune import {dir}/intune --yes --backup-dir {dir}", "", exitOK},
	{"A phone is lost. Its certificate is revoked at the CA ...", "lab revoke {dir}/users/alice.cer --dir {dir}", "", exitOK},
	{"... and the user's sessions are ended. The CRL is older than that: the revocation would not last.",
		"entra revoke alice@contoso.com --cert {dir}/users/alice.cer --ca {dir}/cas --allow-private --yes", "", exitFindings},
	{"So the CA publishes anew. The lab's CA dates its CRLs as of now; a Windows CA dates them 10 minutes\n   back, which is why the advice adds them ...", "lab crl --dir {dir}", "", exitOK},
	{"... and now it lasts.", "entra revoke alice@contoso.com --cert {dir}/users/alice.cer --ca {dir}/cas --allow-private --since {since}", "", exitOK},
}

func newLabTour(a *app) *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use:   "tour",
		Short: "Watch it all once: inventory, check, plan, apply, failures put back, Intune, a revocation that lasts",
		Long: "Makes a lab in a new folder, serves it on a free port of this machine, and runs easkit's\n" +
			"commands against it, each shown before its output. It takes some seconds and needs neither\n" +
			"a tenant nor a network.",
		Example: "  easkit lab tour\n  easkit lab tour --dir trial",
		Args:    cobra.NoArgs,
		PreRunE: a.labCall,
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.tour(cmd.Context(), dir) },
	}
	cmd.Flags().StringVar(&dir, "dir", "easkit-tour", "the new `FOLDER` of the lab")
	return cmd
}

func (a *app) tour(ctx context.Context, dir string) error {
	s := &labServer{app: a, dir: dir, address: "127.0.0.1:0", addressGiven: true}
	if isDir(dir) {
		return withHint(fmt.Errorf("%s is there already", dir), "name a new folder with --dir")
	}
	if err := s.begin(ctx); err != nil {
		return err
	}
	defer s.listener.Close()
	server, err := servers.New(s.lab, os.DirFS(dir), servers.Options{Now: a.now})
	if err != nil {
		return err
	}
	defer server.Close()
	defer s.leave()
	if err := s.prepare(server); err != nil {
		return err
	}
	handler := &http.Server{Handler: server, ReadHeaderTimeout: labHeadTime}
	go handler.Serve(s.listener) // it ends with the tour
	defer handler.Close()
	t := &tour{app: a, dir: filepath.ToSlash(dir), base: "http://" + s.address, server: server}
	if err := t.run(ctx); err != nil {
		return err
	}
	if broken := server.Violations(); len(broken) > 0 {
		return fmt.Errorf("%d requests were not as Microsoft describes them, such as: %s", len(broken), broken[0])
	}
	_, err = fmt.Fprintf(a.out, "\nThat was the tour. The lab is in %s; easkit lab serve --dir %s serves it again.\n\n"+labDanger, dir, dir, s.lab.Ends().Format(time.DateOnly))
	return err
}

// tour is the tour under way.
type tour struct {
	*app
	dir, base string
	server    *servers.Server
	since     string // when sessions ended
	backup    string // what to restore
}

func (t *tour) run(ctx context.Context) error {
	fmt.Fprintf(t.out, "A lab is served at %s. To try on your own: easkit lab serve, and then\n\n  export EASKIT_GRAPH=%s EASKIT_TOKEN_FILE=%s/%s\n", t.base, t.base, t.dir, labToken)
	if status := run(ctx, []string{"lab", "issue", "carol@contoso.com", "--dir", t.dir}, t.world(io.Discard)); status != exitOK {
		return fmt.Errorf("issuing Carol's certificate ended with %d", status)
	}
	for i, step := range tourSteps {
		if err := t.step(ctx, i+1, step); err != nil {
			return err
		}
	}
	return nil
}

// world is what the commands of the tour see: results and messages in one stream, and
// the lab's Graph.
func (t *tour) world(out io.Writer) system {
	ours := map[string]string{"EASKIT_GRAPH": t.base, "EASKIT_TOKEN_FILE": t.dir + "/" + labToken, "NO_COLOR": "1"}
	return system{in: strings.NewReader(""), out: out, err: out, now: t.now, sleep: t.sleep, env: func(name string) (string, bool) {
		value, ok := ours[name]
		return value, ok
	}}
}

// restoreNow finds the back-up in the words of entra apply.
var restoreNow = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`easkit entra restore (\S+) now`) })

// sessionsEnded finds when sessions ended in the words of entra revoke.
var sessionsEnded = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`give (\S+) as --since`) })

func (t *tour) step(ctx context.Context, n int, step tourStep) error {
	args := strings.Fields(step.args)
	for i := range args { // after they were split: a folder's name may have spaces
		args[i] = strings.NewReplacer("{dir}", t.dir, "{group}", servers.MailUsers, "{backup}", t.backup, "{since}", t.since).Replace(args[i])
	}
	if strings.HasPrefix(step.args, "lab crl") { // a CRL has whole seconds, and counts if it is later
		if err := t.pause(ctx); err != nil {
			return err
		}
	}
	fault, err := findFault(step.fault)
	if err != nil {
		return err
	}
	if err := t.server.SetFault(fault.graph); err != nil {
		return err
	}
	fmt.Fprintf(t.out, "\n== %d. %s\n", n, step.says)
	if step.fault != "" {
		fmt.Fprintf(t.out, "   (the lab's Graph: %s)\n", fault.what)
	}
	fmt.Fprintf(t.out, "$ easkit %s\n", strings.Join(args, " "))
	var seen bytes.Buffer
	status := run(ctx, args, t.world(io.MultiWriter(t.out, &seen)))
	if m := sessionsEnded().FindSubmatch(seen.Bytes()); m != nil {
		t.since = string(m[1])
	}
	if m := restoreNow().FindSubmatch(seen.Bytes()); m != nil {
		t.backup = string(m[1])
	}
	if status != step.exit {
		return fmt.Errorf("step %d ended with %d, not with %d", n, status, step.exit)
	}
	fmt.Fprintf(t.out, "(exit status %d)\n", status)
	return nil
}

// clockTick is how long to wait for a CRL to be later than what was before it, which
// counts as the next whole second.
const clockTick = 2 * time.Second

func (t *tour) pause(ctx context.Context) error {
	timer := time.NewTimer(clockTick)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
