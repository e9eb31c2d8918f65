//go:build unix

package bench_test

import (
	"crypto/rand"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/crypto/argon2"

	"github.com/posternauth/postern/authtest"
	"github.com/posternauth/postern/engine"
	"github.com/posternauth/postern/internal/testdb"
)

const (
	email    = "ada@example.com"
	password = "correct horse 1"
)

// backend is a database and an algorithm to sign with.
type backend struct {
	name, algorithm string
	database        func(testing.TB) string
}

func backends() []backend {
	return []backend{
		{"sqlite/RS256", "RS256", testdb.SQLite},
		{"sqlite/ES256", "ES256", testdb.SQLite},
		{"postgres/RS256", "RS256", testdb.Postgres},
		{"postgres/ES256", "ES256", testdb.Postgres},
	}
}

// BenchmarkSignIn signs in by POST /auth/signin, with rate limits, claims and a
// new session, beside the bare argon2id hash with the default costs.
//
//   - one: one after the other; cpu-over-% is the CPU time of this process
//     (user and system, without that of PostgreSQL) beyond the bare hash;
//   - all: so many at once that every core is busy; of-bare is the throughput.
func BenchmarkSignIn(b *testing.B) {
	for _, be := range backends() {
		b.Run("one/"+be.name, func(b *testing.B) {
			cpu := processorTime{b: b}
			beside(b, cpu.ours(times(signIn(b, be))), cpu.bare(times(bareHash))).cost(b)
			cpu.report()
		})
		b.Run("all/"+be.name, func(b *testing.B) {
			ours, cores := signIn(b, be), runtime.GOMAXPROCS(0)
			beside(b,
				spread(16*cores, func(int) { ours() }),
				spread(cores, func(int) { bareHash() })).share(b)
		})
	}
}

// signIn returns what signs a user in.
func signIn(b *testing.B, be backend) func() {
	b.Helper()
	a := newApp(b, authtest.Config{Database: be.database(b)}, func(c *engine.Config) {
		c.SigningAlgorithm, c.Passwords = be.algorithm, engine.PasswordConfig{QueueDeadline: time.Minute}
	})
	a.Browser().SignUp(email, password)
	body := `{"formFields":[{"id":"email","value":"` + email + `"},{"id":"password","value":"` + password + `"}]}`
	return func() {
		r := httptest.NewRequestWithContext(b.Context(), http.MethodPost, "/auth/signin", strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("st-auth-mode", "header")
		w := httptest.NewRecorder()
		if a.ServeHTTP(w, r); w.Header().Get("st-access-token") == "" {
			b.Errorf("%d: %s", w.Code, w.Body)
		}
	}
}

// bareHash is the hash with the defaults of engine.PasswordConfig.
func bareHash() {
	salt := make([]byte, 16)
	rand.Read(salt)
	argon2.IDKey([]byte(password), salt, 2, 19456, 1, 32)
}

// processorTime adds up the CPU time of both sides.
type processorTime struct {
	b                 *testing.B
	ourTime, bareTime time.Duration
	ourOps, bareOps   int
}

func (p *processorTime) ours(do func(n int)) func(n int) {
	return func(n int) {
		p.ourTime += p.spent(func() { do(n) })
		p.ourOps += n
	}
}

func (p *processorTime) bare(do func(n int)) func(n int) {
	return func(n int) {
		p.bareTime += p.spent(func() { do(n) })
		p.bareOps += n
	}
}

func (p *processorTime) spent(do func()) time.Duration {
	before := p.now()
	do()
	return p.now() - before
}

func (p *processorTime) now() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		p.b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func (p *processorTime) report() {
	ours, bare := float64(p.ourTime)/float64(p.ourOps), float64(p.bareTime)/float64(max(1, p.bareOps))
	p.b.ReportMetric(100*(ours-bare)/bare, "cpu-over-%")
	p.b.ReportMetric((ours-bare)/1e6, "cpu-over-ms/op")
}
