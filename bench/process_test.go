//go:build linux

package bench_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// BenchmarkStart starts the program over a file that is not there, and asks
// for the sign-in page, beside the start of the same binary for `version`.
func BenchmarkStart(b *testing.B) {
	binary := build(b)
	beside(b, times(func() {
		p := startProgram(b, binary)
		p.page(b, "/auth")
		p.stop()
	}), times(func() {
		if err := exec.CommandContext(b.Context(), binary, "version").Run(); err != nil {
			b.Fatal(err)
		}
	})).cost(b)
}

// BenchmarkSize tells the sizes that do not depend on speed, in MB of 2^20
// bytes: the binary, and the memory that it holds after the first page
// (started-MB), after 200 sign-ups by eight people at once (busy-MB), and when
// nothing has happened since for 10 seconds (idle-MB).
func BenchmarkSize(b *testing.B) {
	binary := build(b)
	info, err := os.Stat(binary)
	if err != nil {
		b.Fatal(err)
	}
	p := startProgram(b, binary)
	defer p.stop()
	p.page(b, "/auth")
	started := p.resident(b)
	var people atomic.Int64
	spread(8, func(int) { p.signUp(b, people.Add(1)) })(200)
	busy := p.resident(b)
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(mb(info.Size()), "binary-MB")
	b.ReportMetric(mb(started), "started-MB")
	b.ReportMetric(mb(busy), "busy-MB")
	time.Sleep(10 * time.Second) // idle is a matter of time: the pool of passwords waits before it gives memory back
	b.ReportMetric(mb(p.resident(b)), "idle-MB")
}

func mb(bytes int64) float64 { return float64(bytes) / (1 << 20) }

// build builds the program as `make build` does.
func build(b *testing.B) string {
	b.Helper()
	binary := filepath.Join(b.TempDir(), "postern")
	cmd := exec.CommandContext(b.Context(), "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", binary, "../cmd/postern")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		b.Fatalf("go build: %v\n%s", err, out)
	}
	return binary
}

// program is `postern dev`, running.
type program struct {
	cmd *exec.Cmd
	url string
}

func startProgram(b *testing.B, binary string) *program {
	b.Helper()
	cmd := exec.CommandContext(b.Context(), binary, "dev", "--no-limits", "--addr", "127.0.0.1:0", "--db", "sqlite:"+filepath.Join(b.TempDir(), "app.db"))
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	url, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		b.Fatal(err)
	}
	return &program{cmd, strings.TrimSpace(url)}
}

func (p *program) stop() {
	_ = p.cmd.Process.Kill()
	_ = p.cmd.Wait()
}

func (p *program) page(b *testing.B, path string) {
	b.Helper()
	if err := p.do(b.Context(), http.MethodGet, path, ""); err != nil {
		b.Fatal(err)
	}
}

func (p *program) signUp(b *testing.B, n int64) {
	b.Helper()
	err := p.do(b.Context(), http.MethodPost, "/auth/signup", fmt.Sprintf(
		`{"formFields":[{"id":"email","value":"ada%d@example.com"},{"id":"password","value":%q}]}`, n, password))
	if err != nil {
		b.Error(err)
	}
}

func (p *program) do(ctx context.Context, method, path, body string) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, method, p.url+path, strings.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s %s: %s %s", method, path, response.Status, text)
	}
	return err
}

// resident returns the resident set size, in bytes.
func (p *program) resident(b *testing.B) int64 {
	b.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		b.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(status), "VmRSS:")
	kib, err := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
	if err != nil {
		b.Fatal(err)
	}
	return kib << 10
}
