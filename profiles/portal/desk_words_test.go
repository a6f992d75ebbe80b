package portal

import (
	"strings"
	"testing"
)

// What stands in records in English is read in the language of the page.
func TestDeskWords(t *testing.T) {
	pages, err := loadPages()
	if err != nil {
		t.Fatal(err)
	}
	for code, test := range map[string]struct{ admin, command, at, subject, status string }{
		"en": {"the local admin", "the command line", "root (command line)", "account s-1", "iPhone: made, Android: failed"},
		"de": {"lokaler Admin", "Befehlszeile", "root (Befehlszeile)", "Konto s-1", "iPhone: erstellt, Android: fehlgeschlagen"},
		"ja": {"ローカル管理者", "コマンドライン", "root（コマンドライン）", "アカウント s-1", "iPhone：作成済み、Android：失敗"},
	} {
		l := pages.languages[code]
		for got, want := range map[string]string{
			string(l.Person(localAdmin)):                          test.admin,
			string(l.Person("command line")):                      test.command,
			string(l.Person("root (command line)")):               test.at,
			string(l.Person("subject s-1")):                       test.subject,
			string(l.Person("helen@contoso.com")):                 "helen@contoso.com",
			string(l.Person("<b>")):                               "&lt;b&gt;",
			string(l.RolloutStatus("ios: done, android: failed")): test.status,
			string(l.RolloutStatus("ios: <b>")):                   `<span lang="en">ios: &lt;b&gt;</span>`,
		} {
			if got != want {
				t.Errorf("%s: %q, want %q", code, got, want)
			}
		}
		for _, status := range []string{"done", "kept", "failed", "skipped", "left"} {
			for _, platform := range []string{"ios", "android"} {
				if got := string(l.RolloutStatus(platform + ": " + status)); strings.Contains(got, "<span") {
					t.Errorf("%s: %s", code, got)
				}
			}
		}
	}
	if got := string(pages.languages["en"].Broken(longName)); strings.ReplaceAll(got, "<wbr>", "") != longName || !strings.Contains(got, "<wbr>@") {
		t.Errorf("a long name: %s", got)
	}
}
