//go:build linux

package bench_test

import (
	"archive/zip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/posternauth/postern/authtest"
	"github.com/posternauth/postern/engine"
	"github.com/posternauth/postern/internal/lambdalocal"
	"github.com/posternauth/postern/internal/testdb"
	"github.com/posternauth/postern/lambda"
)

// BenchmarkAdapter verifies a session in a request that comes as the event of
// a REST API, beside the same handler without the event. What the events cost
// is overhead-us.
func BenchmarkAdapter(b *testing.B) {
	a := newApp(b, authtest.Config{}, func(*engine.Config) {})
	h := a.Sessions.Require(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, `{"status":"OK"}`)
	})
	token := signedIn(b, a)
	event := []byte(restEvent("GET", "/user", token, ""))
	f := lambda.Handler(h)
	r := httptest.NewRequestWithContext(b.Context(), http.MethodGet, "/user", http.NoBody)
	r.Header.Set("Authorization", "Bearer "+token)
	t := beside(b, times(func() {
		if out, err := f.Invoke(b.Context(), event); err != nil || !strings.Contains(string(out), `"statusCode":200`) {
			b.Fatal(string(out), err)
		}
	}), times(func() {
		w := httptest.NewRecorder()
		if h.ServeHTTP(w, r); w.Code != http.StatusOK {
			b.Fatal(w.Code)
		}
	}))
	b.ReportMetric((t.ours-t.bare)/1000, "overhead-us")
}

// restEvent is an event of a REST API as a browser's request makes it.
func restEvent(method, path, token, body string) string {
	headers := map[string]string{
		"Accept": "application/json", "content-type": "application/json", "Host": "a1b2c3d4e5.execute-api.us-east-1.amazonaws.com",
		"origin": "https://example.com", "rid": "anti-csrf", "fdi-version": "3.1", "st-auth-mode": "header",
		"User-Agent":      "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
		"X-Forwarded-For": "203.0.113.10", "X-Forwarded-Port": "443", "X-Forwarded-Proto": "https",
	}
	if token != "" {
		headers["Authorization"] = "Bearer " + token
	}
	multi := map[string][]string{}
	for name, value := range headers {
		multi[name] = []string{value}
	}
	e, err := json.Marshal(map[string]any{
		"resource": "/{proxy+}", "path": path, "httpMethod": method, "headers": headers, "multiValueHeaders": multi,
		"queryStringParameters": nil, "multiValueQueryStringParameters": nil, "stageVariables": nil,
		"pathParameters": map[string]string{"proxy": strings.TrimPrefix(path, "/")},
		"requestContext": map[string]any{
			"stage": "dev", "path": "/dev" + path, "httpMethod": method, "resourcePath": "/{proxy+}", "requestId": "7c2af7db", "protocol": "HTTP/1.1",
			"identity": map[string]any{"sourceIp": "203.0.113.10", "userAgent": "Mozilla/5.0", "user": nil, "accountId": nil, "caller": nil},
		},
		"body": body, "isBase64Encoded": false,
	})
	if err != nil {
		panic(err)
	}
	return string(e)
}

// contender is a function that is measured, as a whole process.
type contender struct {
	name string
	cfg  lambdalocal.RuntimeConfig
	zip  int64 // bytes

	init, verify, signUp, warm []time.Duration
	rss                        []int64
}

// BenchmarkLambda measures cold starts of whole processes behind the Runtime
// API: examples/lambda over SQLite and over PostgreSQL, and beside them the
// function of examples/node-lambda with `postern serve` as its core. A time
// goes from the start of the process to the answer. It needs PostgreSQL, Node
// and npm ci in e2e/.
func BenchmarkLambda(b *testing.B) {
	const rounds = 9
	all := contenders(b)
	for round := range rounds {
		for _, c := range all {
			c.measure(b, round)
		}
	}
	b.ReportMetric(0, "ns/op")
	for _, c := range all {
		b.Logf("%-12s init %5.0f ms, verify %5.0f ms, sign-up %5.0f ms, warm %6.2f ms, RSS %4.0f MB, zip %4.1f MB", c.name,
			ms(c.init), ms(c.verify), ms(c.signUp), ms(c.warm), mb(median(c.rss)), float64(c.zip)/1e6)
	}
	ours, node := all[1], all[2]
	b.ReportMetric(ms(ours.init)/ms(node.init), "init-of-node")
	b.ReportMetric(float64(median(ours.rss))/float64(median(node.rss)), "rss-of-node")
	b.ReportMetric(float64(ours.zip)/1e6, "zip-MB")
}

func contenders(b *testing.B) []*contender {
	b.Helper()
	modules := filepath.Join("..", "e2e", "node_modules")
	if _, err := os.Stat(modules); err != nil {
		b.Skip("npm ci in e2e/ comes first")
	}
	binary, folder, postgres := build(b), b.TempDir(), testdb.Postgres(b)
	command(b, binary, "migrate", "--db", postgres)
	zips := map[string]string{}
	for name, flags := range map[string][]string{"plain": nil, "sqlite": {"--sqlite"}} {
		zips[name] = filepath.Join(folder, name+".zip")
		command(b, binary, append([]string{"lambda", "build", "../examples/lambda", "--arch", runtime.GOARCH, "--out", zips[name]}, flags...)...)
	}
	node := filepath.Join(folder, "node")
	b.Setenv("NODE_PATH", absolute(b, modules))
	command(b, filepath.Join(modules, ".bin", "esbuild"), "../examples/node-lambda/index.mjs", "--bundle", "--minify", "--platform=node", "--format=cjs",
		"--log-level=error", "--outfile="+filepath.Join(node, "index.js"))
	nodeZip := filepath.Join(folder, "node.zip")
	pack(b, nodeZip, filepath.Join(node, "index.js"))
	loop := absolute(b, "../e2e/lambda-loop.mjs")
	env := func(more ...string) []string {
		return append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + folder, "STAGE=/dev", "API_DOMAIN=https://api.example.com", "WEBSITE_DOMAIN=https://example.com"}, more...)
	}
	secrets := []string{"GOOGLE_ID=a", "GOOGLE_SECRET=a", "GITHUB_ID=a", "GITHUB_SECRET=a", "APPLE_ID=a", "APPLE_KEY_ID=a", "APPLE_TEAM_ID=a", "APPLE_PRIVATE_KEY=a"}
	return []*contender{
		{name: "Go, SQLite", zip: size(b, zips["sqlite"]), cfg: lambdalocal.RuntimeConfig{Code: zips["sqlite"], Env: env("CORE_URI=sqlite:" + folder + "/app.db")}},
		{name: "Go, PG", zip: size(b, zips["plain"]), cfg: lambdalocal.RuntimeConfig{Code: zips["plain"], Env: env("CORE_URI=" + postgres)}},
		{name: "Node", zip: size(b, nodeZip), cfg: lambdalocal.RuntimeConfig{
			Code: node, Command: []string{"node", loop, "index.handler"},
			Env: append(env("CORE_URI="+startCore(b, binary, postgres), "CORE_API_KEY="+coreKey), secrets...),
		}},
	}
}

const coreKey = "a-key-of-20-or-more-characters"

// startCore starts `postern serve` and returns where it listens.
func startCore(b *testing.B, binary, database string) string {
	b.Helper()
	cmd := exec.CommandContext(b.Context(), binary, "serve", "--addr", "127.0.0.1:0", "--db", database, "--api-key", coreKey)
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	line := make([]byte, 256)
	n, err := out.Read(line)
	if err != nil {
		b.Fatal(err)
	}
	url, _, _ := strings.Cut(string(line[:n]), "\n")
	return url
}

// measure takes one of each: a cold sign-up, a cold verification, warm
// verifications, memory.
func (c *contender) measure(b *testing.B, round int) {
	b.Helper()
	r, err := lambdalocal.NewRuntime(c.cfg)
	if err != nil {
		b.Fatal(err)
	}
	defer r.Close()
	if round == 0 && strings.Contains(c.name, "SQLite") {
		c.invoke(b, r, `{"postern":"prepare"}`)
		r.Restart()
	}
	began := time.Now()
	init, err := r.Start(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	email := fmt.Sprintf("%d-%d@example.com", round, time.Now().UnixNano())
	token := c.invoke(b, r, restEvent("POST", "/auth/signup", "", fmt.Sprintf(`{"formFields":[{"id":"email","value":%q},{"id":"password","value":%q}]}`, email, password)))
	c.init, c.signUp = append(c.init, init), append(c.signUp, time.Since(began))

	user := restEvent("GET", "/user", token, "")
	r.Restart()
	began = time.Now()
	if init, err = r.Start(b.Context()); err != nil {
		b.Fatal(err)
	}
	c.invoke(b, r, user)
	c.init, c.verify = append(c.init, init), append(c.verify, time.Since(began))
	for range 100 {
		began = time.Now()
		c.invoke(b, r, user)
		c.warm = append(c.warm, time.Since(began))
	}
	c.rss = append(c.rss, rss(b, r.Processes()[0]))
}

// invoke sends an event, and returns the access token of the answer, if any.
func (c *contender) invoke(b *testing.B, r *lambdalocal.Runtime, event string) string {
	b.Helper()
	out, err := r.Invoke(b.Context(), []byte(event))
	if err != nil {
		b.Fatalf("%s: %v", c.name, err)
	}
	var answer struct {
		StatusCode        int
		Body              string
		Headers           map[string]string
		MultiValueHeaders map[string][]string
	}
	if err := json.Unmarshal(out, &answer); err != nil || answer.StatusCode != http.StatusOK && answer.StatusCode != 0 {
		b.Fatalf("%s: %s", c.name, out)
	}
	for name, values := range answer.MultiValueHeaders {
		if strings.EqualFold(name, "st-access-token") {
			return values[0]
		}
	}
	for name, value := range answer.Headers {
		if strings.EqualFold(name, "st-access-token") {
			return value
		}
	}
	return ""
}

func command(b *testing.B, name string, args ...string) {
	b.Helper()
	if out, err := exec.CommandContext(context.WithoutCancel(b.Context()), name, args...).CombinedOutput(); err != nil {
		b.Fatalf("%s %s: %v\n%s", name, args, err, out)
	}
}

func absolute(b *testing.B, path string) string {
	b.Helper()
	abs, err := filepath.Abs(path)
	if err != nil {
		b.Fatal(err)
	}
	return abs
}

func pack(b *testing.B, out, file string) {
	b.Helper()
	f, err := os.Create(out)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	z := zip.NewWriter(f)
	w, err := z.Create(filepath.Base(file))
	if err != nil {
		b.Fatal(err)
	}
	in, err := os.Open(file)
	if err != nil {
		b.Fatal(err)
	}
	defer in.Close()
	if _, err := io.Copy(w, in); err != nil {
		b.Fatal(err)
	}
	if err := z.Close(); err != nil {
		b.Fatal(err)
	}
}

func size(b *testing.B, file string) int64 {
	b.Helper()
	info, err := os.Stat(file)
	if err != nil {
		b.Fatal(err)
	}
	return info.Size()
}

func rss(b *testing.B, pid int) int64 {
	b.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		b.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(status), "VmRSS:")
	var kib int64
	if _, err := fmt.Sscan(rest, &kib); err != nil {
		b.Fatal(err)
	}
	return kib << 10
}

func median[T ~int64](all []T) T {
	sorted := slices.Sorted(slices.Values(all))
	return sorted[len(sorted)/2]
}

func ms(all []time.Duration) float64 { return float64(median(all)) / float64(time.Millisecond) }
