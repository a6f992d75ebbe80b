package entra

import (
	"regexp"
	"strings"
)

// appendProxy appends the mail address of a value of proxyAddresses: what stands
// after SMTP: (the primary one) or smtp:. Values of other types (X500:, SIP:,
// EUM:) are no mail addresses.
func appendProxy(list []string, value string) []string {
	value = strings.TrimSpace(value)
	prefix, address, typed := strings.Cut(value, ":")
	switch {
	case !typed && strings.Contains(value, "@"):
		return append(list, value) // some exports leave the type out
	case typed && strings.EqualFold(prefix, "smtp") && address != "":
		return append(list, address)
	}
	return list
}

// nextProxy finds where the Microsoft 365 admin center's export goes on, which
// joins values with +, a character that addresses may hold.
var nextProxy = regexp.MustCompile(`\+(?i:smtp|sip|x500|x400|eum|spo|mrs|notes):`)

// splitProxies takes a cell apart that holds several values.
func splitProxies(cell string) []string {
	if strings.Contains(cell, "+") {
		cell = nextProxy.ReplaceAllStringFunc(cell, func(s string) string { return "\n" + s[1:] })
	}
	return strings.FieldsFunc(cell, func(r rune) bool { return strings.ContainsRune(";,|\r\n\t ", r) })
}

// splitIDs takes a cell apart that holds several certificateUserIds. Names in
// them hold commas and may hold semicolons, so each begins at its prefix.
func splitIDs(cell string) []string {
	ids := []string{}
	for i := 0; i < len(cell); {
		end := len(cell)
		if next := strings.Index(cell[i+1:], idPrefix+"<"); next >= 0 {
			end = i + 1 + next
		}
		if id := strings.Trim(cell[i:end], "|;,[]\"\r\n\t "); id != "" {
			ids = append(ids, id)
		}
		i = end
	}
	return ids
}
