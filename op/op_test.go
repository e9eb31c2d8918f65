package op_test

import (
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"testing"

	"github.com/posternauth/postern/op"
)

type greetings struct {
	Greet op.Func[name, greeting] `wire:"POST /greet, GET /hi" fails:"RUDE SHY"`
}

type (
	name     struct{ Name string }
	greeting struct{ Text string }
)

const rude op.Status = "RUDE"

func greet(_ context.Context, in name) (greeting, error) {
	if in.Name == "" {
		return greeting{}, rude
	}
	return greeting{"hello " + in.Name}, nil
}

func TestFields(t *testing.T) {
	t.Parallel()
	all := struct{ Greetings greetings }{greetings{greet}}
	fields := op.Fields(&all, "wire")
	if len(fields) != 1 {
		t.Fatalf("got %d operations, want 1", len(fields))
	}
	f := fields[0]
	if f.Name != "greetings.Greet" || f.Method != "POST" || f.Path != "/greet" {
		t.Errorf("got %s %s %s", f.Name, f.Method, f.Path)
	}
	if want := []op.Route{{"POST", "/greet"}, {"GET", "/hi"}}; !reflect.DeepEqual(f.Routes(), want) {
		t.Errorf("routes = %v, want %v", f.Routes(), want)
	}
	if want := []op.Status{"RUDE", "SHY"}; !reflect.DeepEqual(f.Fails, want) {
		t.Errorf("fails = %v, want %v", f.Fails, want)
	}
	out, err := f.Call(t.Context(), func(in any) error { in.(*name).Name = "Ada"; return nil })
	if err != nil || out != (greeting{"hello Ada"}) {
		t.Errorf("call = %v, %v", out, err)
	}
}

func TestWrapAndBind(t *testing.T) {
	t.Parallel()
	remote := new(greetings)
	f := op.Fields(remote, "wire")[0]
	if !f.Nil() {
		t.Error("an operation that nobody assigned is not nil")
	}
	f.Bind(func(ctx context.Context, in, out any) (err error) {
		*out.(*greeting), err = greet(ctx, *in.(*name))
		return err
	})
	var seen []string
	f.Wrap(func(ctx context.Context, f op.Field, in any, next func(context.Context) (any, error)) (any, error) {
		seen = append(seen, f.Name+" "+in.(name).Name)
		return next(ctx)
	})
	if out, err := remote.Greet(t.Context(), name{"Bob"}); err != nil || out.Text != "hello Bob" {
		t.Errorf("greet = %v, %v", out, err)
	}
	if _, err := remote.Greet(t.Context(), name{}); !errors.Is(err, rude) {
		t.Errorf("err = %v, want %v", err, rude)
	}
	if want := []string{"greetings.Greet Bob", "greetings.Greet "}; !reflect.DeepEqual(seen, want) {
		t.Errorf("middleware saw %q, want %q", seen, want)
	}
}

func TestOptional(t *testing.T) {
	t.Parallel()
	type body struct {
		Flag op.Optional[bool] `json:"flag,omitzero"`
	}
	tests := map[string]struct {
		wire   string
		or     bool
		absent bool
		null   bool
	}{
		"absent": {`{}`, true, true, false},
		"null":   {`{"flag":null}`, true, false, true},
		"false":  {`{"flag":false}`, false, false, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var b body
			if err := json.Unmarshal([]byte(tt.wire), &b); err != nil {
				t.Fatal(err)
			}
			if b.Flag.Or(true) != tt.or || b.Flag.IsZero() != tt.absent || b.Flag.IsNull() != tt.null {
				t.Errorf("got %+v", b)
			}
			if got, _ := json.Marshal(b); string(got) != tt.wire {
				t.Errorf("written back as %s, want %s", got, tt.wire)
			}
		})
	}
}

// BenchmarkDispatch measures what the seam itself costs: a struct field that
// is a function.
func BenchmarkDispatch(b *testing.B) {
	set := &greetings{func(_ context.Context, in name) (greeting, error) { return greeting{in.Name}, nil }}
	ctx := b.Context()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := set.Greet(ctx, name{"x"}); err != nil {
			b.Fatal(err)
		}
	}
}
