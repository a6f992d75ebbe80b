package lab

import "github.com/easkit/easkit/profiles/probe/wbxml"

// policyType is the form of policies since 12.0 (MS-ASPROV 2.2.2.43).
const policyType = "MS-EAS-Provisioning-WBXML"

// The status values of Provision and of a policy, in answers and in what a device says of
// a policy (MS-ASPROV 2.2.2.54).
const (
	provisionProtocolError = 2
	policyUnknownType      = 3
	policyWrongKey         = 5
	policyApplied          = "1"
)

// policySettings are what the lab demands of a device: a passcode and encryption, as
// companies do.
var policySettings = []struct{ name, value string }{
	{"DevicePasswordEnabled", "1"},
	{"AlphanumericDevicePasswordRequired", "0"},
	{"PasswordRecoveryEnabled", "0"},
	{"RequireStorageCardEncryption", "0"},
	{"AttachmentsEnabled", "1"},
	{"MinDevicePasswordLength", "6"},
	{"MaxInactivityTimeDeviceLock", "300"},
	{"MaxDevicePasswordFailedAttempts", "10"},
	{"AllowSimpleDevicePassword", "0"},
	{"DevicePasswordExpiration", "0"},
	{"DevicePasswordHistory", "0"},
	{"AllowStorageCard", "1"},
	{"AllowCamera", "1"},
	{"RequireDeviceEncryption", "1"},
}

// provisionDevice hands out the policy with a key for the time being, and once the
// device has acknowledged that, the key to work with.
func provisionDevice(cmd *command) *wbxml.Element {
	d := cmd.device
	switch cmd.wiped = cmd.wipe && cmd.body.Get("RemoteWipe", "Status") != nil; {
	case cmd.wiped:
		return provisioned(success)
	case cmd.wipe:
		return provisioned(success, wbxml.E(provision, "RemoteWipe"))
	}
	asked := cmd.body.Get("Policies", "Policy")
	acknowledged := asked.Get("Status") != nil
	described := cmd.body.Get("DeviceInformation") != nil
	switch {
	case asked.Get("PolicyType") == nil:
		return provisioned(provisionProtocolError)
	case asked.Get("PolicyType").Value() != policyType:
		return provisioned(success, policies(policyUnknownType, asked.Get("PolicyType").Value(), ""))
	case !acknowledged && cmd.version >= since141 && !described:
		return provisioned(needsDeviceInfo)
	case !acknowledged:
		d.offered, d.policy = newKey(), ""
		sent := policies(success, policyType, d.offered, policyData())
		if !described {
			return provisioned(success, sent)
		}
		return wbxml.E(provision, provision, deviceNoted(), statusOf(provision, success), sent)
	case d.offered == "" || asked.Get("PolicyKey").Value() != d.offered:
		return provisioned(success, policies(policyWrongKey, policyType, ""))
	case asked.Get("Status").Value() != policyApplied:
		return provisioned(notFullyProvisionable)
	}
	d.offered, d.policy = "", newKey()
	return provisioned(success, policies(success, policyType, d.policy))
}

func provisioned(status int, more ...*wbxml.Element) *wbxml.Element {
	return wbxml.E(provision, provision, append([]*wbxml.Element{statusOf(provision, status)}, more...)...)
}

func policies(status int, kind, key string, more ...*wbxml.Element) *wbxml.Element {
	policy := []*wbxml.Element{wbxml.T(provision, "PolicyType", kind), statusOf(provision, status)}
	if key != "" {
		policy = append(policy, wbxml.T(provision, "PolicyKey", key))
	}
	return wbxml.E(provision, "Policies", wbxml.E(provision, "Policy", append(policy, more...)...))
}

func policyData() *wbxml.Element {
	var all []*wbxml.Element
	for _, s := range policySettings {
		all = append(all, wbxml.T(provision, s.name, s.value))
	}
	return wbxml.E(provision, "Data", wbxml.E(provision, "EASProvisionDoc", all...))
}
