package trust

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/easkit/easkit/certs/graph"
	"github.com/easkit/easkit/templates"
)

// File is one file of an export.
type File struct {
	Name string
	Data []byte
}

// ExportOptions is what an export is made for.
type ExportOptions struct {
	Container string // the PKI of the PKI-based store; "" for DefaultContainer
	UploadURL string // where cas.p7b will be, for upload.json; "" for no such file
}

// DefaultContainer is the name of the container where none is given.
const DefaultContainer = "easkit PKI"

// The paths of Microsoft Graph that the files are for, below the version.
// Sources: https://learn.microsoft.com/graph/api/certificatebasedauthpki-post-certificateauthorities
// and https://learn.microsoft.com/graph/api/certificatebasedauthconfiguration-post-certificatebasedauthconfiguration
const (
	exportPKI    = "/directory/publicKeyInfrastructure/certificateBasedAuthConfigurations/{id}"
	exportAdd    = exportPKI + "/certificateAuthorities"
	exportUpload = exportPKI + "/upload"

	exportClassic = "/organization/{tenant id}/certificateBasedAuthConfiguration"
)

// export is what the files of an export are made of.
type export struct {
	options ExportOptions
	list    List
	bodies  []any // that make each CA, in the order of list
	bundle  []byte
}

// Export writes what an admin needs who puts the CAs into the tenant without
// easkit: request bodies for both stores, the .p7b of a bulk upload with its
// SHA-256, the older schema, PowerShell scripts, and a README. The same CAs and
// options give the same bytes, in whatever order the CAs come. Nothing in it is
// secret.
func Export(w []Wanted, o ExportOptions) ([]File, error) {
	x, err := newExport(w, o)
	if err != nil {
		return nil, fmt.Errorf("exporting the CAs: %w", err)
	}
	var files []File
	for _, f := range exportFiles {
		data, err := f.make(x)
		if err != nil {
			return nil, fmt.Errorf("exporting the CAs: %s: %w", f.name, err)
		}
		if data != nil {
			files = append(files, File{f.name, data})
		}
	}
	return append(files, File{"README.txt", x.readme(files)}), nil
}

func newExport(w []Wanted, o ExportOptions) (*export, error) {
	if len(w) == 0 {
		return nil, errors.New("there is none")
	}
	o.Container = cmp.Or(o.Container, DefaultContainer)
	if !utf8.ValidString(o.Container) || utf8.RuneCountInString(o.Container) > maxDisplayName {
		return nil, fmt.Errorf("the container's name is no text of at most %d characters", maxDisplayName)
	}
	f := Folder{Wanted: w}
	x := &export{options: o, list: NewList(f.Entries())}
	for _, e := range x.list {
		detail, err := e.Detail()
		if err != nil {
			return nil, err
		}
		x.bodies = append(x.bodies, detail.CreateBody())
	}
	var err error
	x.bundle, err = Bundle(x.list)
	return x, err
}

// exportFiles are the files of an export, in the order in which they are needed,
// and how each is made; one without data is left out. Each says of itself in the
// README what it is.
var exportFiles = []struct {
	name  string
	about string
	make  func(*export) ([]byte, error)
}{
	{"pki-certificate-authorities.json", "the requests for the PKI-based store, one for each CA", (*export).requests},
	{"trust-pki.ps1", "does the same with PowerShell: it finds or makes the\ncontainer, shows what it will add, and asks", script("trust-pki.ps1", func(x *export) any {
		return struct {
			PKI string `json:"pki"`
			CAs []any  `json:"certificateAuthorities"`
		}{x.options.Container, x.bodies}
	})},
	{"cas.p7b", "all certificates in one file, for the bulk upload into the\nPKI-based store", func(x *export) ([]byte, error) { return x.bundle, nil }},
	{"cas.p7b.sha256", "its SHA-256, which the bulk upload asks for", func(x *export) ([]byte, error) { return []byte(BundleHash(x.bundle) + "\n"), nil }},
	{"upload.json", "the request for the bulk upload, once cas.p7b is, as it is,\nat the address in it", (*export).upload},
	{"classic-store.json", "the request for the classic store. It replaces everything\nthat is in it", func(x *export) ([]byte, error) {
		return asciiJSON(request{"POST", exportClassic, graph.ClassicStore{CAs: x.classic()}})
	}},
	{"trust-classic.ps1", "does the same with PowerShell: it saves the present list,\nshows both, and asks", script("trust-classic.ps1", func(x *export) any { return graph.ClassicStore{CAs: x.classic()} })},
	{"legacy.json", "the older schema (TrustedCAsForPasswordlessAuth), for tools\nthat still read it", func(x *export) ([]byte, error) { return WriteLegacy(x.list) }},
}

func (x *export) classic() []graph.CA {
	cas := make([]graph.CA, len(x.list))
	for i, e := range x.list {
		cas[i] = e.CA()
	}
	return cas
}

// request is one request to Microsoft Graph.
type request struct {
	Method string `json:"method"`
	Path   string `json:"path"`
	Body   any    `json:"body"`
}

func (x *export) requests() ([]byte, error) {
	var all struct {
		Container string    `json:"container"`
		Requests  []request `json:"requests"`
	}
	all.Container = x.options.Container
	for _, body := range x.bodies {
		all.Requests = append(all.Requests, request{"POST", exportAdd, body})
	}
	return asciiJSON(all)
}

func (x *export) upload() ([]byte, error) {
	if x.options.UploadURL == "" {
		return nil, nil
	}
	return asciiJSON(request{"POST", exportUpload, graph.Upload{URL: x.options.UploadURL, SHA256: BundleHash(x.bundle)}})
}

// dataLine is the line of a script that stands for the plan.
const dataLine = "\n#DATA#\n"

// script puts a plan into one of the embedded scripts. It stands in a here-string,
// which ends at a line that starts with '@: no line of indented JSON does, nor is
// there anything in it that Windows PowerShell reads in another encoding.
func script(name string, plan func(*export) any) func(*export) ([]byte, error) {
	return func(x *export) ([]byte, error) {
		text, err := templates.Files.ReadFile("scripts/" + name)
		if err != nil {
			return nil, err
		}
		data, err := asciiJSON(plan(x))
		if err != nil {
			return nil, err
		}
		before, after, found := strings.Cut(string(text), dataLine)
		if !found {
			return nil, errors.New("the script has no line for the CAs")
		}
		return []byte(before + "\n$plan = @'\n" + string(data) + "'@ | ConvertFrom-Json\n" + after), nil
	}
}

// asciiJSON is indented JSON in ASCII, so that it means the same in every encoding
// that a tool may take it for.
func asciiJSON(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	var out bytes.Buffer
	for _, r := range b.String() {
		switch high, low := utf16.EncodeRune(r); {
		case r < utf8.RuneSelf && r != 0x7f:
			out.WriteByte(byte(r))
		case r > 0xffff:
			fmt.Fprintf(&out, `\u%04x\u%04x`, high, low)
		default:
			fmt.Fprintf(&out, `\u%04x`, r)
		}
	}
	return out.Bytes(), nil
}
