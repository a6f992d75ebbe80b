package preflight

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/url"
	"path"
	"strconv"
	"strings"
)

// sarifSchema is where OASIS keeps the schema of SARIF 2.1.0 with its errata.
const sarifSchema = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

// toolAddress is where the tool's own page is.
const toolAddress = "https://github.com/easkit/easkit"

// WriteSARIF writes the report in the Static Analysis Results Interchange
// Format 2.1.0 (OASIS), for code scanning. The rules are those of the catalogue;
// a check that is not in it has results without a rule. Version is the tool's, and
// is left out where it is no number.
//
// Results are what failed (error) and what warns (warning). An ignored finding
// is there with a suppression. What passed or was skipped is counted in the
// run's properties and is no result: GitHub's code scanning does not document
// the kinds pass and notApplicable, and shows any result as an alert.
//
// The place of a result is its subject's file as a URI, or its name where that is the
// file's, with line and column where they are known. Fingerprints are made of check and subject and leave the
// message out, which may change from day to day.
func (r *Report) WriteSARIF(w io.Writer, catalogue []Info, version string) error {
	rules, index := sarifRules(catalogue)
	run := sarifRun{
		Tool: sarifTool{sarifDriver{
			Name: "easkit", Version: number(version), InformationURI: toolAddress, Rules: rules,
		}},
		Invocations: []sarifInvocation{{ExecutionSuccessful: true}},
		Results:     []sarifResult{},
		Properties: sarifRunProperties{
			At: r.At.UTC().Format("2006-01-02T15:04:05Z"), Scenario: r.scenario(), Subjects: len(r.Subjects), Summary: r.Summary,
		},
	}
	for i := range r.Subjects {
		run.Results = r.Subjects[i].sarifResults(run.Results, index)
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	return enc.Encode(sarifLog{Schema: sarifSchema, Version: "2.1.0", Runs: []sarifRun{run}})
}

// number is a version as SARIF's validator asks for it, beginning with a digit:
// 1.2.3 of v1.2.3, and nothing of (devel).
func number(version string) string {
	version = strings.TrimPrefix(version, "v")
	if version == "" || version[0] < '0' || version[0] > '9' {
		return ""
	}
	return Printable(version)
}

// sarifRules makes the rules, and says where each check's stands.
func sarifRules(catalogue []Info) ([]sarifRule, map[string]int) {
	rules, index := []sarifRule{}, map[string]int{}
	for _, info := range catalogue {
		if _, twice := index[info.ID]; twice || info.ID == "" {
			continue
		}
		index[info.ID] = len(rules)
		kind, _, _ := strings.Cut(info.ID, ".")
		rules = append(rules, sarifRule{
			ID:               info.ID,
			ShortDescription: plainText(info.Title),
			FullDescription:  plainText(orElse(info.Reason, info.Title)),
			Help:             plainText(info.help()),
			HelpURI:          webAddress(info.Source),
			Properties:       sarifRuleProperties{Basis: info.Basis, Codes: info.Codes, Source: info.Source, Tags: []string{kind}},
		})
	}
	return rules, index
}

// help is what a rule's page says: what to do, and what a user sees otherwise.
func (i Info) help() string {
	text := orElse(i.Fix, i.Title)
	if len(i.Codes) > 0 {
		text += "\nSeen as: " + strings.Join(i.Codes, ", ")
	}
	return text
}

// sarifResults adds the results on a subject.
func (s *Subject) sarifResults(results []sarifResult, rules map[string]int) []sarifResult {
	nth := map[string]int{} // of each check, since one may find several things
	var artifact sarifArtifact
	for i := range s.Findings {
		f := &s.Findings[i]
		if !f.Status.Worse(StatusSkip) {
			continue
		}
		if artifact.URI == "" {
			artifact.URI = nameURI(orElse(s.File, s.Name))
		}
		nth[f.Check]++
		result := sarifResult{
			RuleID: Printable(f.Check), Level: "error", Message: plainText(f.sarifMessage()),
			Locations:    []sarifLocation{{sarifPhysical{artifact, f.region()}}},
			Fingerprints: s.fingerprints(f.Check, nth[f.Check]),
			Properties:   f.sarifProperties(s.Kind),
		}
		if f.Status == StatusWarn {
			result.Level = "warning"
		}
		if at, listed := rules[f.Check]; listed {
			result.RuleIndex = &at
		}
		if f.Ignored != "" {
			result.Suppressions = []sarifSuppression{{Kind: "external", Status: "accepted", Justification: Printable(f.Ignored)}}
		}
		results = append(results, result)
	}
	return results
}

func (f *Finding) sarifProperties(kind string) sarifResultProperties {
	return sarifResultProperties{
		Kind: Printable(kind), Value: Printable(f.Value), Basis: Printable(string(f.Basis)), Source: Printable(f.Source), Codes: printable(f.Codes),
	}
}

// printable is Printable for each of several.
func printable(all []string) []string {
	var clean []string
	for _, s := range all {
		clean = append(clean, Printable(s))
	}
	return clean
}

// sarifMessage is the message with what to do, since viewers show little else.
func (f *Finding) sarifMessage() string {
	text := orElse(f.Message, f.Check)
	if f.Fix != "" {
		text += "\nFix: " + f.Fix
	}
	return text
}

func (f *Finding) region() *sarifRegion {
	if f.Line < 1 {
		return nil
	}
	return &sarifRegion{StartLine: f.Line, StartColumn: max(f.Column, 0)}
}

// fingerprints tell code scanning which alert of the last run this is: by a name
// of our own, and by the one that GitHub asks for, which has a count at its end.
func (s *Subject) fingerprints(check string, nth int) map[string]string {
	sum := sha256.Sum256([]byte(s.Kind + "\x00" + s.Name + "\x00" + check))
	id := hex.EncodeToString(sum[:8]) + ":" + strconv.Itoa(nth)
	return map[string]string{"easkitFinding/v1": id, "primaryLocationLineHash": id}
}

// literal keeps what a message quotes from being read as a placeholder or a link
// (SARIF 2.1.0, 3.11.5 and 3.11.6).
func literal(s string) string {
	if !strings.ContainsAny(s, "{}]") {
		return s
	}
	return strings.NewReplacer("{", "{{", "}", "}}", "](", `\](`).Replace(s)
}

func plainText(s string) sarifText {
	lines := strings.Split(s, "\n")
	for i, line := range lines {
		lines[i] = literal(Printable(line))
	}
	return sarifText{strings.Join(lines, "\n")}
}

// nameURI turns the name of a subject into the URI reference that SARIF asks
// for: web addresses lose their scheme, since code scanning refuses a file of
// results with any other than file, absolute paths of Unix and Windows become file URIs,
// and every other name is a relative path.
func nameURI(name string) string {
	slashed := strings.ReplaceAll(name, `\`, "/")
	relative := (&url.URL{Path: orElse(slashed, "unnamed")}).String()
	uri := relative
	switch u, err := url.Parse(name); {
	case err == nil && u.Host != "" && len(u.Scheme) > 1:
		uri = (&url.URL{Path: u.Host + u.Path}).String()
	case strings.HasPrefix(name, `\\`): // \\server\share\alice.p12
		host, share, _ := strings.Cut(strings.TrimLeft(slashed, "/"), "/")
		uri = (&url.URL{Scheme: "file", Host: host, Path: "/" + share}).String()
	case len(slashed) > 2 && isLetter(slashed[0]) && slashed[1:3] == ":/": // C:\users\alice.p12
		uri = "file://" + escapedPath("/"+slashed)
	case strings.HasPrefix(slashed, "/"):
		uri = "file://" + escapedPath(path.Clean(slashed))
	}
	if _, err := url.Parse(uri); err != nil { // a server's name that is none
		return relative
	}
	return uri
}

func escapedPath(p string) string { return (&url.URL{Path: p}).EscapedPath() }

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }
