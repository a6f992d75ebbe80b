package probe

import (
	"errors"
	"fmt"
	"slices"

	"github.com/easkit/easkit/certs/preflight"
)

// notDeep skips a step into the mailbox that was not asked for or not come to; nil where
// it was.
func notDeep(e *Evidence) []preflight.Outcome {
	if e.Deep != nil {
		return nil
	}
	if e.stopped() != "" {
		return notTried(e)
	}
	return notForNow("not asked for: --deep looks into the mailbox, which makes a device partnership")
}

func checkProvision(_ preflight.Scenario, e *Evidence) []preflight.Outcome {
	if o := notDeep(e); o != nil {
		return o
	}
	p, f, in := e.Deep.Provision, e.Deep.Folders, e.Deep.Inbox
	switch {
	case p == nil && f != nil && f.Err == nil && f.Status == statusOK && (in == nil || !in.policyDemanded()):
		return preflight.Pass("the server demands no policy")
	case p == nil:
		return preflight.Skip("not tried: the server did not come to it (eas.foldersync)")
	case p.wiped():
		return wiped(p)
	case p.Err != nil:
		return commandFailed(e, "Provision", p.Exchanges, p.Err)
	case p.Status != statusOK:
		return statusFailed("Provision", p.Status, provisionStatuses)
	case p.PolicyStatus == statusNoPolicy:
		return preflight.Pass("there is no policy for the device")
	case p.PolicyStatus != statusOK:
		return statusFailed("the policy", p.PolicyStatus, policyStatuses)
	case !p.Acknowledged:
		return warned("not-accepted", "--accept-policy accepts it in the device's name; phones ask their user", "the server demands that its policy be accepted first: %s", demands(p.Policy))
	case p.AckStatus != statusOK:
		return statusFailed("the answer to the accepted policy", p.AckStatus, policyStatuses)
	}
	return preflight.Pass("accepted: %s", demands(p.Policy))
}

// wiped is a server that wants its data off the device. It is never confirmed.
func wiped(p *Provisioned) []preflight.Outcome {
	what := "everything on the device"
	if !p.Wipe {
		what = "the account's data on the device"
	}
	c := explanation(Codes(), "eas-140")
	o := failed("wipe", explained(c.Fix, c.ID), "the server asks to delete %s; that was not confirmed, and the test ended there", what)
	o[0].Codes, o[0].Source = []string{c.ID}, c.Source
	return o
}

// demands lists what a policy wants.
func demands(policy []Setting) string {
	if len(policy) == 0 {
		return "a policy that demands nothing"
	}
	var all []string
	for _, s := range policy {
		all = append(all, s.Name+" "+s.Value)
	}
	return listed(all)
}

// policyFirst is a command that the server answers by demanding its policy, which was
// tried to be agreed on.
func policyFirst(p *Provisioned, command string) []preflight.Outcome {
	if !p.goesOn() {
		return preflight.Skip("not tried: the server wants its policy accepted first (eas.provision)")
	}
	const id = "eas-142"
	o := failed("policy-again", explained(explanation(Codes(), id).Fix, id), "%s: the server's policy was accepted (eas.provision), and the server demands once more that it be accepted", command)
	o[0].Codes = []string{id}
	return o
}

func checkFolders(_ preflight.Scenario, e *Evidence) []preflight.Outcome {
	if o := notDeep(e); o != nil {
		return o
	}
	f := e.Deep.Folders
	switch {
	case f == nil:
		return notTried(e)
	case f.policyDemanded() && e.Deep.Provision != nil:
		return policyFirst(e.Deep.Provision, "FolderSync")
	case f.Err != nil:
		return commandFailed(e, "FolderSync", f.Exchanges, f.Err)
	case f.Status != statusOK:
		return statusFailed("FolderSync", f.Status, folderStatuses)
	case inbox(f.Folders) == nil:
		return failed("no-inbox", "", "%s, and none of them is the inbox", preflight.Counted(len(f.Folders), "folder"))
	}
	return preflight.Pass("%s", preflight.Counted(len(f.Folders), "folder"))
}

// inbox is that among folders, nil where there is none.
func inbox(folders []Folder) *Folder {
	if i := slices.IndexFunc(folders, func(f Folder) bool { return f.Type == typeInbox }); i >= 0 {
		return &folders[i]
	}
	return nil
}

func checkSync(_ preflight.Scenario, e *Evidence) []preflight.Outcome {
	if o := notDeep(e); o != nil {
		return o
	}
	in := e.Deep.Inbox
	switch {
	case in == nil || errors.Is(in.Err, errNoInbox):
		return preflight.Skip("not tried: there is no inbox to sync (eas.foldersync)")
	case in.policyDemanded() && e.Deep.Provision != nil:
		return policyFirst(e.Deep.Provision, "Sync")
	case in.Err != nil:
		return commandFailed(e, "Sync", in.Exchanges, in.Err)
	case in.Status != statusOK:
		return statusFailed("Sync", in.Status, syncStatuses)
	}
	where := "Inbox"
	if f := inbox(e.Deep.Folders.Folders); f != nil && f.Name != "" {
		where = safe(f.Name)
	}
	count := preflight.Counted(in.Messages, "message")
	if in.More {
		count = "the first " + count
	}
	whose := safe(e.Target.Account.Email)
	if !e.byToken() { // the server opens the mailbox of whom the certificate names
		whose = e.whom()
	}
	return preflight.Pass("%s in %s, as %s", count, where, whose)
}

// What commands' own statuses mean, below those that all commands have (MS-ASCMD 2.2.3.177,
// MS-ASPROV 2.2.2.54).
var (
	provisionStatuses = map[int]string{2: "the request is not understood", 3: "the server failed"}
	policyStatuses    = map[int]string{3: "the server does not know this kind of policy", 4: "the policy is broken on the server", 5: "the policy's key does not fit"}
	folderStatuses    = map[int]string{6: "the server failed", 9: "the server does not know the device's state any more", 10: "the request is not understood", 11: "the server failed in a way that it does not know", 12: "the server failed in a way that it does not know"}
	syncStatuses      = map[int]string{3: "the server does not know the device's state any more", 4: "the request is not understood", 5: "the server failed", 6: "the request's content is not taken", 8: "the folder is not there any more", 9: "the mailbox is full", 12: "the folders have changed meanwhile", 13: "the request is not complete", 16: "the server failed for the moment"}
)

// statusFailed is a command that the server answers with a status other than success.
func statusFailed(what string, status int, own map[int]string) []preflight.Outcome {
	id := fmt.Sprintf("eas-%d", status)
	c := explanation(Codes(), id)
	title, fix := own[status], ""
	o := outcome(preflight.StatusFail, fmt.Sprintf("status-%d", status), "", "")
	if c.ID != "" {
		o.Value = id
		title, fix = c.Title, explained(c.Fix, id)
		o.Codes, o.Source = []string{id}, c.Source
	}
	o.Fix, o.Message = fix, fmt.Sprintf("%s: status %d", what, status)
	if title != "" {
		o.Message += ": " + title
	}
	return []preflight.Outcome{o}
}

// commandFailed is a command without an answer that can be used.
func commandFailed(e *Evidence, what string, all []*Exchange, err error) []preflight.Outcome {
	x := lastOf(all)
	if x == nil {
		return failed("broken", "", "%s was not sent: %s", what, why(err))
	}
	var o []preflight.Outcome
	r := e.refusedIn(x)
	switch {
	case x.Refused != nil:
		o = notFollowed(x)
	case r != nil && r.word != wordNotAsked:
		o = r.outcomes()
	case x.Err != nil && x.TLS != nil && x.Stage != StageHandshake:
		o = unanswered(x)
	case x.Err == nil && x.Status != 200:
		o = badStatus(x)
	default:
		return failed("broken", "see whether something on the way changes the answers (a gateway or proxy)", "%s", why(err))
	}
	o[0].Message = what + ": " + o[0].Message
	return o
}
