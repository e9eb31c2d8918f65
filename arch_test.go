package postern_test

import (
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

const module = "github.com/posternauth/postern"

// TestArchitecture holds the dependency rules of docs/architecture.md: which
// package may not depend, even indirectly, on what.
func TestArchitecture(t *testing.T) {
	t.Parallel()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-f", `{{.ImportPath}} {{join .Deps " "}}`, "./...").Output()
	if err != nil {
		t.Fatal(err)
	}
	rules := []struct{ from, not string }{
		{`^op$`, `^(` + module + `|.*\..*/)`}, // only the standard library
		{`^core$`, `^(` + module + `/(recipe|engine|cdi|fdi|ui|delivery|connect|claim)|` + module + `$|net/http$|database/sql$)`},
		{`^engine(/internal/.*)?$`, `^(` + module + `/(recipe|cdi|fdi|ui|delivery|connect)|` + module + `$|net/http$)`},
		{`^cdi$`, `^(` + module + `/(recipe|engine|fdi|ui|delivery|connect)|` + module + `$|database/sql$)`},
		{`^(fdi|claim)$`, `^(` + module + `/(recipe|engine|cdi|ui|delivery|connect)|` + module + `$|database/sql$)`},
		{`^$`, `^(` + module + `/(recipe|engine|cdi|ui|delivery|connect)|database/sql$)`},
		{`^recipe/session$`, `^` + module + `/recipe/`},
		{`^recipe/`, `^(` + module + `/(engine|cdi|ui|connect)|database/sql$)`},
		{`^(lambda|ui)$`, `^(` + module + `/(recipe|engine|cdi|connect)|database/sql$)`},
		{`^internal/lambdalocal$`, `^(` + module + `/(lambda|recipe|engine|cdi|fdi|ui|connect)|` + module + `$|database/sql$)`},
		{`^delivery$`, `^(` + module + `/(recipe|engine|cdi|fdi|ui|connect)|` + module + `$|database/sql$)`},
	}
	for line := range strings.Lines(string(out)) {
		pkg, deps, _ := strings.Cut(strings.TrimSpace(line), " ")
		pkg = strings.TrimPrefix(strings.TrimPrefix(pkg, module), "/")
		for _, r := range rules {
			if !regexp.MustCompile(r.from).MatchString(pkg) {
				continue
			}
			not := regexp.MustCompile(r.not)
			for dep := range strings.FieldsSeq(deps) {
				if not.MatchString(dep) && dep != module+"/"+pkg {
					t.Errorf("%q must not depend on %s", pkg, dep)
				}
			}
		}
	}
}

// TestOneImporter holds libraries to the one package that knows them, so that
// the others can do without.
func TestOneImporter(t *testing.T) {
	t.Parallel()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-f", `{{.ImportPath}} {{join .Imports " "}}`, "./...").Output()
	if err != nil {
		t.Fatal(err)
	}
	for library, only := range map[string]string{
		"github.com/aws/aws-lambda-go/": module + "/lambda",
		"github.com/aws/aws-sdk-go-v2/": module + "/connect/awstoken",
	} {
		for line := range strings.Lines(string(out)) {
			pkg, imports, _ := strings.Cut(strings.TrimSpace(line), " ")
			if strings.Contains(" "+imports, " "+library) != (pkg == only) {
				t.Errorf("%s is for %s alone; %s imports %s", library, only, pkg, imports)
			}
		}
	}
}
