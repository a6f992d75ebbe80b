package schema

import (
	"fmt"

	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/ios/plist"
)

// warn notes what phones pass over, at a key.
func (w *walk) warn(word string, at plist.Position, fix, format string, args ...any) {
	w.add(Issue{Word: word, Severity: preflight.StatusWarn, Message: w.says(format, args...), Fix: fix, At: at})
}

// says is a clause about the key that is looked at.
func (w *walk) says(format string, args ...any) string {
	return label(w.where()) + " " + fmt.Sprintf(format, args...)
}

// support judges whether the phone's version knows a key. A value that says what
// holds without the key is harmless where the key is not known.
func (w *walk) support(k *Key, e *plist.Entry) {
	if k.Supervised && !k.isDefault(e.Value) {
		w.warn(WordSupervised, e.At, "Leave it out, unless the phones are supervised.", "counts on supervised phones only")
	}
	if w.ios.IsZero() {
		return
	}
	if k.Introduced.After(w.ios) && !k.isDefault(e.Value) {
		w.warn(WordTooNew, e.At, fmt.Sprintf("Do not rely on it before iOS %s.", k.Introduced), "is known since iOS %s: iOS %s passes over it", k.Introduced, w.ios)
	}
	if !k.Deprecated.IsZero() && !k.Deprecated.After(w.ios) {
		fix := "Leave it out."
		if k.Replacement != "" {
			fix = fmt.Sprintf("Use %s in its place.", k.Replacement)
		}
		w.warn(WordDeprecated, e.At, fix, "is deprecated since iOS %s", k.Deprecated)
	}
	if !k.Removed.IsZero() && !k.Removed.After(w.ios) {
		w.warn(WordRemoved, e.At, "Leave it out.", "is no longer in Apple's schema as of iOS %s", k.Removed)
	}
}

func (w *walk) notIOS(e *plist.Entry) {
	w.warn(WordNotIOS, e.At, "Leave it out, or keep it for other systems.", "is for macOS only: phones do not know it")
}

func (w *walk) undocumented(e *plist.Entry) {
	w.add(Issue{
		Word: WordUnknown, Severity: preflight.StatusWarn, Basis: preflight.Observed, Message: w.says("is not in Apple's schema, though phones were seen to read it"),
		Fix: "Leave it out: Apple promises nothing about it.", At: e.At,
	})
}

// unknown notes a key that is in no table, and the one that may be meant.
func (w *walk) unknown(e *plist.Entry, absent []string) {
	w.push(step{name: e.Key})
	defer w.pop()
	if near := preflight.Nearest(e.Key, absent); near != "" {
		w.warn(WordMisspelt, e.At, fmt.Sprintf("Write it as %s, or leave it out.", label(near)), "is not in Apple's schema of %s: phones pass over it; did you mean %s?", w.table.name(), label(near))
		return
	}
	w.warn(WordUnknown, e.At, "Leave it out.", "is not in Apple's schema of %s: phones pass over it", w.table.name())
}

// name is what a table is called in a sentence.
func (p *Payload) name() string {
	if p == &top {
		return "the top level"
	}
	return p.Type
}

// payload judges whether the phone knows a payload at all.
func (w *walk) payload(p *Payload, n *plist.Node) {
	w.push(step{name: "PayloadType"})
	defer w.pop()
	about := Issue{Severity: preflight.StatusWarn, At: n.Get("PayloadType").At, Source: p.source()}
	if p.NotIOS {
		about.Word, about.Fix = WordNotIOS, "Leave the payload out, or keep it for Macs."
		about.Message = w.says("is %s, which is for macOS only", p.Type)
		w.add(about)
	}
	if p.Supervised {
		about.Word, about.Fix = WordSupervised, "Leave the payload out, unless the phones are supervised."
		about.Message = w.says("is %s, which counts on supervised phones only", p.Type)
		w.add(about)
	}
	if !w.ios.IsZero() && p.Introduced.After(w.ios) {
		about.Word, about.Severity = WordPayloadTooNew, preflight.StatusFail
		about.Fix = fmt.Sprintf("Give phones before iOS %s a profile without it, or say --ios %d if none is to be served.", p.Introduced, p.Introduced.Major)
		about.Message = w.says("is %s, which is known since iOS %s: iOS %s does not have it", p.Type, p.Introduced, w.ios)
		w.add(about)
	}
}

// otherPayload judges a payload without a table.
func (w *walk) otherPayload(n *plist.Node) {
	v := n.Get("PayloadType")
	if !v.Is(plist.String) || v.Text == "" || Known(v.Text) {
		return
	}
	w.push(step{name: "PayloadType"})
	defer w.pop()
	i := Issue{
		Word: WordUnknownType, Severity: preflight.StatusWarn, Message: w.says("is %q, which is not in Apple's schema", clip(v.Text)),
		Fix: "Leave the payload out.", At: v.At, Source: sourceFolder,
	}
	if near := nearType(v.Text); near != "" {
		i.Message += fmt.Sprintf("; did you mean %s?", near)
		i.Fix = fmt.Sprintf("Write it as %s, or leave the payload out.", near)
	}
	w.add(i)
}
