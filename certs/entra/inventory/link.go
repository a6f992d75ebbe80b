package inventory

import (
	"cmp"
	"maps"
	"slices"
	"strings"
)

// partnership is a phone that Exchange lists, with what it tells of the owner.
type partnership struct {
	phone         *phone
	upn, name, id string
}

// linkPartners gives each partnership to its owner. Exchange names owners by
// UPN where the export adds it, or else by ID or display name; a name counts
// where one user alone has it.
func (c *collector) linkPartners() error {
	byID, byName := map[string]*person{}, map[string]*person{}
	for _, p := range c.people {
		if p.id != "" {
			byID[strings.ToLower(p.id)] = p
		}
		local, _, _ := strings.Cut(p.upn, "@")
		for _, name := range slices.Compact([]string{strings.ToLower(p.name), strings.ToLower(local)}) {
			if other, twice := byName[name]; twice && other != p {
				byName[name] = nil
			} else {
				byName[name] = p
			}
		}
	}
	for _, d := range c.partners {
		owner := c.people[strings.ToLower(d.upn)]
		if owner == nil && d.id != "" {
			owner = byID[strings.ToLower(d.id)]
		}
		if owner == nil && d.upn == "" && d.name != "" {
			owner = byName[strings.ToLower(d.name)]
		}
		if owner == nil {
			var err error
			if owner, err = c.person(d.upn, d.name, d.id); err != nil {
				return err
			}
		}
		owner.addPartner(d.phone)
	}
	return nil
}

// addPartner keeps a partnership, once where two exports list it.
func (p *person) addPartner(d *phone) {
	for _, other := range p.partners {
		if d.id != "" && strings.EqualFold(d.id, other.id) {
			other.take(d)
			return
		}
	}
	if len(p.partners) < maxDevices {
		p.partners = append(p.partners, d)
	}
}

// take adds what another record of the same phone tells.
func (p *phone) take(d *phone) {
	if p.app == unknownApp {
		p.app = d.app
	}
	p.system, p.model = cmp.Or(p.system, d.system), cmp.Or(p.model, d.model)
	p.id, p.agent = cmp.Or(p.id, d.id), cmp.Or(p.agent, d.agent)
	p.eas, p.access = cmp.Or(d.eas, p.eas), cmp.Or(d.access, p.access)
	if compareVersions(d.version, p.version) > 0 {
		p.version = d.version
	}
	p.partner = p.partner || d.partner
	p.firstSync, p.lastSync, p.changed = earlier(p.firstSync, d.firstSync), later(p.lastSync, d.lastSync), later(p.changed, d.changed)
	for _, s := range d.spans {
		if len(p.spans) < maxSpans {
			p.spans = append(p.spans, s)
		}
	}
}

// joinPartners says which of the phones in the sign-ins is which of those that
// Exchange lists, by app, system and model, and gives all phones by EAS. A
// sign-in by EAS has no device ID: of several phones of one model, the sign-ins
// are taken for the one that synced last.
func (p *person) joinPartners() []*phone {
	var seen []*phone
	for _, d := range p.phones {
		if !d.oauth {
			seen = append(seen, d)
		}
	}
	slices.SortFunc(seen, comparePhones)
	partners := slices.Clone(p.partners)
	slices.SortStableFunc(partners, func(a, b *phone) int {
		return cmp.Or(b.lastSync.Compare(a.lastSync), b.changed.Compare(a.changed), b.firstSync.Compare(a.firstSync), comparePhones(a, b))
	})
	for _, d := range seen {
		at := slices.IndexFunc(partners, func(other *phone) bool { return d.mayBe(other) })
		if at >= 0 {
			d.take(partners[at])
			partners = slices.Delete(partners, at, at+1)
		}
	}
	return append(seen, partners...)
}

// mayBe reports whether two records may be of one phone: nothing that both tell
// differs.
func (p *phone) mayBe(d *phone) bool {
	same := func(a, b, unknown string) bool { return a == b || a == unknown || b == unknown }
	return same(p.app, d.app, unknownApp) && same(p.system, d.system, "") && same(p.model, d.model, "")
}

// comparePhones orders phones so that the same files give the same bytes. Those
// of which more is known come first.
func comparePhones(a, b *phone) int {
	known := func(s, unknown string) int {
		if s == unknown {
			return 1
		}
		return 0
	}
	return cmp.Or(cmp.Compare(known(a.model, ""), known(b.model, "")), cmp.Compare(known(a.app, unknownApp), known(b.app, unknownApp)),
		cmp.Compare(a.app, b.app), cmp.Compare(a.system, b.system), cmp.Compare(a.model, b.model), cmp.Compare(a.id, b.id), cmp.Compare(a.agent, b.agent))
}

// byOAuth gives the phones that signed in by OAuth.
func (p *person) byOAuth() []*phone {
	return slices.SortedFunc(func(yield func(*phone) bool) {
		for d := range maps.Values(p.phones) {
			if d.oauth && !yield(d) {
				return
			}
		}
	}, comparePhones)
}
