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
		{`^delivery$`, `^(` + module + `/(recipe|engine|cdi|fdi|ui|connect)|` + module + `$|database/sql$)`},
	}
	for pkg, deps := range dependencies(t) {
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
	const recipes = module + "/recipe/"
	for pkg, deps := range dependencies(t) {
		if !strings.HasPrefix(pkg, "recipe/") {
			continue
		}
		for _, dep := range deps {
			name, ok := strings.CutPrefix(dep, recipes)
			if ok && name != "session" && name != "signin" && !strings.HasPrefix(dep, module+"/"+pkg) {
				t.Errorf("%q must not depend on %s", pkg, dep)
			}
		}
	}
}

// dependencies are those of every package here, direct and indirect. Packages
// are named from the root of the module.
func dependencies(t *testing.T) map[string][]string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-f", `{{.ImportPath}} {{join .Deps " "}}`, "./...").Output()
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][]string{}
	for line := range strings.Lines(string(out)) {
		pkg, deps, _ := strings.Cut(strings.TrimSpace(line), " ")
		all[strings.TrimPrefix(strings.TrimPrefix(pkg, module), "/")] = strings.Fields(deps)
	}
	return all
}
