package android

import (
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/easkit/easkit/android/schema"
	"github.com/easkit/easkit/android/tree"
	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/profiles/encoding"
)

// Form is the form of a file with a managed configuration.
type Form string

// The forms.
const (
	FormAMAPI      Form = "an application of the Android Management API"
	FormPolicy     Form = "a policy of the Android Management API"
	FormEnterprise Form = "a managed configuration of Google Play"
	FormIntune     Form = "an app configuration of Intune"
	FormBundle     Form = "an easkit bundle"
	FormValues     Form = "values for the keys of an app"
)

// File is a file with managed configurations, as it stands.
type File struct {
	Form           Form
	Top            *tree.Node
	BOM            bool
	UTF16          bool // Windows writes such files; what is here was made UTF-8
	Configurations []*Configuration
}

// Configuration is that of one app.
type Configuration struct {
	Package       string     // of the app; empty where the file does not say
	Values        *tree.Node // an object of keys and values, whatever the form
	Applicability *tree.Node // profileApplicability of Intune, where it is there
	object        *tree.Node // what holds it
	issues        []schema.Issue
	mistyped      map[string]bool // keys of which issues says that the field is for another type
}

// open says why a file is not read, and where.
type openError struct {
	at   tree.Position
	word string // of profile.format
	err  error
}

func (e *openError) Error() string { return e.err.Error() }
func (e *openError) Unwrap() error { return e.err }

func refuse(n *tree.Node, word, format string, args ...any) error {
	return &openError{n.At, word, fmt.Errorf("%w: %s", ErrNotConfiguration, fmt.Sprintf(format, args...))}
}

// Open reads a managed configuration in any form: an application or a whole policy of
// the Android Management API, a ManagedConfiguration of Google Play, an
// androidManagedStoreAppConfiguration of Microsoft Graph, or a list of those, and an
// easkit bundle. It does not judge. The error wraps ErrNotConfiguration.
func Open(data []byte) (*File, error) {
	if len(data) > certs.MaxFileSize {
		return nil, fmt.Errorf("%w: it has %d bytes, more than the %d that one may have", ErrNotConfiguration, len(data), certs.MaxFileSize)
	}
	data, mark := encoding.FromMarked(data)
	top, err := tree.Parse(data)
	var syntax *tree.SyntaxError
	if errors.As(err, &syntax) {
		return nil, &openError{syntax.At, "not-well-formed", fmt.Errorf("%w: %s", ErrNotConfiguration, syntax.Reason)}
	}
	if top.Kind != tree.Object && top.Kind != tree.Array {
		return nil, refuse(top, "not-a-configuration", "it is %s, not an object", top.Kind.WithArticle())
	}
	f := &File{Top: top, UTF16: mark != "", BOM: strings.HasPrefix(string(data[:min(len(data), len(tree.BOM))]), tree.BOM)}
	if err := f.read(top); err != nil {
		return f, err
	}
	if c := f.Configurations[0]; c.object != top {
		c.twice(top)
	}
	return f, nil
}

// twice notes the keys that an object around the values has more than once.
func (c *Configuration) twice(n *tree.Node) {
	seen := map[string]bool{}
	for _, e := range n.Entries {
		if seen[e.Key] {
			c.issue(e.At, schema.WordTwice, "leave one of the two out", "%s is there twice: which of the two counts depends on who reads it", quoted(e.Key))
		}
		seen[e.Key] = true
	}
}

func (f *File) read(n *tree.Node) error {
	switch {
	case n.Get("schema").Str() == BundleSchema:
		f.Form = FormBundle
		return f.object(n, n)
	case strings.HasPrefix(n.Get("schema").Str(), bundleFamily):
		return refuse(n.Get("schema"), "not-a-configuration", "it is %q, and %s is understood here", n.Get("schema").Str(), BundleSchema)
	case isIntune(n):
		f.Form = FormIntune
		return f.intune(n)
	case isEnterprise(n):
		f.Form = FormEnterprise
		return f.enterprise(n, n, nil)
	case n.Get("managedConfiguration") != nil:
		f.Form = FormAMAPI
		return f.object(n, n)
	case n.Get("applications").Is(tree.Array):
		f.Form = FormPolicy
		return f.list(n.Get("applications"), hasValues, func(n *tree.Node) error { return f.object(n, n) })
	case n.Is(tree.Array):
		f.Form = FormIntune
		return f.list(n, isIntune, f.intune)
	case n.Get("value").Is(tree.Array):
		f.Form = FormIntune
		return f.list(n.Get("value"), isIntune, f.intune)
	}
	return refuse(n, "not-a-configuration", "there is neither managedConfiguration, managedProperty nor payloadJson in it")
}

// bundleFamily begins the names of all versions of our bundles.
const bundleFamily = "easkit/bundle/"

// hasValues takes null for not there, as Google's JSON does (ProtoJSON,
// https://protobuf.dev/programming-guides/json/).
func hasValues(n *tree.Node) bool {
	values := n.Get("managedConfiguration")
	return values != nil && values.Kind != tree.Null
}

func isIntune(n *tree.Node) bool { return n.Get("payloadJson") != nil }

func isEnterprise(n *tree.Node) bool {
	return n.Get("kind").Str() == kindEnterprise || n.Get("managedProperty") != nil
}

// list reads those elements that are configurations.
func (f *File) list(n *tree.Node, is func(*tree.Node) bool, read func(*tree.Node) error) error {
	for _, item := range n.Items {
		if !is(item) {
			continue
		}
		if err := read(item); err != nil {
			return err
		}
	}
	if len(f.Configurations) == 0 {
		return refuse(n, "not-a-configuration", "no app in it has a managed configuration")
	}
	return nil
}

// object reads values that stand as one object.
func (f *File) object(holder, n *tree.Node) error {
	values := n.Get("managedConfiguration")
	if !values.Is(tree.Object) {
		if values == nil {
			values = n
		}
		return refuse(values, "not-a-configuration", "managedConfiguration is no object")
	}
	f.add(&Configuration{Package: n.Get("packageName").Str(), Values: values, object: holder})
	return nil
}

// intune reads the payload within an object of Microsoft Graph, which is JSON in
// base64; tools that keep such objects in files may have decoded it.
func (f *File) intune(n *tree.Node) error {
	payload := n.Get("payloadJson")
	inner := payload
	if payload.Kind != tree.Object {
		if payload.Kind != tree.String {
			return refuse(payload, "not-base64", "payloadJson is %s, and has to be base64", payload.Kind.WithArticle())
		}
		data, err := base64.StdEncoding.DecodeString(payload.Text)
		if err != nil {
			return refuse(payload, "not-base64", "payloadJson is not base64 (the standard alphabet, padded)")
		}
		if inner, err = tree.Parse(data); err != nil {
			return refuse(payload, "not-well-formed", "payloadJson holds no JSON: in it, %v", err)
		}
		inner.MoveTo(payload.At)
	}
	if !isEnterprise(inner) {
		return refuse(payload, "not-a-configuration", "payloadJson holds no managed configuration of Google Play (kind %s)", kindEnterprise)
	}
	return f.enterprise(n, inner, n.Get("packageId"))
}

// enterprise reads a ManagedConfiguration of Google Play. product is what the object
// around it says of the app; nil where there is none.
func (f *File) enterprise(holder, n, product *tree.Node) error {
	c := &Configuration{object: holder, Package: packageOf(n.Get("productId").Str()), Applicability: holder.Get("profileApplicability")}
	c.checkKind(n)
	c.checkProduct("productId", n.Get("productId"), preflight.Documented)
	c.checkProduct("packageId", product, preflight.Observed)
	if outer := packageOf(product.Str()); outer != "" && c.Package != "" && outer != c.Package {
		c.issue(product.At, wordOtherApp, "make the configuration anew, for the app that it is meant for", "packageId is %s, and productId in the payload %s", outer, c.Package)
	} else if c.Package == "" {
		c.Package = outer
	}
	list := n.Get("managedProperty")
	if list != nil && list.Kind != tree.Array {
		return refuse(list, "not-a-configuration", "managedProperty is %s, and has to be a list", list.Kind.WithArticle())
	}
	c.Values = &tree.Node{Kind: tree.Object, At: n.At}
	if list != nil {
		c.Values = c.properties(list, 0)
	}
	if n != holder {
		c.twice(n)
	}
	f.add(c)
	return nil
}

// add keeps a configuration. Of a fragment that does not say whose it is, the keys do,
// where they are those of an app that is known here.
func (f *File) add(c *Configuration) {
	for i := 0; i < len(apps) && c.Package == ""; i++ {
		keys := known(apps[i].Package).Keys
		if slices.ContainsFunc(c.Values.Entries, func(e tree.Entry) bool { return schema.Find(keys, e.Key) != nil }) {
			c.Package = apps[i].Package
		}
	}
	c.twice(c.object)
	f.Configurations = append(f.Configurations, c)
}

// productPrefix begins the ids of products that are apps.
const productPrefix = "app:"

// packageOf takes the package out of the id of a product.
func packageOf(product string) string { return strings.TrimPrefix(product, productPrefix) }

// checkKind wants the one kind that there is, where a file says one.
func (c *Configuration) checkKind(n *tree.Node) {
	if kind := n.Get("kind"); kind != nil && kind.Str() != kindEnterprise {
		c.issue(kind.At, wordKind, "write "+kindEnterprise, "kind is not %s, the only one that a managed configuration has", kindEnterprise)
	}
}

// checkProduct wants the id of a product, as Google Play has it, where a file says one.
// That Intune keeps it so as well was seen in what its console sends.
func (c *Configuration) checkProduct(name string, id *tree.Node, b preflight.Basis) {
	if id == nil || strings.HasPrefix(id.Str(), productPrefix) {
		return
	}
	i := schema.Issue{
		Word: wordProduct, Severity: preflight.StatusFail, At: id.At, Basis: b, Source: srcPlay,
		Message: fmt.Sprintf("%s is not the id of a product, which is %q and the package of the app", name, productPrefix), Fix: "write app: and the package",
	}
	if b.Weak() {
		i.Severity, i.Source = preflight.StatusWarn, srcIntune
	}
	c.issues = append(c.issues, i)
}

// mail are the configurations of apps that are known here.
func (f *File) mail() []*Configuration {
	var all []*Configuration
	for _, c := range f.Configurations {
		if _, ours := appOf(c.Package); ours {
			all = append(all, c)
		}
	}
	return all
}

// HasAccounts reports whether one of the configurations is a mail app's: of Gmail or
// Outlook, which are judged in full, or of Nine or Samsung Email, of which little or
// nothing is published. It goes by each package that the file names, in productId,
// packageId or packageName, so that a name that contradicts the others hides nothing,
// and where there is none by the keys of Gmail and Outlook. Whether the app sets up an
// account by the values is not looked at.
func (f *File) HasAccounts() bool {
	return slices.ContainsFunc(f.Configurations, func(c *Configuration) bool {
		return isMailApp(c.Package) || isMailApp(packageOf(c.object.Get("packageId").Str()))
	})
}

func isMailApp(pkg string) bool {
	_, ours := appOf(pkg)
	_, given := givenOf(pkg)
	return ours || given
}
