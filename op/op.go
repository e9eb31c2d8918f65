// Package op describes operations: typed functions with a wire form.
//
// A set of operations is a struct whose fields are [Func]s. The same struct is
// the contract, the in-process implementation (fields assigned from methods),
// the remote implementation (fields bound to a transport), the test fake
// (fields assigned in a test) and the override surface (fields replaced).
//
// The wire form stands in the field's tags. One tag names the protocol and
// holds the routes, separated by commas; "fails" lists the expected outcomes
// other than OK:
//
//	type EmailPassword struct {
//		SignUp op.Func[SignUp, UserResult] `cdi:"POST /{tenant}/recipe/signup" fails:"EMAIL_ALREADY_EXISTS_ERROR"`
//	}
package op

import (
	"context"
	"fmt"
	"reflect"
	"strings"
)

// Func is one operation. It returns its result, or an expected outcome as a
// [Status] or a [Failer], or any other error for what nobody expected.
type Func[In, Out any] func(ctx context.Context, in In) (Out, error)

// Status is an expected outcome other than OK. It is an error whose text is
// its wire form, so errors.Is works on both sides of the wire.
type Status string

func (s Status) Error() string { return string(s) }

// Failer is an expected outcome that carries data besides its status.
type Failer interface {
	error
	FailStatus() Status
}

// Route is a method and a path, such as "POST" and "/{tenant}/recipe/signup".
type Route struct{ Method, Path string }

// Field is one operation of a set, seen without its types.
type Field struct {
	// Name is the set's type and the field, "EmailPassword.SignUp".
	Name string
	// Route is the first route of the tag; Also are the others.
	Route
	Also []Route
	// Fails are the statuses that the operation may answer besides OK.
	Fails []Status
	// Tag is the whole tag, for what one protocol needs beyond the routes.
	Tag reflect.StructTag

	f function
}

// function is a *Func[In, Out] with its types forgotten.
type function interface {
	bind(Transport)
	call(ctx context.Context, decode func(in any) error) (any, error)
	isNil() bool
	wrap(Middleware, Field)
	input() any
}

// Transport carries an operation elsewhere. in is a pointer to the input; it
// fills in out, a pointer to the result.
type Transport func(ctx context.Context, in, out any) error

// Middleware runs around any operation. in and what next returns are the
// operation's own input and result.
type Middleware func(ctx context.Context, f Field, in any, next func(ctx context.Context) (any, error)) (any, error)

// Bind makes the operation call t.
func (f Field) Bind(t Transport) { f.f.bind(t) }

// Call runs the operation on the input that decode fills in.
func (f Field) Call(ctx context.Context, decode func(in any) error) (any, error) {
	return f.f.call(ctx, decode)
}

// Wrap puts mw around the operation.
func (f Field) Wrap(mw Middleware) { f.f.wrap(mw, f) }

// Nil reports whether the operation is absent or switched off.
func (f Field) Nil() bool { return f.f.isNil() }

// Input returns a pointer to a new, zero input of the operation.
func (f Field) Input() any { return f.f.input() }

// Routes returns every route of the operation.
func (f Field) Routes() []Route { return append([]Route{f.Route}, f.Also...) }

func (f *Func[In, Out]) bind(t Transport) {
	*f = func(ctx context.Context, in In) (out Out, err error) {
		err = t(ctx, &in, &out)
		return out, err
	}
}

func (f *Func[In, Out]) call(ctx context.Context, decode func(any) error) (any, error) {
	var in In
	if err := decode(&in); err != nil {
		return nil, err
	}
	return (*f)(ctx, in)
}

func (f *Func[In, Out]) wrap(mw Middleware, field Field) {
	next := *f
	*f = func(ctx context.Context, in In) (Out, error) {
		out, err := mw(ctx, field, in, func(ctx context.Context) (any, error) { return next(ctx, in) })
		o, _ := out.(Out)
		return o, err
	}
}

func (f *Func[In, Out]) isNil() bool { return *f == nil }
func (f *Func[In, Out]) input() any  { return new(In) }

// Fields lists the operations of set, a pointer to a struct of Funcs or to a
// struct of such structs, in the order of declaration. protocol is the tag
// that holds the routes. It panics when an operation has no such tag: that is
// a mistake in the contract, found by the first test that runs.
func Fields(set any, protocol string) []Field {
	var fields []Field
	v := reflect.ValueOf(set).Elem()
	for i := range v.NumField() {
		value, decl := v.Field(i), v.Type().Field(i)
		if f, ok := value.Addr().Interface().(function); ok {
			fields = append(fields, field(v.Type().Name(), decl, protocol, f))
		} else if value.Kind() == reflect.Struct {
			fields = append(fields, Fields(value.Addr().Interface(), protocol)...)
		}
	}
	return fields
}

func field(set string, decl reflect.StructField, protocol string, f function) Field {
	out := Field{Name: set + "." + decl.Name, Tag: decl.Tag, f: f}
	for i, route := range strings.Split(decl.Tag.Get(protocol), ",") {
		method, path, ok := strings.Cut(strings.TrimSpace(route), " ")
		if !ok {
			panic(fmt.Sprintf("op: %s has no %q tag of the form \"METHOD /path\"", out.Name, protocol))
		}
		if i == 0 {
			out.Route = Route{method, path}
		} else {
			out.Also = append(out.Also, Route{method, path})
		}
	}
	for status := range strings.FieldsSeq(decl.Tag.Get("fails")) {
		out.Fails = append(out.Fails, Status(status))
	}
	return out
}
