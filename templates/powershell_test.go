package templates_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// use is one call of a command in a script.
type use struct {
	line       int
	name       string
	parameters []string // without the dash, as written
}

// script is what the reader finds in one: the calls, and the functions of its own with
// their parameters.
type script struct {
	uses      []use
	functions map[string][]string
}

// piece is a token. Comments and the text of strings are none.
type piece struct {
	kind string // word, parameter, variable, string, or the punctuation itself
	text string
	line int
}

// pattern of a token, in the order of trial.
var pieces = []struct {
	kind string
	re   *regexp.Regexp
}{
	{"", regexp.MustCompile(`^(?s)<#.*?#>`)},
	{"", regexp.MustCompile(`^#[^\n]*`)},
	{"", regexp.MustCompile("^`\n")}, // the statement goes on
	{"", regexp.MustCompile(`^[ \t\r]+`)},
	{"string", regexp.MustCompile(`^(?s)@'[ \t]*\n.*?\n'@`)},
	{"string", regexp.MustCompile(`^(?:'[^']*')+`)},
	{"variable", regexp.MustCompile(`^\$(?:\{[^}]*\}|[A-Za-z_][A-Za-z0-9_]*(?::[A-Za-z0-9_]+)?|[_?$^])`)},
	{"(", regexp.MustCompile(`^[$@]\(`)},
	{"{", regexp.MustCompile(`^@\{`)},
	{"parameter", regexp.MustCompile(`^-[A-Za-z]+`)},
	{"word", regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*(?:-[A-Za-z0-9_]+)*`)},
}

// cut takes a script apart. A string in double quotes counts as a string, and what stands
// in it as $( ) as code.
func cut(text string) ([]piece, error) {
	var out []piece
	line := 1
next:
	for text != "" {
		if text[0] == '"' {
			inside, rest, err := cutQuoted(text, line)
			if err != nil {
				return nil, err
			}
			out = append(out, inside...)
			line += strings.Count(text[:len(text)-len(rest)], "\n")
			text = rest
			continue
		}
		for _, p := range pieces {
			if m := p.re.FindString(text); m != "" {
				if p.kind != "" {
					out = append(out, piece{p.kind, m, line})
				}
				line += strings.Count(m, "\n")
				text = text[len(m):]
				continue next
			}
		}
		out = append(out, piece{text[:1], text[:1], line})
		if text[0] == '\n' {
			line++
		}
		text = text[1:]
	}
	return out, nil
}

// cutQuoted reads a string in double quotes.
func cutQuoted(text string, line int) (out []piece, rest string, err error) {
	out = []piece{{"string", "", line}}
	for i := 1; i < len(text); i++ {
		switch {
		case text[i] == '`':
			i++
		case strings.HasPrefix(text[i:], `""`):
			i++
		case text[i] == '"':
			return out, text[i+1:], nil
		case strings.HasPrefix(text[i:], "$("):
			end := closing(text[i+1:])
			if end < 0 {
				return nil, "", fmt.Errorf("line %d: $( has no end", line)
			}
			inside, err := cut(text[i : i+1+end+1])
			if err != nil {
				return nil, "", err
			}
			for _, p := range inside {
				p.line += line - 1
				out = append(out, p)
			}
			i += end + 1
		}
	}
	return nil, "", fmt.Errorf("line %d: a string has no end", line)
}

// closing returns where the parenthesis is that closes the first one.
func closing(text string) int {
	depth := 0
	for i, r := range text {
		switch r {
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return -1
}

var (
	commandName = regexp.MustCompile(`^[A-Za-z]+-[A-Za-z]`)
	keywords    = strings.Fields("if elseif else foreach in while return throw try catch finally")
	closes      = map[string]string{"(": ")", "{": "}", "[": "]"}
)

// level is what is open at one depth of brackets.
type level struct {
	closes    string
	start     bool // a command may begin here
	command   int  // index of the call whose arguments follow, -1 for none
	declares  string
	parameter bool // the brackets of param
}

// readScript finds the commands of a script. They stand where a statement, a part of a
// pipeline or a bracket begins, or behind "=".
func readScript(text string) (script, error) {
	all, err := cut(text)
	if err != nil {
		return script{}, err
	}
	s := script{functions: map[string][]string{}}
	open := []level{{start: true, command: -1}}
	for i, p := range all {
		top := &open[len(open)-1]
		switch {
		case closes[p.kind] != "":
			inner := level{closes: closes[p.kind], start: p.kind != "[", command: -1, declares: top.declares}
			inner.parameter = p.kind == "(" && i > 0 && all[i-1].text == "param"
			top.start = false
			open = append(open, inner)
		case p.kind == ")" || p.kind == "}" || p.kind == "]":
			if top.closes != p.kind {
				return script{}, fmt.Errorf("line %d: %s closes nothing", p.line, p.kind)
			}
			open = open[:len(open)-1]
			if p.kind == "}" && len(open) == 1 {
				open[0].declares = ""
			}
		case p.kind == "\n" || p.kind == ";" || p.kind == "|" || p.kind == "=":
			top.start, top.command = true, -1
		case p.kind == "word" && slices.Contains(keywords, p.text) && top.command < 0:
			top.start = true
		case p.kind == "word" && i > 0 && all[i-1].text == "function":
			top.declares, s.functions[p.text] = p.text, []string{}
		case p.kind == "word" && top.start && commandName.MatchString(p.text):
			s.uses = append(s.uses, use{line: p.line, name: p.text})
			top.start, top.command = false, len(s.uses)-1
		case p.kind == "parameter" && top.command >= 0:
			call := &s.uses[top.command]
			call.parameters = append(call.parameters, p.text[1:])
		case p.kind == "variable" && top.parameter && top.declares != "" && !strings.Contains(all[i-1].text, "="):
			s.functions[top.declares] = append(s.functions[top.declares], p.text[1:])
			top.start = false
		default:
			top.start = false
		}
	}
	if len(open) > 1 {
		return script{}, fmt.Errorf("%d brackets are open at the end", len(open)-1)
	}
	return s, nil
}
