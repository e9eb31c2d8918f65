package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
)

// client speaks the Extensions API.
type client struct {
	url  string
	name string // of the extension: that of its file
	id   string // which Lambda gave it
}

func newClient(addr string) *client {
	return &client{url: "http://" + addr + "/2020-01-01/extension", name: filepath.Base(os.Args[0])}
}

// register asks to be told of the end, and of nothing else: to be told of
// invocations would make each of them wait.
func (c *client) register(ctx context.Context) error {
	res, err := c.do(ctx, http.MethodPost, "/register", `{"events":["SHUTDOWN"]}`)
	if err != nil {
		return fmt.Errorf("register with Lambda: %w", err)
	}
	defer res.Body.Close()
	if c.id = res.Header.Get("Lambda-Extension-Identifier"); c.id == "" {
		return errors.New("register with Lambda: it gave no identifier")
	}
	return nil
}

// untilShutdown waits for the end.
func (c *client) untilShutdown(ctx context.Context) error {
	for {
		res, err := c.do(ctx, http.MethodGet, "/event/next", "")
		if err != nil {
			return fmt.Errorf("wait for Lambda: %w", err)
		}
		var event struct {
			Type string `json:"eventType"`
		}
		err = json.NewDecoder(res.Body).Decode(&event)
		res.Body.Close()
		if err != nil || event.Type == "SHUTDOWN" {
			return err
		}
	}
}

// failed reports that the extension does not come up, so that it shows in the
// function's own error.
func (c *client) failed(ctx context.Context, why error) error {
	message, err := json.Marshal(map[string]string{"errorType": "Postern.Init", "errorMessage": why.Error()})
	if err != nil {
		return err
	}
	res, err := c.do(ctx, http.MethodPost, "/init/error", string(message))
	if err != nil {
		return err
	}
	return res.Body.Close()
}

func (c *client) do(ctx context.Context, method, path, body string) (*http.Response, error) {
	r, err := http.NewRequestWithContext(ctx, method, c.url+path, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Lambda-Extension-Name", c.name)
	r.Header.Set("Lambda-Extension-Identifier", c.id)
	r.Header.Set("Lambda-Extension-Function-Error-Type", "Postern.Init")
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, err
	}
	if res.StatusCode >= 300 {
		text, _ := io.ReadAll(io.LimitReader(res.Body, 1<<12))
		res.Body.Close()
		return nil, fmt.Errorf("%s answers %s: %s", path, res.Status, text)
	}
	return res, nil
}
