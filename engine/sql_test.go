package engine_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// forbidden is SQL that does not run on every database that this must run on,
// or not behind a transaction pooler.
var forbidden = map[string]*regexp.Regexp{
	"foreign keys":                  regexp.MustCompile(`(?i)\b(FOREIGN KEY|REFERENCES)\b`),
	"sequences":                     regexp.MustCompile(`(?i)\b(SEQUENCE|SERIAL|BIGSERIAL|IDENTITY|AUTOINCREMENT|NEXTVAL)\b`),
	"triggers and procedures":       regexp.MustCompile(`(?i)\b(TRIGGER|PROCEDURE|FUNCTION)\b`),
	"savepoints":                    regexp.MustCompile(`(?i)\bSAVEPOINT\b`),
	"TRUNCATE":                      regexp.MustCompile(`(?i)\bTRUNCATE\b`),
	"advisory locks":                regexp.MustCompile(`(?i)\bpg_(try_)?advisory`),
	"notifications":                 regexp.MustCompile(`(?i)\b(LISTEN|NOTIFY)\b`),
	"named prepared statements":     regexp.MustCompile(`(?i)\b(PREPARE|DEALLOCATE)\b`),
	"row locks without the dialect": regexp.MustCompile(`(?i)\bFOR (NO KEY )?(UPDATE|SHARE)\b`),
	"the clock of the database":     regexp.MustCompile(`(?i)\b(NOW\(|CURRENT_TIMESTAMP|CURRENT_DATE|DATETIME\()`),
	"parameters that are not $n":    regexp.MustCompile(`[=<>(,]\s*\?`),
	"one database's own syntax":     regexp.MustCompile(`(?i)(::|\bILIKE\b|\bJSONB\b|= ANY\b|\bGLOB\b|\bROWID\b|\bPRAGMA\b|\bREPLACE INTO\b)`),
	"keys that do not begin with the app": regexp.MustCompile(
		`(?i)(PRIMARY KEY|UNIQUE|ON \w+) \((?:[^a(]|a[^p])[^)]*\)`),
}

var (
	statement = regexp.MustCompile(`^\s*(SELECT|INSERT|UPDATE|DELETE|WITH|CREATE|ALTER|DROP) `)
	noApp     = regexp.MustCompile(`^SELECT (1$|app_id FROM apps ORDER)`) // that may leave the app out
)

// TestSQL reads every statement in the engine: those in Go and the migrations.
func TestSQL(t *testing.T) {
	t.Parallel()
	all := map[string][]string{}
	err := filepath.WalkDir(".", func(path string, _ fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case strings.HasSuffix(path, ".sql"):
			text, err := os.ReadFile(path)
			all[path] = strings.Split(regexp.MustCompile(`--.*`).ReplaceAllString(string(text), ""), ";")
			return err
		case strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, "_test.go") && !strings.HasPrefix(path, "enginetest") && !strings.Contains(path, "dbtest"):
			all[path], err = statementsIn(path)
			return err
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for path, statements := range all {
		for _, s := range statements {
			n++
			for what, pattern := range forbidden {
				if found := pattern.FindString(s); found != "" {
					t.Errorf("%s: no %s, please: %q in %q", path, what, found, s)
				}
			}
			if !strings.HasSuffix(path, ".sql") && !strings.Contains(s, "app_id") && !noApp.MatchString(s) {
				t.Errorf("%s: a statement without the app: %q", path, s)
			}
		}
	}
	if n < 100 {
		t.Errorf("only %d statements were found: the test looks in the wrong place", n)
	}
}

// statementsIn returns the texts in a Go file that are SQL. Concatenations
// count as one, without what is not a literal.
func statementsIn(path string) (found []string, err error) {
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
	if err != nil {
		return nil, err
	}
	ast.Inspect(file, func(n ast.Node) bool {
		expr, ok := n.(ast.Expr)
		if !ok {
			return true
		}
		text, isText := literal(expr)
		if isText && statement.MatchString(text) {
			found = append(found, text)
		}
		return !isText
	})
	return found, nil
}

func literal(expr ast.Expr) (string, bool) {
	switch e := expr.(type) {
	case *ast.BasicLit:
		text, err := strconv.Unquote(e.Value)
		return text, err == nil && e.Kind == token.STRING
	case *ast.BinaryExpr:
		left, a := literal(e.X)
		right, b := literal(e.Y)
		return left + right, e.Op == token.ADD && (a || b)
	}
	return "", false
}
