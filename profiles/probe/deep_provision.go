package probe

import (
	"context"
	"slices"
	"strings"

	"github.com/easkit/easkit/profiles/probe/wbxml"
)

// nsProvision and nsSettings are code pages.
const (
	nsProvision = "Provision"
	nsSettings  = "Settings"
)

// policyType is the only form of policy since version 12.0 (MS-ASPROV, PolicyType).
const policyType = "MS-EAS-Provisioning-WBXML"

// statusNoPolicy of a policy says that there is none for the device (MS-ASPROV 2.2.2.54.1).
const statusNoPolicy = 2

// maxPolicyKey is how long the key of a policy may be, in characters (MS-ASPROV,
// PolicyKey).
const maxPolicyKey = 64

// provision asks for the policy, and with accept says that it is obeyed. A wipe is never
// confirmed, whatever accept says.
func (d *device) provision(ctx context.Context, p *Provisioned, accept bool) {
	root := d.sendProvision(ctx, p, append(d.information(), policies(wbxml.T(nsProvision, "PolicyType", policyType)))...)
	if p.Err != nil {
		return
	}
	policy := root.Get("Policies", "Policy")
	p.Status, p.Err = statusOf(root)
	if p.Err != nil || p.Status != statusOK || p.wiped() {
		return
	}
	p.PolicyStatus, p.Err = statusOfPolicy(policy)
	p.Policy = settings(policy.Get("Data", "EASProvisionDoc"))
	if p.Err == nil && p.PolicyStatus == statusOK && accept {
		d.acknowledge(ctx, p, policy)
	}
}

// acknowledge says that the policy is obeyed, for which the server gives the key that
// later commands are to show.
func (d *device) acknowledge(ctx context.Context, p *Provisioned, policy *wbxml.Element) {
	if d.takeKey(p, policy); p.Err != nil {
		return
	}
	root := d.sendProvision(ctx, p, policies(
		wbxml.T(nsProvision, "PolicyType", policyType),
		wbxml.T(nsProvision, "PolicyKey", d.policyKey),
		wbxml.T(nsProvision, "Status", "1"), // obeyed in full (MS-ASPROV 2.2.2.54.1)
	))
	p.Acknowledged = true
	if p.Err != nil {
		return
	}
	p.AckStatus, p.Err = statusOf(root)
	if p.Err != nil || p.AckStatus != statusOK || p.wiped() {
		return
	}
	policy = root.Get("Policies", "Policy")
	if p.AckStatus, p.Err = statusOfPolicy(policy); p.Err == nil && p.AckStatus == statusOK {
		d.takeKey(p, policy)
	}
}

// sendProvision sends a Provision, and looks whether the answer asks for a wipe: of
// everything, or of the account's data alone (MS-ASPROV 2.2.2.45, 2.2.2.1).
func (d *device) sendProvision(ctx context.Context, p *Provisioned, content ...*wbxml.Element) *wbxml.Element {
	all, root, err := d.command(ctx, "Provision", wbxml.E(nsProvision, "Provision", content...))
	p.Exchanges = append(p.Exchanges, all...)
	p.Err = err
	p.Wipe = p.Wipe || root.Get("RemoteWipe") != nil
	p.WipeAccount = p.WipeAccount || root.Get("AccountOnlyRemoteWipe") != nil
	return root
}

func policies(policy ...*wbxml.Element) *wbxml.Element {
	return wbxml.E(nsProvision, "Policies", wbxml.E(nsProvision, "Policy", policy...))
}

func statusOfPolicy(policy *wbxml.Element) (int, error) {
	if policy == nil {
		return 0, errNoPolicy
	}
	return statusOf(policy)
}

// takeKey keeps the key of a policy for the next request, of which it becomes a header.
func (d *device) takeKey(p *Provisioned, policy *wbxml.Element) {
	key := policy.Get("PolicyKey").Value()
	unfit := func(c rune) bool { return c <= ' ' || c > '~' }
	if key == "" || len(key) > maxPolicyKey || strings.ContainsFunc(key, unfit) {
		p.Err = errNoKey
		return
	}
	d.policyKey = key
}

// information is what a device tells about itself with its first Provision, from version
// 14.1 on (MS-ASPROV, DeviceInformation).
func (d *device) information() []*wbxml.Element {
	if slices.Contains([]string{"12.1", "14.0"}, d.version) {
		return nil
	}
	return []*wbxml.Element{wbxml.E(nsSettings, "DeviceInformation", wbxml.E(nsSettings, "Set",
		wbxml.T(nsSettings, "Model", deviceType),
		wbxml.T(nsSettings, "FriendlyName", "easkit probe")))}
}

// settings are the demands of a policy. Elements that are empty demand nothing; lists, such
// as those of apps, are put into one.
func settings(doc *wbxml.Element) []Setting {
	if doc == nil {
		return nil
	}
	var all []Setting
	for _, e := range doc.Children {
		values := []string{e.Value()}
		for _, item := range e.Children {
			values = append(values, item.Value())
		}
		values = slices.DeleteFunc(values, func(v string) bool { return v == "" })
		if len(values) > 0 {
			all = append(all, Setting{Name: e.Name(), Value: strings.Join(values, ", ")})
		}
	}
	return all
}

// goesOn says whether the server has what it demanded.
func (p *Provisioned) goesOn() bool {
	if p.Err != nil || p.wiped() || p.Status != statusOK {
		return false
	}
	return p.PolicyStatus == statusNoPolicy || p.Acknowledged && p.AckStatus == statusOK
}

// wiped says whether the server wants anything deleted.
func (p *Provisioned) wiped() bool { return p.Wipe || p.WipeAccount }
