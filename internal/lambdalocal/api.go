package lambdalocal

import (
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/google/uuid"
)

// extension is one that registered, external or within the runtime.
type extension struct {
	name   string
	events []string
	queue  chan extensionEvent
	ready  bool // it has asked for an event
}

// extensionEvent is what an extension is told.
type extensionEvent struct {
	EventType          string `json:"eventType"`
	DeadlineMs         int64  `json:"deadlineMs"`
	RequestID          string `json:"requestId,omitempty"`
	InvokedFunctionARN string `json:"invokedFunctionArn,omitempty"`
	ShutdownReason     string `json:"shutdownReason,omitempty"`
}

const functionARN = "arn:aws:lambda:us-east-1:" + account + ":function:local"

// api is the Runtime API and the Extensions API.
func (e *environment) api() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /2018-06-01/runtime/invocation/next", e.next)
	mux.HandleFunc("POST /2018-06-01/runtime/invocation/{id}/response", func(w http.ResponseWriter, r *http.Request) { e.answer(w, r, false) })
	mux.HandleFunc("POST /2018-06-01/runtime/invocation/{id}/error", func(w http.ResponseWriter, r *http.Request) { e.answer(w, r, true) })
	mux.HandleFunc("POST /2018-06-01/runtime/init/error", e.report)
	mux.HandleFunc("POST /2020-01-01/extension/register", e.register)
	mux.HandleFunc("GET /2020-01-01/extension/event/next", e.nextEvent)
	mux.HandleFunc("POST /2020-01-01/extension/init/error", e.report)
	mux.HandleFunc("POST /2020-01-01/extension/exit/error", e.report)
	return mux
}

// next gives the runtime its next event, when there is one.
func (e *environment) next(w http.ResponseWriter, r *http.Request) {
	select {
	case e.polled <- struct{}{}:
	default:
	}
	select {
	case in := <-e.queue:
		e.mu.Lock()
		e.current = in
		e.mu.Unlock()
		h := w.Header()
		h.Set("Content-Type", "application/json")
		h.Set("Lambda-Runtime-Aws-Request-Id", in.id)
		h.Set("Lambda-Runtime-Deadline-Ms", strconv.FormatInt(in.deadline.UnixMilli(), 10))
		h.Set("Lambda-Runtime-Invoked-Function-Arn", functionARN)
		h.Set("Lambda-Runtime-Trace-Id", "Root=1-00000000-000000000000000000000000;Sampled=0")
		_, _ = w.Write(in.event)
	case <-r.Context().Done():
	}
}

// answer takes the answer to an event, or what went wrong.
func (e *environment) answer(w http.ResponseWriter, r *http.Request, failed bool) {
	payload, err := io.ReadAll(io.LimitReader(r.Body, maxPayload+1))
	if err != nil || len(payload) > maxPayload {
		http.Error(w, `{"errorType":"RequestEntityTooLarge"}`, http.StatusRequestEntityTooLarge)
		return
	}
	e.mu.Lock()
	in := e.current
	e.mu.Unlock()
	if in == nil || in.id != r.PathValue("id") {
		http.Error(w, `{"errorType":"InvalidRequestID"}`, http.StatusBadRequest)
		return
	}
	select {
	case in.done <- outcome{payload, failed}:
		w.WriteHeader(http.StatusAccepted)
	default:
		http.Error(w, `{"errorType":"InvalidStateTransition"}`, http.StatusBadRequest)
	}
}

func (e *environment) report(w http.ResponseWriter, r *http.Request) {
	payload, _ := io.ReadAll(io.LimitReader(r.Body, 1<<16))
	e.mu.Lock()
	e.failure = string(payload)
	e.mu.Unlock()
	w.WriteHeader(http.StatusAccepted)
}

func (e *environment) register(w http.ResponseWriter, r *http.Request) {
	var body struct {
		Events []string `json:"events"`
	}
	if err := json.NewDecoder(io.LimitReader(r.Body, 1<<16)).Decode(&body); err != nil {
		http.Error(w, `{"errorType":"InvalidRequest"}`, http.StatusBadRequest)
		return
	}
	id := uuid.NewString()
	e.mu.Lock()
	e.extensions[id] = &extension{name: r.Header.Get("Lambda-Extension-Name"), events: body.Events, queue: make(chan extensionEvent, 16)}
	e.mu.Unlock()
	w.Header().Set("Lambda-Extension-Identifier", id)
	_, _ = io.WriteString(w, `{"functionName":"local","functionVersion":"$LATEST","handler":"bootstrap"}`)
}

// nextEvent gives an extension its next event, when there is one.
func (e *environment) nextEvent(w http.ResponseWriter, r *http.Request) {
	e.mu.Lock()
	x := e.extensions[r.Header.Get("Lambda-Extension-Identifier")]
	if x != nil {
		x.ready = true
	}
	e.mu.Unlock()
	if x == nil {
		http.Error(w, `{"errorType":"Extension.UnknownExtensionIdentifier"}`, http.StatusForbidden)
		return
	}
	select {
	case event := <-x.queue:
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(event)
	case <-r.Context().Done():
	}
}

func (e *environment) registered(name string) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, x := range e.extensions {
		if x.name == name {
			return true
		}
	}
	return false
}

func (e *environment) extensionsReady() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, x := range e.extensions {
		if !x.ready {
			return false
		}
	}
	return true
}

// tellInvoke tells the extensions that asked for it about an invocation. They
// may hear of it later than the runtime.
func (e *environment) tellInvoke(in *invocation) {
	e.tell(extensionEvent{EventType: "INVOKE", DeadlineMs: in.deadline.UnixMilli(), RequestID: in.id, InvokedFunctionARN: functionARN})
}

// tellShutdown tells the extensions that it is over, and returns how many
// there are.
func (e *environment) tellShutdown() int {
	e.tell(extensionEvent{EventType: "SHUTDOWN", DeadlineMs: time.Now().Add(shutdownTimeout).UnixMilli(), ShutdownReason: "spindown"})
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.extensions)
}

func (e *environment) tell(event extensionEvent) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, x := range e.extensions {
		if slices.Contains(x.events, event.EventType) {
			select {
			case x.queue <- event:
			default: // it does not listen
			}
		}
	}
}
