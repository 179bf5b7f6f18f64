package bridge

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"expertcontroller/client"
	"expertcontroller/schema"
)

// Reasons of errors that only a bridge gives.
const (
	codeUnauthorized = "unauthorized"
	codeForbidden    = "forbidden"
	codeThrottled    = "throttled"
	codeUnavailable  = "unavailable"
)

func refusal(code int, reason, format string, args ...any) *schema.Error {
	return &schema.Error{Type: schema.Type(schema.KindError), Code: code, Reason: reason, Text: fmt.Sprintf(format, args...)}
}

// errorOf gives what whoever asked hears of an error.
func errorOf(err error) *schema.Error {
	var said *schema.Error
	switch {
	case errors.As(err, &said) && said.Code >= 400 && said.Code < 600:
		return said
	case errors.Is(err, client.ErrNoAnswer):
		return unknown(err)
	case errors.Is(err, client.ErrNoBroker), errors.Is(err, client.ErrNoController):
		// No try was sent, however often it was tried.
		return refusal(503, codeUnavailable, "%v", err)
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return unknown(err)
	case errors.Is(err, client.ErrNotPermitted):
		return refusal(403, codeForbidden, "the broker does not let this bridge do that: give its user the subjects recovery.*.bridge.> and recovery.*.query.> (%v)", err)
	}
	return refusal(503, codeUnavailable, "%v", err)
}

func unknown(err error) *schema.Error {
	return refusal(503, schema.CodeUnknown, "no answer came, so what became of it is unknown: send it again with the same Idempotency-Key, or look (%v)", err)
}

// refuse answers with an error.
func refuse(w http.ResponseWriter, bad *schema.Error) {
	if bad.Type == "" {
		whole := *bad
		whole.Type, bad = schema.Type(schema.KindError), &whole
	}
	writeJSON(w, bad.Code, bad)
}

func writeJSON(w http.ResponseWriter, code int, v any) {
	body, err := schema.Encode(v)
	if err != nil {
		code, body = 503, mustEncode(refusal(503, schema.CodeInternal, "an answer could not be written: report it"))
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(code)
	_, _ = w.Write(append(body, '\n')) // whoever asked may have gone
}
