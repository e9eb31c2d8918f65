package fdi

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/internal/jsonscan"
)

// MaxBody is the largest request body that an API reads, in bytes.
const MaxBody = 1 << 20

const notJSON = "API input error: Please make sure to pass a valid JSON input in the request body"

// decode fills in the input of an API from the body or the query.
func decode(c Call, in any) error {
	c.Request.Body = http.MaxBytesReader(c.Response, c.Request.Body, MaxBody)
	if c.Request.Method == http.MethodGet {
		decodeQuery(c.Request, in)
	} else if form, ok := in.(posted); ok {
		if err := c.Request.ParseForm(); err != nil {
			return bodyError(err, "API input error: Please make sure to pass valid url encoded form in the request body")
		}
		form.setForm(c.Request.PostForm)
	} else if err := decodeBody(c, in); err != nil {
		return err
	}
	if in, ok := in.(called); ok {
		in.setCall(c)
	}
	return nil
}

func decodeQuery(r *http.Request, in any) {
	query, v := r.URL.Query(), reflect.ValueOf(in).Elem()
	for i := range v.NumField() {
		if name := v.Type().Field(i).Tag.Get("query"); name != "" {
			v.Field(i).SetString(query.Get(name))
		}
	}
}

func decodeBody(c Call, in any) error {
	body, err := io.ReadAll(c.Request.Body)
	if err != nil {
		return bodyError(err, "API input error: the body could not be read")
	}
	if len(bytes.TrimSpace(body)) == 0 {
		return nil
	}
	if err := jsonscan.Check(body); err != nil {
		return BadInput(notJSON + ": " + err.Error())
	}
	return unmarshal(body, in)
}

func bodyError(err error, message string) error {
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return &httpError{http.StatusRequestEntityTooLarge, fmt.Sprintf("API input error: the body is larger than %d bytes", MaxBody)}
	}
	return BadInput(message)
}

func unmarshal(body []byte, in any) error {
	err := json.Unmarshal(body, in)
	var (
		wrong *json.UnmarshalTypeError
		bad   *core.BadInput // from a type that reads itself
	)
	switch {
	case err == nil:
		return nil
	case errors.As(err, &bad):
		return bad
	case errors.As(err, &wrong) && wrong.Field != "":
		return BadInput(fmt.Sprintf("API input error: %s must not be a JSON %s", wrong.Field, wrong.Value))
	default:
		return BadInput(notJSON)
	}
}
