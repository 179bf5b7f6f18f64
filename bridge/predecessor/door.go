package predecessor

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"

	"expertcontroller/client"
	"expertcontroller/schema"
)

const (
	// callTime bounds one request: whoever asks gives up, too.
	callTime = 10 * time.Second
	// Expert is as whom problems are told, unless another name is given.
	Expert = "daqexpert"
	// Operator is as whom /interrupt and /automation act, unless another name is given.
	Operator = "predecessor"
)

// Options say who asks. The zero value is what CMS needs.
type Options struct {
	// Expert is as whom problems are told; default daqexpert.
	Expert string
	// Operator is as whom /interrupt and /automation act; default predecessor.
	Operator string
	// Logger hears what could not be answered; default: nobody.
	Logger *slog.Logger
}

// door answers for one system.
type door struct {
	expert, operator *client.Client
	log              *slog.Logger
}

// Paths are those that Handler answers, as patterns of net/http.
var Paths = []string{
	"/recover", "/finished", "/interrupt", "/automation",
	"/service-status", "/procedure-status/{id}", "/procedures", "/records",
}

// Handler answers the predecessor's clients for the system that c asks about. It keeps
// nothing between two requests.
func Handler(c *client.Client, o Options) http.Handler {
	if o.Expert == "" {
		o.Expert = Expert
	}
	if o.Operator == "" {
		o.Operator = Operator
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	d := &door{expert: c.As(schema.RoleExpert, o.Expert), operator: c.As(schema.RoleOperator, o.Operator), log: o.Logger}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /recover", d.posted(d.recover))
	mux.HandleFunc("POST /finished", d.posted(d.finished))
	mux.HandleFunc("POST /automation", d.posted(d.setAutomation))
	mux.HandleFunc("POST /interrupt", d.answered(http.StatusOK, d.interrupt))
	mux.HandleFunc("GET /automation", d.answered(http.StatusOK, d.automation))
	mux.HandleFunc("GET /service-status", d.answered(http.StatusOK, d.serviceStatus))
	mux.HandleFunc("GET /procedure-status/{id}", d.answered(http.StatusOK, d.procedureStatus))
	mux.HandleFunc("GET /procedures", d.answered(http.StatusOK, d.procedures))
	mux.HandleFunc("GET /records", d.answered(http.StatusOK, d.records))
	return mux
}

// fault is an answer with another status than that of success.
type fault struct {
	code int
	text string
}

func (f *fault) Error() string { return f.text }

func faultf(code int, format string, args ...any) error {
	return &fault{code, fmt.Sprintf(format, args...)}
}

// text is an answer that is no JSON.
type text string

// answered gives what a question gets: JSON, a text, or nothing at all. Nothing is what
// the expert's client expects where it declares none: a body would be an error to it.
func (d *door) answered(code int, ask func(context.Context, *http.Request) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), callTime)
		defer cancel()
		var v any
		err := foreign(r)
		if err == nil {
			v, err = ask(ctx, r)
		}
		if err != nil {
			d.refuse(w, r, err)
			return
		}
		d.write(w, r, code, v)
	}
}

// posted gives what a message in JSON gets, after its type and size.
func (d *door) posted(take func(ctx context.Context, body []byte) (code int, v any, err error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), callTime)
		defer cancel()
		code, v, err := func() (int, any, error) {
			if err := foreign(r); err != nil {
				return 0, nil, err
			}
			if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" && !strings.HasSuffix(kind, "+json") {
				return 0, nil, faultf(http.StatusUnsupportedMediaType, "Content-Type %q: send application/json", schema.Shorten(r.Header.Get("Content-Type"), 60))
			}
			body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, schema.MaxInput))
			if long := new(http.MaxBytesError); errors.As(err, &long) {
				return 0, nil, faultf(http.StatusRequestEntityTooLarge, "the body is larger than %d KiB: send a shorter description", schema.MaxInput>>10)
			}
			if err != nil {
				return 0, nil, faultf(http.StatusBadRequest, "reading the body: %v", err)
			}
			return take(ctx, body)
		}()
		if err != nil {
			d.refuse(w, r, err)
			return
		}
		d.write(w, r, code, v)
	}
}

// foreign refuses what another site's page makes a browser send.
func foreign(r *http.Request) error {
	origin := r.Header.Get("Origin")
	if origin == "" || r.Method == http.MethodGet {
		return nil
	}
	if u, err := url.Parse(origin); err == nil && u.Host == r.Host {
		return nil
	}
	return faultf(http.StatusForbidden, "a page of %s may not ask here", schema.Shorten(origin, 60))
}

func (d *door) write(w http.ResponseWriter, r *http.Request, code int, v any) {
	h := w.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	switch v := v.(type) {
	case nil:
		h.Set("Content-Length", "0")
		w.WriteHeader(code)
		return
	case text:
		h.Set("Content-Type", "text/plain; charset=utf-8")
		w.WriteHeader(code)
		_, _ = io.WriteString(w, string(v)) // whoever asked may have gone
		return
	}
	body, err := schema.Encode(v)
	if err != nil {
		d.log.Error("encoding an answer", "path", r.URL.Path, "error", err)
		http.Error(w, "the answer can't be written: report this", http.StatusInternalServerError)
		return
	}
	h.Set("Content-Type", "application/json;charset=UTF-8")
	w.WriteHeader(code)
	_, _ = w.Write(body) // whoever asked may have gone
}

// refuse says what is wrong, with the code that the predecessor gave, where it had one.
func (d *door) refuse(w http.ResponseWriter, r *http.Request, err error) {
	said := &schema.Error{Type: schema.Type(schema.KindError), Code: http.StatusServiceUnavailable, Text: schema.Clean(err.Error())}
	var f *fault
	var theirs *schema.Error
	switch {
	case errors.As(err, &f):
		said.Code = f.code
	case errors.As(err, &theirs) && theirs.Code >= 400 && theirs.Code < 600:
		said.Code, said.Field, said.Reason = theirs.Code, theirs.Field, theirs.Reason
	}
	if said.Code >= 500 {
		d.log.Warn("the predecessor's door can't answer", "path", r.URL.Path, "error", err)
	}
	d.write(w, r, said.Code, said)
}
