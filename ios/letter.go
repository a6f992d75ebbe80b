package ios

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"text/template"

	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/templates"
)

// Why there is no letter: no phone installs the profile, or it holds placeholders that
// nobody fills in. See also [ErrEncrypted] and [ErrNoAccount].
var (
	ErrRefused  = errors.New("the phone refuses this profile")
	ErrUnfilled = errors.New("nobody fills in the placeholders of this profile")
)

// Paragraph is one of a letter, on one line.
type Paragraph struct {
	Number int // from 1, of a step; 0 for any other
	Text   string
}

// Letter writes to the user what [Explain] found, in plain words: what to do in which
// order, which certificate to choose, and whom to ask. It holds no secret. The error
// wraps ErrRefused where the phone would not install the profile, ErrEncrypted and
// ErrNoAccount where there is nothing to write of, and ErrUnfilled where the letter
// would be to a placeholder.
func (s *Story) Letter() ([]Paragraph, error) {
	if s.Refused {
		return nil, fmt.Errorf("%w: there is nothing to write to the user", ErrRefused)
	}
	if s.Encrypted {
		return nil, ErrEncrypted
	}
	if s.Auth == "" {
		return nil, ErrNoAccount
	}
	if len(s.Unfilled) > 0 {
		return nil, fmt.Errorf("%w: %s", ErrUnfilled, someOf(s.Unfilled))
	}
	parts, err := template.ParseFS(templates.Files, "letters/install.txt")
	if err != nil {
		return nil, fmt.Errorf("reading the letter: %w", err)
	}
	l := &letter{story: s, parts: parts, told: map[string]bool{}}
	l.write()
	return l.all, l.err
}

// letter gathers paragraphs; the first error stays.
type letter struct {
	story  *Story
	parts  *template.Template
	all    []Paragraph
	number int
	told   map[string]bool // steps, by their part
	err    error
}

func (l *letter) write() {
	l.say("subject")
	l.say("greeting")
	if l.story.ByMDM {
		l.say("intro-mdm")
	} else {
		intro := "intro"
		if l.story.Replaces {
			intro = "intro-replaces"
		}
		l.say(intro)
		l.needsIOS()
		if l.asks(AskP12) {
			l.say("password")
		}
		for _, step := range l.story.Steps {
			l.step("install." + l.part(step))
		}
	}
	for _, step := range l.story.After {
		l.step("after." + step.Kind)
	}
	if l.story.ByMDM {
		l.needsIOS()
	}
	for _, name := range []string{"recurs", "expires"} {
		if slices.ContainsFunc(l.story.After, func(s Step) bool { return s.Kind == name }) {
			l.say(name)
		}
	}
	l.say("help")
	l.say("numbers")
	l.say("closing")
}

// part names what a step is called in the letter: questions by what they ask.
func (l *letter) part(s Step) string {
	if s.asks == AskPassword && s.optional {
		return "password-optional"
	}
	if s.Kind == "prompt" {
		return string(s.asks)
	}
	if s.fetches {
		return "fetch"
	}
	return s.Kind
}

// needsIOS is for those whose phone may be too old.
func (l *letter) needsIOS() {
	if l.story.NeedsIOS != "" {
		l.say("needs-ios")
	}
}

func (l *letter) asks(kind PromptKind) bool {
	return slices.ContainsFunc(l.story.Steps, func(s Step) bool { return s.asks == kind })
}

// step adds a numbered paragraph where the letter has a part for it. A warning that
// comes twice is told once.
func (l *letter) step(name string) {
	if l.parts.Lookup(name) == nil || l.told[name] { // the same part is the same text
		return
	}
	l.told[name] = true
	text := l.text(name)
	if text == "" || slices.ContainsFunc(l.all, func(p Paragraph) bool { return p.Text == text }) {
		return
	}
	l.number++
	l.all = append(l.all, Paragraph{l.number, text})
}

func (l *letter) say(name string) {
	if text := l.text(name); text != "" {
		l.all = append(l.all, Paragraph{0, text})
	}
}

func (l *letter) text(name string) string {
	var b strings.Builder
	if err := l.parts.ExecuteTemplate(&b, name, l.story); err != nil && l.err == nil {
		l.err = fmt.Errorf("writing the letter: %w", err)
	}
	return preflight.Printable(strings.Join(strings.Fields(b.String()), " "))
}
