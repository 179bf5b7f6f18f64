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
	// body is {"key":…,"value":…}; without a value the key is removed.
	body []byte
	gone bool
	recoveryOf
}

// changeOf reads a document of the log; nil: nothing that is shown.
func changeOf(d schema.Document) (*change, error) {
	if !schema.InPicture(d.Key) {
		return nil, nil
	}
	c := &change{key: d.Key, gone: len(d.Value) == 0 || string(d.Value) == "null"}
	token, recovery := strings.CutPrefix(d.Key, schema.KeyRecovery)
	if !recovery {
		token, recovery = strings.CutPrefix(d.Key, schema.KeyRecord)
	}
	value := d.Value
	switch {
	case recovery && c.gone:
		return nil, nil // it leaves the state; its record stays, and so does what is shown
	case recovery:
		c.key = schema.KeyRecovery + token
		var err error
		if value, c.recoveryOf, err = recoveryShown(token, d.Value); err != nil {
			return nil, fmt.Errorf("document %s: %w", d.Key, err)
		}
	case c.gone:
		value = nil
	case strings.HasPrefix(d.Key, schema.KeyAgent):
		var agent struct {
			Simulated bool `json:"simulated"`
		}
		if err := json.Unmarshal(d.Value, &agent); err != nil {
			return nil, fmt.Errorf("document %s: %w", d.Key, err)
		}
		c.simulated = agent.Simulated
	}
	var err error
	c.body, err = schema.Encode(schema.Document{Key: c.key, Value: value})
	return c, err
}

// recoveryShown takes the request out of a status: it is fetched when it is wanted.
func recoveryShown(token string, value json.RawMessage) (json.RawMessage, recoveryOf, error) {
	var of recoveryOf
	_, number, err := schema.ParseToken(token)
	if err != nil {
		return nil, of, err
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(value, &fields); err != nil {
		return nil, of, err
	}
	delete(fields, "request")
	var head struct {
		State  string     `json:"state"`
		Ended  *time.Time `json:"ended"`
		Prompt *struct {
			ID string `json:"id"`
		} `json:"prompt"`
	}
	if err := json.Unmarshal(value, &head); err != nil {
		return nil, of, err
	}
	of = recoveryOf{number: number, terminal: schema.Terminal(head.State), never: head.State == schema.RejectedState || head.State == schema.Joined}
	if head.Ended != nil {
		of.ended = head.Ended.UnixMilli()
	}
	if head.Prompt != nil {
		of.prompt = head.Prompt.ID
	}
	out, err := schema.Encode(fields)
	return out, of, err
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
		x, y := p.documents[a], p.documents[b]
		return cmp.Or(cmp.Compare(y.ended, x.ended), cmp.Compare(y.number, x.number))
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
