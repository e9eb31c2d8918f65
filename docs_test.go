package postern_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/op"
)

// TestCompatibilityPage holds that docs/compatibility.md lists every operation
// of the contract. POSTERN_WRITE_DOCS=1 writes the table anew.
func TestCompatibilityPage(t *testing.T) {
	t.Parallel()
	const file, begin, end = "docs/compatibility.md", "<!-- operations -->\n", "<!-- end -->"
	page, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, _ := strings.Cut(string(page), begin)
	old, after, found := strings.Cut(rest, end)
	if !found {
		t.Fatalf("%s lacks its markers", file)
	}
	table := operationTable()
	if old == table {
		return
	}
	if os.Getenv("POSTERN_WRITE_DOCS") == "" {
		t.Fatalf("%s is not up to date; write it with POSTERN_WRITE_DOCS=1 go test -run TestCompatibilityPage .", file)
	}
	if err := os.WriteFile(file, []byte(before+begin+table+end+after), 0o600); err != nil {
		t.Fatal(err)
	}
}

func operationTable() string {
	var b strings.Builder
	b.WriteString("\n| operation | route | outcomes besides OK |\n|---|---|---|\n")
	for _, f := range op.Fields(new(core.Core), "cdi") {
		fails := make([]string, len(f.Fails))
		for i, s := range f.Fails {
			fails[i] = "`" + string(s) + "`"
		}
		own := ""
		if f.Tag.Get("ext") == "true" {
			own = " (Postern's own)"
		}
		fmt.Fprintf(&b, "| %s%s | `%s %s` | %s |\n", f.Name, own, f.Method, f.Path, strings.Join(fails, " "))
	}
	b.WriteString("\n")
	return b.String()
}
