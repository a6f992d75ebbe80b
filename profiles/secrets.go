package profiles

import (
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode"
)

// secretWords are the words that say of a name that its value opens something.
var secretWords = []string{
	"password", "passwords", "passwd", "passwds", "pwd", "passphrase", "passphrases", "passcode", "passcodes",
	"psk", "secret", "secrets", "token", "tokens",
}

// secretEndings are those of them that count at the end of a word that is written
// together, such as adminpassword.
var secretEndings = []string{"password", "passwd", "passphrase", "passcode", "secret"}

// aboutBefore and aboutAfter are the words that make a name one of a rule or a fact
// about secrets: minPassword, passwordLength, tokenUrl.
var (
	aboutBefore = []string{
		"allow", "allowed", "clear", "disable", "disallow", "do", "enable", "enforce", "has", "hide", "is", "max", "maximum",
		"min", "minimum", "prompt", "remember", "require", "required", "save", "show", "use",
	}
	aboutAfter = []string{
		"age", "allowed", "attempt", "attempts", "complexity", "count", "days", "disabled", "enabled", "endpoint", "expiration",
		"expires", "expiry", "field", "format", "hint", "history", "id", "interval", "label", "length", "lifetime", "manager",
		"max", "maximum", "min", "minimum", "name", "policies", "policy", "prompt", "protected", "protection", "quality",
		"required", "requirement", "requirements", "retries", "rule", "rules", "strength", "timeout", "type", "uri", "url",
		"visibility", "visible",
	}
)

// NamesPassword reports whether the name of a key says that its value opens something:
// a password, a passphrase, a secret or a token is a word of it, in camel case
// (adminPassword) or with anything but letters between the words (api_token_2), and the
// rest of the name does not make it a rule about one (minPassword, passwordLength).
// What the name of a key says is an inference.
func NamesPassword(key string) bool {
	words := wordsOf(key)
	last := -1
	for i, w := range words {
		if slices.Contains(secretWords, w) || slices.ContainsFunc(secretEndings, func(end string) bool { return strings.HasSuffix(w, end) }) {
			last = i
		}
	}
	if last < 0 {
		return false
	}
	in := func(list []string) func(string) bool {
		return func(w string) bool { return slices.Contains(list, w) }
	}
	return !slices.ContainsFunc(words[:last], in(aboutBefore)) && !slices.ContainsFunc(words[last+1:], in(aboutAfter))
}

// wordsOf are the words of a name, in lower case. Capitals begin words, the last of
// several too if a small letter follows; what is no letter ends them.
func wordsOf(name string) []string {
	var words []string
	letters := []rune(name)
	begun := false
	for i, r := range letters {
		if !unicode.IsLetter(r) {
			begun = false
			continue
		}
		follows := i+1 < len(letters) && unicode.IsLower(letters[i+1])
		if !begun || unicode.IsUpper(r) && (unicode.IsLower(letters[i-1]) || follows) {
			words = append(words, "")
		}
		begun = true
		words[len(words)-1] += string(unicode.ToLower(r))
	}
	return joinPass(words)
}

// joinPass makes one word of pass and word, which some write as two.
func joinPass(words []string) []string {
	var all []string
	for _, w := range words {
		if n := len(all); n > 0 && all[n-1] == "pass" && (w == "word" || w == "words" || w == "phrase" || w == "code") {
			all[n-1] += w
			continue
		}
		all = append(all, w)
	}
	return all
}

// filledPattern is placeholders and nothing beside them but blanks.
var filledPattern = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^\s*(\{\{[^{}]*[^{}\s][^{}]*\}\}\s*)+$`) })

// FilledIn reports whether a value is nothing but placeholders, known or not, so that
// it holds no secret itself. Text beside a placeholder may be one.
func FilledIn(value string) bool {
	return strings.Contains(value, "{{") && filledPattern().MatchString(value)
}
