package templates_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// grammarFolder names the variable that points at a folder whose node_modules hold
// web-tree-sitter and tree-sitter-powershell.
const grammarFolder = "EASKIT_POWERSHELL_GRAMMAR"

// TestPowerShellGrammar lets a parser of others judge the scripts, with data inside: they
// fit the grammar, and call what the reader of these tests finds in them.
func TestPowerShellGrammar(t *testing.T) {
	dir := t.TempDir()
	var want, paths []string
	for name, text := range scripts(t) {
		text = filled(name, text)
		paths = append(paths, write(t, dir, name, text))
		s, err := readScript(text)
		if err != nil {
			t.Fatal(name, err)
		}
		for _, u := range s.uses {
			want = append(want, fmt.Sprintf("call\t%s\t%d\t%s", name, u.line, strings.Join(append([]string{u.name}, u.parameters...), " ")))
		}
	}
	got := judge(t, paths...)
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("the parser finds\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// TestPowerShellGrammarFindsErrors shows that the judge above does judge.
func TestPowerShellGrammarFindsErrors(t *testing.T) {
	dir := t.TempDir()
	broken := map[string]string{
		"bracket": "if ($true) {\n  Out-Null\n",
		"string":  "Write-Host -Object 'a\n",
		"comma":   "$x = @('a',, 'b',)\n",
		"catch":   "try { Out-Null } catch Out-Null\n",
	}
	var paths []string
	for name, text := range broken {
		paths = append(paths, write(t, dir, name, text))
	}
	got := judge(t, paths...)
	for name, text := range broken {
		if !slices.ContainsFunc(got, func(line string) bool { return strings.HasPrefix(line, "error\t"+name) }) {
			t.Errorf("%s: %q passes", name, text)
		}
	}
}

func write(t *testing.T, dir, name, text string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// judge returns what the parser prints about files, by line.
func judge(t *testing.T, paths ...string) []string {
	t.Helper()
	folder := os.Getenv(grammarFolder)
	if folder == "" {
		t.Skip(grammarFolder + " is not set to a folder with web-tree-sitter and tree-sitter-powershell")
	}
	if _, err := exec.LookPath("node"); err != nil {
		t.Skip("node is not on PATH")
	}
	out, err := exec.Command("node", append([]string{"testdata/powershell-grammar.cjs", folder}, paths...)...).CombinedOutput()
	if err != nil {
		t.Fatalf("node: %v\n%s", err, out)
	}
	return strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
}
