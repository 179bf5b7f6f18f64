package bridge

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"expertcontroller/schema"
)

// picture is what a dashboard shows of a system: keyed documents, folded by upsert. The
// rules stand in docs/bridge.md, since every client folds the same.
type picture struct {
	documents map[string]shown
}

// shown is a document of a picture.
type shown struct {
	// change is the document as frames hold it: {"key":…,"value":…}.
	change []byte
	recoveryOf
}

// recoveryOf is as much of a recovery as the fold needs.
type recoveryOf struct {
	number   uint64
	terminal bool
	// never: it was rejected or joined.
	never bool
	// ended is in milliseconds.
	ended int64
	// prompt is the one that is open.
	prompt    string
	simulated bool
}

func newPicture() *picture { return &picture{documents: map[string]shown{}} }

// change is what one document of an entry changes in a picture.
type change struct {
	key string
	// value is the document until it is encoded; without one the key is removed.
	value json.RawMessage
	// body is {"key":…,"value":…}, once it is encoded.
	body []byte
	gone bool
	recoveryOf
}

// changeOf reads a document of the log; nil: nothing that is shown.
func changeOf(d schema.Document) (*change, error) {
	if !schema.InPicture(d.Key) {
		return nil, nil
	}
	c := &change{key: d.Key, value: d.Value, gone: len(d.Value) == 0 || string(d.Value) == "null"}
	token, recovery := strings.CutPrefix(d.Key, schema.KeyRecovery)
	if !recovery {
		token, recovery = strings.CutPrefix(d.Key, schema.KeyRecord)
	}
	var err error
	switch {
	case recovery && c.gone:
		return nil, nil // it leaves the state; its record stays, and so does what is shown
	case recovery:
		c.key = schema.KeyRecovery + token
		c.value, c.recoveryOf, err = recoveryShown(token, d.Value)
	case c.gone:
		c.value = nil
	case strings.HasPrefix(d.Key, schema.KeyAgent):
		var agent struct {
			Simulated bool `json:"simulated"`
		}
		err = json.Unmarshal(d.Value, &agent)
		c.simulated = agent.Simulated
	}
	if err != nil {
		return nil, fmt.Errorf("document %s: %w", d.Key, err)
	}
	return c, nil
}

// encode makes the change's body.
func (c *change) encode() error {
	key, err := schema.Encode(c.key)
	if err != nil {
		return fmt.Errorf("document %s: %w", c.key, err)
	}
	// The value is JSON already: encoding it again would read every byte of it twice.
	c.body = make([]byte, 0, len(key)+len(c.value)+20)
	c.body = append(append(c.body, `{"key":`...), key...)
	if len(c.value) > 0 {
		c.body = append(append(c.body, `,"value":`...), c.value...)
	}
	c.body = append(c.body, '}')
	c.value = nil // frames are kept: once is enough
	return nil
}

// recoveryShown takes the request out of a status, where an old log has it there: it is
// fetched when it is wanted.
func recoveryShown(token string, value json.RawMessage) (json.RawMessage, recoveryOf, error) {
	var of recoveryOf
	_, number, err := schema.ParseToken(token)
	if err != nil {
		return nil, of, err
	}
	head, err := schema.Read[statusHead](value)
	if err != nil {
		return nil, of, err
	}
	of = recoveryOf{number: number, terminal: schema.Terminal(head.State), never: head.State == schema.RejectedState || head.State == schema.Joined}
	if head.Ended != nil {
		of.ended = head.Ended.UnixMilli()
	}
	if head.Prompt != nil {
		of.prompt = head.Prompt.ID
	}
	if len(head.Request) == 0 {
		return value, of, nil
	}
	fields, err := schema.Read[map[string]json.RawMessage](value)
	if err != nil {
		return nil, of, err
	}
	delete(fields, "request")
	out, err := schema.Encode(fields)
	return out, of, err
}

// statusHead is what the fold reads of a status.
type statusHead struct {
	State  string     `json:"state"`
	Ended  *time.Time `json:"ended"`
	Prompt *struct {
		ID string `json:"id"`
	} `json:"prompt"`
	Request json.RawMessage `json:"request"`
}

// worthTelling leaves out what no picture would keep: of the records of one entry, all of
// them of requests that never began and ended with it, the fold drops all but the last
// ones. A flood of rejected requests so costs a dashboard no more than a few, and is not
// even read. What was open is told in any case: a picture would go on showing it so.
func worthTelling(documents []schema.Document) []schema.Document {
	var numbers []uint64
	for _, d := range documents {
		if n, ok := neverBegan(d); ok {
			numbers = append(numbers, n)
		}
	}
	if len(numbers) <= schema.PictureEnded {
		return documents
	}
	slices.Sort(numbers)
	first := numbers[len(numbers)-schema.PictureEnded]
	kept := make([]schema.Document, 0, len(documents)-len(numbers)+schema.PictureEnded)
	for _, d := range documents {
		if n, ok := neverBegan(d); !ok || n >= first {
			kept = append(kept, d)
		}
	}
	return kept
}

// neverBegan gives the number of a record that was never part of the state.
func neverBegan(d schema.Document) (number uint64, ok bool) {
	token, ok := strings.CutPrefix(d.Key, schema.KeyRecord)
	if !ok {
		return 0, false
	}
	_, number, err := schema.ParseToken(token)
	return number, err == nil
}

// lastFirst orders recoveries that have ended.
func lastFirst(a, b recoveryOf) int {
	return cmp.Or(cmp.Compare(b.ended, a.ended), cmp.Compare(b.number, a.number))
}

// apply folds a change.
func (p *picture) apply(c *change) {
	if c.gone {
		delete(p.documents, c.key)
		return
	}
	p.documents[c.key] = shown{c.body, c.recoveryOf}
	if c.terminal {
		p.dropOld(c.never)
	}
}

// dropOld keeps the last ones that ended.
func (p *picture) dropOld(never bool) {
	var ended []string
	for key, s := range p.documents {
		if s.terminal && s.never == never {
			ended = append(ended, key)
		}
	}
	if len(ended) <= schema.PictureEnded {
		return
	}
	slices.SortFunc(ended, func(a, b string) int {
		return lastFirst(p.documents[a].recoveryOf, p.documents[b].recoveryOf)
	})
	for _, key := range ended[schema.PictureEnded:] {
		delete(p.documents, key)
	}
}

// keys are in order, so that a picture has one form.
func (p *picture) keys() []string { return slices.Sorted(maps.Keys(p.documents)) }

// asks tells whether this prompt is open.
func (p *picture) asks(prompt string) bool {
	token, _, err := schema.ParsePromptID(prompt)
	return err == nil && p.documents[schema.KeyRecovery+token].prompt == prompt
}

// simulated tells whether an agent that plays takes part.
func (p *picture) simulated() bool {
	for key, s := range p.documents {
		if s.recoveryOf.simulated && strings.HasPrefix(key, schema.KeyAgent) {
			return true
		}
	}
	return false
}
