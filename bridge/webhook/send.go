package webhook

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"expertcontroller/schema"
)

// Headers of a notice.
const (
	// HeaderID is the notice's id: the same, however often it is sent.
	HeaderID = "X-Recovery-Id"
	// HeaderTime is when this try was sent, in seconds since 1970.
	HeaderTime = "X-Recovery-Time"
	// HeaderSignature is sha256= and the HMAC, in hexadecimal, of the time, a dot and the body.
	HeaderSignature = "X-Recovery-Signature"
)

// Sign gives the signature of a body sent at a time. A receiver computes it, compares in
// constant time, and refuses times that lie far away.
func Sign(secret []byte, sent string, body []byte) string {
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(sent + "."))
	mac.Write(body)
	return "sha256=" + hex.EncodeToString(mac.Sum(nil))
}

// poster is what notices are sent with.
func poster(config Config) *http.Client {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = 1
	return &http.Client{
		Timeout: time.Duration(config.Timeout), Transport: transport,
		// Where a notice goes is what the file says, nothing else.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// send tries once.
func (h *Hook) send(ctx context.Context, n Notice) error {
	body, err := h.writer.write(n)
	if err != nil {
		return fmt.Errorf("writing it: %w; correct the template", err)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, h.config.URL, bytes.NewReader(body))
	if err != nil {
		return err
	}
	for name, value := range h.config.Headers {
		r.Header.Set(name, value)
	}
	sent := strconv.FormatInt(time.Now().Unix(), 10)
	r.Header.Set("Content-Type", h.config.ContentType)
	r.Header.Set("User-Agent", "expertcontroller")
	r.Header.Set(HeaderID, n.ID)
	r.Header.Set(HeaderTime, sent)
	if len(h.config.token) > 0 {
		r.Header.Set("Authorization", "Bearer "+string(h.config.token))
	}
	if len(h.config.secret) > 0 {
		r.Header.Set(HeaderSignature, Sign(h.config.secret, sent, body))
	}
	answer, err := h.http.Do(r)
	if wrong := new(url.Error); errors.As(err, &wrong) {
		err = wrong.Err // without the URL, whose path is a secret with many receivers
	}
	if err != nil {
		return fmt.Errorf("reaching the receiver: %w: see that it runs and can be reached from here, or correct url in the webhook's file", err)
	}
	defer answer.Body.Close()
	// Whether it is taken stands in the status: what is said besides may be cut.
	said, _ := io.ReadAll(io.LimitReader(answer.Body, 512))
	if answer.StatusCode < 200 || answer.StatusCode > 299 {
		words := []string{"the receiver answers " + answer.Status}
		if text := strings.TrimSpace(schema.Clean(string(bytes.ToValidUTF8(said, nil)))); text != "" {
			words = append(words, text)
		}
		return errors.New(strings.Join(append(words, remedy(answer.StatusCode)), ": "))
	}
	return nil
}

// remedy says what to do about an answer that is not 2xx.
func remedy(code int) string {
	switch {
	case code < 400:
		return "a redirect is not followed; write where it leads to as url in the webhook's file"
	case code == http.StatusUnauthorized, code == http.StatusForbidden:
		return "see that secret_file, token_file and headers in the webhook's file are what the receiver asks for"
	case code == http.StatusNotFound, code == http.StatusMethodNotAllowed, code == http.StatusGone:
		return "correct url in the webhook's file, or make the receiver take POST there"
	case code == http.StatusTooManyRequests, code == http.StatusRequestTimeout:
		return "it is tried again, more slowly; if it stays so, tell it less (tell, in the webhook's file)"
	case code < 500:
		return "correct template, content_type or headers in the webhook's file as the receiver's documentation says"
	}
	return "it is tried again; what is wrong there, the receiver's own log says"
}
