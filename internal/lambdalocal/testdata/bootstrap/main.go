// Command bootstrap is a function that misbehaves as it is told.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/posternauth/postern/lambda"
)

func main() {
	if os.Getenv("FAIL") != "" {
		os.Exit(3)
	}
	lambda.Config{
		Event: func(context.Context, json.RawMessage) (any, error) { return strings.Repeat("x", 7<<20), nil },
		Close: func() error { return os.WriteFile(os.Getenv("CLOSED"), []byte("closed"), 0o600) },
	}.Start(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/exit":
			os.Exit(1)
		case "/slow":
			time.Sleep(time.Minute)
		case "/panic":
			panic("a reason")
		case "/large":
			_, _ = w.Write(make([]byte, 7<<20))
		}
		fmt.Fprint(w, os.Getpid())
	}))
}
