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

// ErrRefused says that there is no letter for a profile that no phone installs.
var ErrRefused = errors.New("the phone refuses this profile")

// Paragraph is one of a letter, on one line.
type Paragraph struct {
	Number int // from 1, of a step; 0 for any other
	Text   string
}

// Letter writes to the user what [Explain] found, in plain words: what to do in which
// order, which certificate to choose, and whom to ask. It holds no secret. The error
// wraps ErrRefused where the phone would not install the profile.
func (s *Story) Letter() ([]Paragraph, error) {
	if s.Refused {
		return nil, fmt.Errorf("%w: there is nothing to write to the user", ErrRefused)
	}
	parts, err := template.ParseFS(templates.Files, "letters/install.txt")
	if err != nil {
		return nil, fmt.Errorf("reading the letter: %w", err)
	}
	l := &letter{story: s, parts: parts}
	l.write()
	return l.all, l.err
}

// letter gathers paragraphs; the first error stays.
type letter struct {
	story  *Story
	parts  *template.Template
	all    []Paragraph
	number int
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
	return s.Kind
}

func (l *letter) asks(kind PromptKind) bool {
	return slices.ContainsFunc(l.story.Steps, func(s Step) bool { return s.asks == kind })
}

// step adds a numbered paragraph where the letter has a part for it. A warning that
// comes twice is told once.
func (l *letter) step(name string) {
	if l.parts.Lookup(name) == nil {
		return
	}
	text := l.text(name)
	if text == "" || len(l.all) > 0 && l.all[len(l.all)-1].Text == text {
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
