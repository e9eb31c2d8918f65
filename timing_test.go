package postern_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/posternauth/postern"
	"github.com/posternauth/postern/authtest"
	"github.com/posternauth/postern/engine"
	"github.com/posternauth/postern/recipe/passwordless"
)

// TestSameTime is row 24: neither content nor time tells whether there is an
// account. Both kinds come in random order, so that what else the machine does
// meets them alike, and Welch's t compares the logarithms.
func TestSameTime(t *testing.T) {
	for name, serverless := range map[string]bool{"function": true, "server": false} {
		t.Run(name, func(t *testing.T) { sameTime(t, serverless) })
	}
}

func sameTime(t *testing.T, serverless bool) {
	a := authtest.New(t, authtest.Config{
		App: func(c *postern.Config) { c.RateLimits.Disabled, c.ServerlessEnv = true, serverless },
		Engine: func(c *engine.Config) {
			c.Passwords.Iterations, c.Passwords.MemoryKiB, c.Passwords.Parallelism = 1, 4096, 1
		},
		Recipes: func(a *authtest.App) []postern.Recipe {
			return []postern.Recipe{passwordless.New(passwordless.Config{
				ContactMethod: passwordless.EmailOrPhone, FlowType: passwordless.CodeAndLink, Email: a.Mail, SMS: a.Mail,
			})}
		},
	})
	a.Browser().SignUp(ada, password)
	a.Browser().Post("/auth/signup", authtest.Fields("email", "eve@example.com", "password", password)).OK()
	for what, question := range map[string]struct {
		path   string
		rounds int
		body   func(email string) map[string]any
	}{
		"a sign-in": {"/auth/signin", 300, func(email string) map[string]any {
			return authtest.Fields("email", email, "password", "wrong horse 1")
		}},
		"a reset": {"/auth/user/password/reset/token", 150, func(email string) map[string]any {
			return authtest.Fields("email", email)
		}},
		"a code": {"/auth/signinup/code", 150, func(email string) map[string]any {
			return map[string]any{"email": email}
		}},
	} {
		t.Run(what, func(t *testing.T) {
			compare(t, askAsStranger(t, stranger{
				URL: a.URL + question.path, Bodies: [2]map[string]any{question.body(ada), question.body("bob@example.com")}, Rounds: question.rounds,
			}))
		})
	}
}

var varying = regexp.MustCompile(`"(?:deviceId|preAuthSessionId)":"[^"]*"`)

// compare compares what a stranger heard of a known and an unknown address.
func compare(t *testing.T, heard heard) {
	t.Helper()
	if known, unknown := varying.ReplaceAllString(heard.Said[0], ""), varying.ReplaceAllString(heard.Said[1], ""); known != unknown {
		t.Errorf("known: %s\nunknown: %s", known, unknown)
	}
	known, unknown := heard.Took[0], heard.Took[1]
	w, medians := welch(known, unknown), median(known)-median(unknown)
	t.Logf("t = %.2f, medians differ by %.1f %%", w, 100*math.Expm1(math.Abs(medians)))
	if math.Abs(w) >= 4.5 {
		t.Errorf("t = %.2f, medians differ by %.1f %%", w, 100*math.Expm1(math.Abs(medians)))
	}
}

// stranger is a process of its own that asks about two addresses, as those do
// who want to know whether there is an account. In the process of the server
// its clock would also show what Go's scheduler does with both of them.
type stranger struct {
	URL    string
	Bodies [2]map[string]any
	Rounds int // for each
}

// heard is what a stranger was answered, and the logarithms of how long it took.
type heard struct {
	Said [2]string
	Took [2][]float64
}

// beStranger is the environment variable that makes this program one.
const beStranger = "POSTERN_TEST_STRANGER"

func TestMain(m *testing.M) {
	if os.Getenv(beStranger) == "" {
		os.Exit(m.Run())
	}
	if err := answerAsStranger(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func askAsStranger(t *testing.T, s stranger) (out heard) {
	t.Helper()
	in, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env, cmd.Stdin, cmd.Stderr = append(os.Environ(), beStranger+"=1"), bytes.NewReader(in), t.Output()
	said, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(said, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

func answerAsStranger(in io.Reader, out io.Writer) error {
	var s stranger
	if err := json.NewDecoder(in).Decode(&s); err != nil {
		return err
	}
	const warmUp = 20 // the first ones find everything cold
	var h heard
	for i := range 2*s.Rounds + warmUp {
		kind := rand.N(2)
		text, took, err := s.ask(kind)
		if err != nil {
			return err
		}
		h.Said[kind] = text
		if i >= warmUp {
			h.Took[kind] = append(h.Took[kind], math.Log(float64(took)))
		}
	}
	return json.NewEncoder(out).Encode(h)
}

// ask asks about one of the addresses.
func (s stranger) ask(kind int) (text string, took time.Duration, err error) {
	body, err := json.Marshal(s.Bodies[kind])
	if err != nil {
		return "", 0, err
	}
	start := time.Now()
	res, err := http.Post(s.URL, "application/json", bytes.NewReader(body))
	if err != nil {
		return "", 0, err
	}
	defer res.Body.Close()
	said, err := io.ReadAll(res.Body)
	took = time.Since(start)
	if err == nil && res.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", res.Status, strings.TrimSpace(string(said)))
	}
	return string(said), took, err
}

// welch is the t of two samples with variances of their own.
func welch(a, b []float64) float64 {
	ma, va := meanAndVariance(a)
	mb, vb := meanAndVariance(b)
	return (ma - mb) / math.Sqrt(va/float64(len(a))+vb/float64(len(b)))
}

func meanAndVariance(xs []float64) (mean, variance float64) {
	for _, x := range xs {
		mean += x / float64(len(xs))
	}
	for _, x := range xs {
		variance += (x - mean) * (x - mean) / float64(len(xs)-1)
	}
	return mean, variance
}

func median(xs []float64) float64 {
	return slices.Sorted(slices.Values(xs))[len(xs)/2]
}
