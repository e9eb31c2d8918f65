package postern_test

import (
	"bytes"
	"cmp"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
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

// floors are the rooms of the engine from the ground up: a room knows only those
// below its floor. A package that is not named here is a feature, above all of
// them, and a new one need not be added.
var floors = [][]string{
	{"db", "password", "setting", "token"}, // no feature, and no app
	{"background", "kernel"},
	{"keys", "person", "tenancy"},
}

const (
	engineRooms = "engine/internal/"
	// mostFloors are all there may be: those named, the features, the engine.
	mostFloors = 6
	// mostLines bounds a room, without its tests.
	mostLines = 1500
)

// TestRooms holds the rooms of the engine apart.
func TestRooms(t *testing.T) {
	t.Parallel()
	if len(floors)+2 > mostFloors {
		t.Errorf("%d floors, at most %d", len(floors)+2, mostFloors)
	}
	floorOf := func(room string) int {
		at := slices.IndexFunc(floors, func(rooms []string) bool { return slices.Contains(rooms, room) })
		if at < 0 {
			return len(floors)
		}
		return at
	}
	for pkg, imports := range packages(t, "Imports") {
		room, inside := strings.CutPrefix(pkg, engineRooms)
		if !inside || strings.HasSuffix(room, "test") { // dbtest and roomtest are for tests
			continue
		}
		for _, dep := range imports {
			below, ours := strings.CutPrefix(dep, module+"/"+engineRooms)
			if ours && floorOf(below) >= floorOf(room) {
				t.Errorf("the room %s must not know %s, which is not below it", room, below)
			}
			if dep == module+"/engine" {
				t.Errorf("the room %s must not know the engine", room)
			}
		}
		if n := lines(t, pkg); n > mostLines {
			t.Errorf("the room %s has %d lines, at most %d: take a part out of it", room, n, mostLines)
		}
	}
	if n := lines(t, "engine"); n > 600 {
		t.Errorf("the engine has %d lines: it only opens and composes", n)
	}
}

// lines counts the lines of a package without its tests.
func lines(t *testing.T, pkg string) (n int) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(pkg, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		n += bytes.Count(source, []byte("\n"))
	}
	return n
}

// homes are where a kind of text is read and compared. Elsewhere another rule
// for the same thing would be a hole.
var homes = []struct {
	what string
	code *regexp.Regexp // that compares it
	home []string
}{
	{
		"email addresses", regexp.MustCompile(`(?i)(EqualFold|ToLower)\([^)\n]*(email|address|\.To\b)`),
		[]string{"internal/address/normal.go", "engine/internal/user/search.go"}, // which looks for beginnings of addresses
	},
	{
		"client addresses", regexp.MustCompile(`netip\.ParseAddr(Port)?\(|net\.ParseIP\(`),
		[]string{
			"limits.go", "lambda/decode.go", // whom a request comes from
			"internal/outbound/outbound.go", "internal/urls/urls.go", "internal/localonly/localonly.go", "delivery/config.go", // hosts, not clients
		},
	},
	{
		"tenant ids", regexp.MustCompile(`(?i)(EqualFold|ToLower|ToUpper)\([^)\n]*tenant`),
		nil,
	},
	{
		"words of paths that are no tenants", regexp.MustCompile(`"recipe", "config", "users"`),
		[]string{"core/identifier.go"},
	},
}

// TestOneMeaning holds that addresses, tenants and clients are compared in one
// place each.
func TestOneMeaning(t *testing.T) {
	t.Parallel()
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() && (strings.HasPrefix(d.Name(), ".") && path != "." || d.Name() == "node_modules") {
			return cmp.Or(err, fs.SkipDir)
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || strings.HasPrefix(path, "internal/guards/") {
			return nil
		}
		source, err := os.ReadFile(path)
		for _, h := range homes {
			if at := h.code.Find(source); at != nil && !slices.Contains(h.home, filepath.ToSlash(path)) {
				t.Errorf("%s compares %s by itself: %s", path, h.what, at)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
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
