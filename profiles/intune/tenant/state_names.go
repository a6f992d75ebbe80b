package tenant

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/easkit/easkit/certs/graph"
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/profiles/intune"
)

// findGroups finds groups by their names or ids. All that are not found are told at
// once.
func findGroups(ctx context.Context, c *graph.Client, names []string) ([]graph.Group, error) {
	var groups []graph.Group
	var wrong []error
	for _, name := range names {
		found, err := groupsOf(ctx, c, name)
		if err != nil {
			return nil, err
		}
		shown := preflight.Printable(name)
		switch {
		case len(found) == 0:
			wrong = append(wrong, fmt.Errorf("no group of the tenant is called %q: correct the name, or make the group first", shown))
		case len(found) > 1:
			var ids []string
			for _, g := range found {
				ids = append(ids, g.ID)
			}
			wrong = append(wrong, fmt.Errorf("%d groups of the tenant are called %q (%s): give the id of one instead", len(found), shown, listed(ids)))
		case !found[0].Targetable():
			wrong = append(wrong, fmt.Errorf("the group %q is a distribution list, which Intune brings nothing to: name a security group or a Microsoft 365 group", shown))
		case !slices.ContainsFunc(groups, func(g graph.Group) bool { return g.ID == found[0].ID }):
			groups = append(groups, found[0])
		}
	}
	return groups, errors.Join(wrong...)
}

func groupsOf(ctx context.Context, c *graph.Client, name string) ([]graph.Group, error) {
	if !intune.IsID(name) {
		return c.GroupsNamed(ctx, name)
	}
	g, err := c.GroupOf(ctx, name)
	if e := new(graph.Error); errors.As(err, &e) && e.NotFound() {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return []graph.Group{g}, nil
}

// findApps finds the apps that parts are for. For iOS an app may be there from the App
// Store and by Apple Business Manager (VPP): a configuration is for all of these, so that
// it reaches phones whichever they have.
func findApps(ctx context.Context, c *graph.Client, parts []intune.Part) (map[string][]string, error) {
	finder := appFinder{client: c, lists: map[string][]graph.MobileApp{}}
	apps := map[string][]string{}
	var wrong []error
	for _, p := range parts {
		if p.App == nil {
			continue
		}
		found, err := finder.find(ctx, *p.App)
		if err != nil {
			return nil, err
		}
		if len(found) == 0 || len(found) > 1 && p.App.Android != "" {
			wrong = append(wrong, ambiguous(*p.App, found))
			continue
		}
		apps[p.Key] = idsOf(found)
	}
	slices.SortFunc(wrong, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	wrong = slices.CompactFunc(wrong, func(a, b error) bool { return a.Error() == b.Error() })
	return apps, errors.Join(wrong...)
}

// appFinder reads each list of apps once.
type appFinder struct {
	client *graph.Client
	lists  map[string][]graph.MobileApp
}

func (f *appFinder) find(ctx context.Context, a intune.App) ([]graph.MobileApp, error) {
	for _, kinds := range a.Types() {
		var found []graph.MobileApp
		for _, kind := range kinds {
			if _, read := f.lists[kind]; !read {
				list, err := f.client.MobileApps(ctx, kind)
				if err != nil {
					return nil, err
				}
				f.lists[kind] = list
			}
			for _, app := range f.lists[kind] {
				if isApp(a, app) {
					found = append(found, app)
				}
			}
		}
		if len(found) > 0 {
			return found, nil
		}
	}
	return nil, nil
}

// isApp reports whether an app of the tenant is this one.
func isApp(a intune.App, app graph.MobileApp) bool {
	if a.Android != "" {
		return strings.TrimPrefix(app.PackageID, "app:") == a.Android
	}
	return a.IOS != "" && strings.EqualFold(app.BundleID, a.IOS)
}

func ambiguous(a intune.App, found []graph.MobileApp) error {
	if len(found) == 0 && a.Android != "" {
		return fmt.Errorf("the tenant does not have the app %s (%s): approve it in managed Google Play and sync, in Intune's admin center", a.Title, a.Android)
	}
	if len(found) == 0 {
		return fmt.Errorf("the tenant does not have the app %s (%s): add it in Intune's admin center, under Apps > iOS/iPadOS", a.Title, a.IOS)
	}
	return fmt.Errorf("the tenant has the app %s %d times (%s): leave one of them", a.Title, len(found), listed(idsOf(found)))
}

// idsOf are the ids of apps, sorted.
func idsOf(apps []graph.MobileApp) []string {
	var ids []string
	for _, app := range apps {
		ids = append(ids, app.ID)
	}
	slices.Sort(ids)
	return ids
}

// listed is ids in a message.
func listed(ids []string) string {
	sorted := slices.Sorted(slices.Values(ids))
	return preflight.Printable(strings.Join(sorted, ", "))
}
