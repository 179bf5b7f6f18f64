package bridge

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"mime"

	"expertcontroller/client"
	"expertcontroller/schema"
)

// What people and programs say over HTTP becomes the messages that everybody sends, with
// the same checks and the same answers.

// message reads the request's body as a message of the route's kind: its type may be left
// out, its id is the header's Idempotency-Key, and the path gives what it names.
func message[T any](c *call) (*T, *schema.Error) {
	fields, body, bad := c.body()
	if bad != nil {
		return nil, bad
	}
	given := [][2]string{{"type", schema.Type(c.route.request)}, {"id", c.r.Header.Get("Idempotency-Key")}}
	for _, name := range c.route.fills {
		given = append(given, [2]string{name, c.r.PathValue(name)})
	}
	var put []byte
	for _, g := range given {
		name, value := g[0], g[1]
		have, there := fields[name]
		switch {
		case value == "":
		case !there:
			put = append(append(append(append(put, '"'), name...), `":`...), mustEncode(value)...)
			put = append(put, ',')
		default:
			var text string
			if json.Unmarshal(have, &text) != nil || text != value {
				return nil, malformed(name, "is %s in the body and %q outside it: say it once, or the same", clip(string(have)), clip(value))
			}
		}
	}
	if len(fields) == 0 {
		put = bytes.TrimSuffix(put, []byte(","))
	}
	// What the body holds stays as it is, so that what is wrong in it is refused as ever.
	at := bytes.IndexByte(body, '{') + 1
	payload := append(append(append([]byte{}, body[:at]...), put...), body[at:]...)
	v, bad := schema.Decode(c.route.request, payload)
	if bad != nil {
		return nil, bad
	}
	return v.(*T), nil
}

// body reads a JSON object; an empty body is an empty one.
func (c *call) body() (map[string]json.RawMessage, []byte, *schema.Error) {
	if kind, _, err := mime.ParseMediaType(c.r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return nil, nil, refusal(415, schema.CodeMalformed, "send JSON, and say so: Content-Type: application/json")
	}
	raw, err := io.ReadAll(io.LimitReader(c.r.Body, schema.MaxInput+1))
	if err != nil {
		return nil, nil, malformed("", "the body did not come whole")
	}
	if len(raw) > schema.MaxInput {
		return nil, nil, refusal(413, schema.CodeTooLarge, "the body has more than %d bytes", schema.MaxInput)
	}
	if len(bytes.TrimSpace(raw)) == 0 {
		raw = []byte("{}")
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(raw, &fields); err != nil || fields == nil {
		return nil, nil, malformed("", "the body is no JSON object")
	}
	return fields, raw, nil
}

// say sends a message and gives its answer.
func say[T any](c *call, send func(*client.Client, context.Context, T) (schema.Answer, error)) (any, *schema.Error) {
	m, bad := message[T](c)
	if bad != nil {
		return nil, bad
	}
	ctx, cancel := context.WithTimeout(c.r.Context(), callWithin)
	defer cancel()
	answer, err := send(c.speaking(), ctx, *m)
	if err != nil {
		return nil, errorOf(err)
	}
	return answer, nil
}

func (c *call) request() (any, *schema.Error) { return say(c, (*client.Client).Submit) }
func (c *call) cleared() (any, *schema.Error) { return say(c, (*client.Client).Clear) }
func (c *call) setMode() (any, *schema.Error) { return say(c, (*client.Client).Mode) }
func (c *call) hold() (any, *schema.Error)    { return say(c, (*client.Client).Hold) }

func (c *call) decide() (any, *schema.Error) {
	prompt := c.r.PathValue("prompt")
	token, _, err := schema.ParsePromptID(prompt)
	if err != nil {
		return nil, refusal(404, schema.CodeUnknown, "%s", clip(err.Error()))
	}
	if system, _, _ := schema.ParseToken(token); system != c.system {
		return nil, refusal(404, schema.CodeUnknown, "%s is no prompt of the system %s", prompt, c.system)
	}
	return say(c, (*client.Client).Decide)
}

func (c *call) interrupt() (any, *schema.Error) {
	if _, bad := c.token(); bad != nil {
		return nil, bad
	}
	return say(c, (*client.Client).Interrupt)
}

func (c *call) note() (any, *schema.Error) {
	if _, bad := c.token(); bad != nil {
		return nil, bad
	}
	return say(c, (*client.Client).Note)
}

// told is a sentence about what happened.
type told struct {
	Text string `json:"text"`
}

func (c *call) breakAgain() (any, *schema.Error) {
	text, err := c.bridge.o.Demo.Break(c.r.Context())
	if err != nil {
		return nil, refusal(503, codeUnavailable, "%v", err)
	}
	return told{text}, nil
}

func (c *call) vanish() (any, *schema.Error) {
	_, body, bad := c.body()
	if bad != nil {
		return nil, bad
	}
	var m struct {
		Vanish *bool `json:"vanish"`
	}
	if err := json.Unmarshal(body, &m); err != nil || m.Vanish == nil {
		return nil, malformed("vanish", "say true or false")
	}
	text, err := c.bridge.o.Demo.Vanish(c.r.Context(), *m.Vanish)
	if err != nil {
		return nil, refusal(503, codeUnavailable, "%v", err)
	}
	return told{text}, nil
}
