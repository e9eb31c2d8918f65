package postern_test

import (
	"errors"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// TestSamples holds that the Go code in README.md and docs compiles: what it
// does not declare itself is declared in testdata/sample.go.
func TestSamples(t *testing.T) {
	t.Parallel()
	frame, err := os.ReadFile("testdata/sample.go")
	if err != nil {
		t.Fatal(err)
	}
	pages, err := filepath.Glob("docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	fset := token.NewFileSet()
	var files []*ast.File
	for _, page := range append(pages, "README.md") {
		for _, code := range samples(t, page) {
			file, err := parser.ParseFile(fset, "", framed(string(frame), code), parser.SkipObjectResolution)
			if err != nil {
				t.Error(err)
				continue
			}
			files = append(files, file)
		}
	}
	check := types.Config{Importer: compiled(t, fset, files[0].Imports), Error: func(err error) {
		var e types.Error
		if errors.As(err, &e) && !e.Soft { // a sample need not use all that it declares
			t.Error(err)
		}
	}}
	for _, file := range files {
		_, _ = check.Check("sample", fset, []*ast.File{file}, nil)
	}
}

var goCode = regexp.MustCompile("(?ms)^```go\n(.*?)^```$")

// samples returns the Go code of a page. Errors in it are told by its lines; a
// line that is only an ellipsis stands for code that is left out.
func samples(t *testing.T, page string) (all []string) {
	t.Helper()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	for _, at := range goCode.FindAllSubmatchIndex(text, -1) {
		line := strings.Count(string(text[:at[2]]), "\n") + 1
		code := strings.ReplaceAll("\n"+string(text[at[2]:at[3]]), "\n…\n", "\n\n")
		all = append(all, fmt.Sprintf("\n//line %s:%d%s", page, line, code))
	}
	return all
}

// framed puts a sample into the function of the frame, or, if it is a function
// itself, beside that.
func framed(frame, code string) string {
	if strings.Contains(code, "\nfunc ") {
		return frame + code
	}
	head, tail, _ := strings.Cut(frame, "\n\t{\n")
	return head + "\n\t{\n" + code + tail
}

// compiled finds packages, and those that they depend on.
func compiled(t *testing.T, fset *token.FileSet, imports []*ast.ImportSpec) types.Importer {
	t.Helper()
	args := []string{"list", "-export", "-deps", "-f", "{{.ImportPath}} {{.Export}}"}
	for _, i := range imports {
		path, _ := strconv.Unquote(i.Path.Value)
		args = append(args, path)
	}
	out, err := exec.CommandContext(t.Context(), "go", args...).Output()
	if err != nil {
		t.Fatal(err)
	}
	exports := map[string]string{}
	for line := range strings.Lines(string(out)) {
		path, file, _ := strings.Cut(strings.TrimSpace(line), " ")
		exports[path] = file
	}
	return importer.ForCompiler(fset, "gc", func(path string) (io.ReadCloser, error) { return os.Open(exports[path]) })
}
