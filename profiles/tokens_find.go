package profiles

import "slices"

// Tokens lists the placeholders in a text, known or not, each as often as it is there.
func Tokens(text string) []string { return tokensOf(text) }

// IntuneToken says whether Intune fills a placeholder in, and if not, which of its own
// may have been meant; "" for none.
func IntuneToken(token string) (known bool, meant string) {
	if slices.ContainsFunc(IntuneTokens, func(t Token) bool { return t.Text == token }) {
		return true, ""
	}
	return false, nearestToken(token)
}
