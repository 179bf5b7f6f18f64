package runner

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	"expertcontroller/schema"
)

const (
	// maxAnswer is the largest answer that is read, in bytes.
	maxAnswer = 1 << 20
	// keepAnswer is how much of it becomes the attempt's output, in bytes.
	keepAnswer = keepFirst + keepLast
	// callTimeout bounds a poll and an abort.
	callTimeout = 10 * time.Second
)

// web is the client of one task.
type web struct{ client *http.Client }

// newWeb makes a client that goes where the file says and nowhere else: it follows no
// redirect and asks no proxy.
func newWeb(ca string) (web, error) {
	transport := &http.Transport{
		DialContext:            (&net.Dialer{Timeout: callTimeout}).DialContext,
		TLSHandshakeTimeout:    callTimeout,
		MaxResponseHeaderBytes: 64 << 10,
		ForceAttemptHTTP2:      true,
	}
	if ca != "" {
		text, err := os.ReadFile(ca)
		if err != nil {
			return web{}, fmt.Errorf("reading the certificates to trust: %w; name a file under ca", err)
		}
		pool := x509.NewCertPool()
		if !pool.AppendCertsFromPEM(text) {
			return web{}, fmt.Errorf("reading the certificates to trust: %s holds none; name a file in PEM form under ca", ca)
		}
		transport.TLSClientConfig = &tls.Config{RootCAs: pool}
	}
	return web{&http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

func (w web) close() { w.client.CloseIdleConnections() }

// reply is what a web service answered.
type reply struct {
	status int
	to     string
	body   []byte
	// document is the body as JSON; nil if it is none.
	document any
	// size is the answer's where it was too large to be read, or 0.
	tooLarge bool
}

func (r reply) String() string {
	text := fmt.Sprintf("%d %s", r.status, http.StatusText(r.status))
	if r.to != "" {
		text += ", a redirect, which is not followed"
	}
	return strings.TrimSpace(text)
}

// call makes one call. notSent tells that the service can't have got it.
func (w web) call(ctx context.Context, request *http.Request) (r reply, notSent bool, err error) {
	answer, err := w.client.Do(request.WithContext(ctx))
	if err != nil {
		return r, unsent(err), plainCause(err)
	}
	defer answer.Body.Close()
	r.status = answer.StatusCode
	if r.status >= 300 && r.status < 400 {
		r.to = answer.Header.Get("Location")
	}
	r.body, err = io.ReadAll(io.LimitReader(answer.Body, maxAnswer+1))
	if err != nil {
		return r, false, fmt.Errorf("reading the answer: %w", err)
	}
	if len(r.body) > maxAnswer {
		r.body, r.tooLarge = r.body[:maxAnswer], true
		return r, false, nil
	}
	dec := json.NewDecoder(bytes.NewReader(r.body))
	dec.UseNumber()
	if dec.Decode(&r.document) != nil {
		r.document = nil
	}
	return r, false, nil
}

// unsent tells whether a call failed before there was a connection.
func unsent(err error) bool {
	var op *net.OpError
	if errors.As(err, &op) && op.Op == "dial" {
		return true
	}
	var name *net.DNSError
	var cert *tls.CertificateVerificationError
	return errors.As(err, &name) || errors.As(err, &cert)
}

// plainCause takes the URL out of an error: it is said where it helps.
func plainCause(err error) error {
	for {
		inner := errors.Unwrap(err)
		var url interface{ Timeout() bool }
		if inner == nil || !strings.Contains(fmt.Sprintf("%T", err), "url.Error") || !errors.As(err, &url) {
			return err
		}
		err = inner
	}
}

// request makes a call of what the file says.
func (t *task) request(r schema.WebRequest) (*http.Request, error) {
	to, err := t.URL(r.URL)
	if err != nil {
		return nil, err
	}
	headers, err := t.Headers(r.Headers)
	if err != nil {
		return nil, err
	}
	var body []byte
	kind := ""
	switch {
	case r.JSON != nil:
		body, err = t.JSON(r.JSON)
		kind = "application/json"
	case r.Form != nil:
		var form string
		form, err = t.Form(r.Form)
		body, kind = []byte(form), "application/x-www-form-urlencoded"
	}
	if err != nil {
		return nil, err
	}
	method := r.Method
	if method == "" {
		method = http.MethodPost
	}
	request, err := http.NewRequest(method, to, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("making the call: %w; correct the action's URL", plainCause(err))
	}
	if kind != "" {
		request.Header.Set("Content-Type", kind)
	}
	request.Header.Set("User-Agent", "expertcontroller-agent")
	request.Header.Set("Accept", "application/json, */*;q=0.1")
	for name, value := range headers {
		if strings.EqualFold(name, "Host") {
			request.Host = value
			continue
		}
		request.Header.Set(name, value)
	}
	return request, nil
}

func expected(r schema.WebRequest, status int) bool {
	if len(r.Expect) > 0 {
		return slices.Contains(r.Expect, status)
	}
	return status >= 200 && status < 300
}

// saysNothingGoesOn tells whether a status means that the service has not begun, or has ended.
func saysNothingGoesOn(r schema.WebRequest, status int) bool {
	if len(r.Failed) > 0 {
		return slices.Contains(r.Failed, status)
	}
	switch status {
	case http.StatusTemporaryRedirect, http.StatusPermanentRedirect, http.StatusNotImplemented, http.StatusServiceUnavailable:
		return true
	}
	// Any other redirect may well be how a service says that it has done what it was asked
	// for, and where that can be looked at.
	return status >= 400 && status < 500
}

// excerpt gives the beginning of an answer's body as output.
func (r reply) excerpt() string {
	b := r.body
	if len(b) <= keepAnswer {
		return string(b)
	}
	return fmt.Sprintf("%s\n… %d bytes and more were left out …", wholeRunes(b[:keepAnswer], false), len(b)-keepAnswer)
}

// data gives the answer for programs, if it is an object that is small enough.
func (r reply) data() json.RawMessage {
	if _, ok := r.document.(map[string]any); ok && len(r.body) <= maxData {
		return bytes.TrimSpace(r.body)
	}
	return nil
}

// placeOf names a call for people, without what stands behind ?.
func placeOf(request *http.Request) string {
	return request.Method + " " + request.URL.Scheme + "://" + request.URL.Host + request.URL.EscapedPath()
}
