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
	for pkg, deps := range packages(t, "Deps") {
		for _, r := range rules {
			if !regexp.MustCompile(r.from).MatchString(pkg) {
				continue
			}
			not := regexp.MustCompile(r.not)
			for _, dep := range deps {
				if not.MatchString(dep) && dep != module+"/"+pkg {
					t.Errorf("%q must not depend on %s", pkg, dep)
				}
			}
		}
	}
}

// TestRecipesMeetByInterfaces holds that recipes know the sessions and what
// sign-ins have in common, and not each other.
func TestRecipesMeetByInterfaces(t *testing.T) {
	t.Parallel()
	for pkg, deps := range packages(t, "Deps") {
		if !strings.HasPrefix(pkg, "recipe/") {
			continue
		}
		for _, dep := range deps {
			name, ok := strings.CutPrefix(dep, module+"/recipe/")
			if ok && name != "session" && name != "signin" && !strings.HasPrefix(dep, module+"/"+pkg) {
				t.Errorf("%q must not depend on %s", pkg, dep)
			}
		}
	}
}

// TestOneImporter holds libraries to the one package that knows them, so that
// the others can do without.
func TestOneImporter(t *testing.T) {
	t.Parallel()
	for library, only := range map[string]string{
		"github.com/aws/aws-lambda-go/": "lambda",
		"github.com/aws/aws-sdk-go-v2/": "connect/awstoken",
	} {
		for pkg, imports := range packages(t, "Imports") {
			if strings.Contains(" "+strings.Join(imports, " "), " "+library) != (pkg == only) {
				t.Errorf("%s is for %s alone; %s imports %s", library, only, pkg, imports)
			}
		}
	}
}

// packages lists for every package here, named from the root of the module,
// its Imports or all its Deps.
func packages(t *testing.T, list string) map[string][]string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-f", `{{.ImportPath}} {{join .`+list+` " "}}`, "./...").Output()
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][]string{}
	for line := range strings.Lines(string(out)) {
		pkg, listed, _ := strings.Cut(strings.TrimSpace(line), " ")
		all[strings.TrimPrefix(strings.TrimPrefix(pkg, module), "/")] = strings.Fields(listed)
	}
	return all
}
