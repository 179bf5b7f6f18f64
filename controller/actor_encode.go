package controller

import (
	"errors"
	"fmt"
	"runtime"
	"sync"
	"time"

	"expertcontroller/schema"
)

// newEntry makes the entry that follows the position.
func (a *Actor) newEntry(at time.Time) *schema.Entry {
	p := a.state.Position
	e := &schema.Entry{
		Type: schema.Type(schema.KindEntry), System: a.config.System, Entry: p.Entry + 1, Lineage: p.Lineage, Previous: p.Hash,
		ID: randomID(), At: at, Replica: a.config.Replica, Rules: schema.RulesVersion, Build: a.config.Build,
	}
	if e.Entry == 1 {
		e.Lineage = randomID()
	}
	return e
}

// encode makes the entry of a decision.
func (a *Actor) encode(p *proposal) error {
	d := &p.decision
	e := a.newEntry(d.At)
	e.Events = d.Events
	e.Inputs = make([]schema.EntryInput, len(d.Order))
	for i, n := range d.Order {
		in := &p.batch[n].in
		id := in.ID
		if id == "" {
			id = in.Own
		}
		e.Inputs[i] = schema.EntryInput{ID: id, Kind: in.Kind, By: in.By, At: in.At, Inbox: in.Inbox, Message: in.Raw, Answer: &d.Answers[n]}
		if d.Answers[n].Reason.Code == schema.CodeDiskShort {
			e.Inputs[i].Message = nil // there is no room for what is not taken
		}
	}
	onceOnly(e.Inputs, d.Changes)
	var err error
	if e.Documents, err = encodeDocuments(d.Changes); err != nil {
		return err
	}
	return p.put(e)
}

// onceOnly leaves out the messages that stand among the documents.
func onceOnly(inputs []schema.EntryInput, changes []Change) {
	i := 0
	for _, c := range changes {
		g, ok := c.Value.(*given)
		if !ok || len(g.raw) == 0 {
			continue
		}
		// Requests are decided in the order of the inputs.
		for n := range inputs {
			in := &inputs[(i+n)%len(inputs)]
			if in.Kind == schema.KindRequest && len(in.Message) > 0 && &in.Message[0] == &g.raw[0] && in.Answer.Token == c.Name {
				in.Message, i = nil, i+n+1
				break
			}
		}
	}
}

// put makes e the proposal's entry, if it fits a message.
func (p *proposal) put(e *schema.Entry) (err error) {
	p.entry = e
	if p.payload, err = encodeEntry(e); err != nil {
		return err
	}
	if len(p.payload) > schema.MaxEntry {
		return fmt.Errorf("%w: %d bytes, %d are the most", errTooLarge, len(p.payload), schema.MaxEntry)
	}
	return nil
}

// encodeEntry writes an entry. Its documents and messages are JSON already; encoding
// the entry as a whole would read every byte of them again, which is most of what a
// large batch costs. So they are put between its other fields as they are.
func encodeEntry(e *schema.Entry) ([]byte, error) {
	inputs, err := encodeInputs(e.Inputs)
	if err != nil {
		return nil, err
	}
	bare := *e
	bare.Inputs, bare.Documents = nil, nil
	size := 700 // about what is left without them
	for i := range e.Events {
		size += 250 + len(e.Events[i].Text)
	}
	for i := range inputs {
		size += len(inputs[i]) + len(e.Inputs[i].Message) + 16
	}
	for i := range e.Documents {
		size += len(e.Documents[i].Key) + len(e.Documents[i].Value) + 32
	}
	all, err := schema.Append(make([]byte, 0, size), &bare)
	if err != nil {
		return nil, err
	}
	all = all[:len(all)-1]
	for i, in := range inputs {
		all = append(all, opening(i, `,"inputs":[`)...)
		if m := e.Inputs[i].Message; len(m) > 0 {
			all = append(append(append(all, in[:len(in)-1]...), `,"message":`...), m...)
			all = append(all, '}')
		} else {
			all = append(all, in...)
		}
	}
	all = append(all, closing(len(inputs))...)
	for i := range e.Documents {
		d := &e.Documents[i]
		all = append(append(all, opening(i, `,"documents":[`)...), `{"key":`...)
		if all, err = schema.Append(all, &d.Key); err != nil {
			return nil, err
		}
		if len(d.Value) > 0 {
			all = append(append(all, `,"value":`...), d.Value...)
		}
		all = append(all, '}')
	}
	all = append(all, closing(len(e.Documents))...)
	return append(all, '}'), nil
}

// encodeInputs writes each input without its message.
func encodeInputs(all []schema.EntryInput) ([][]byte, error) {
	out := make([][]byte, len(all))
	err := shared(len(all), func(i int) (err error) {
		in := all[i]
		in.Message = nil
		out[i], err = schema.Encode(&in)
		return err
	})
	return out, err
}

func opening(i int, first string) string {
	if i == 0 {
		return first
	}
	return ","
}

func closing(n int) string {
	if n == 0 {
		return ""
	}
	return "]"
}

// encodeDocuments is DocumentsOf on all processors: an entry waits for nothing else as long.
func encodeDocuments(changes []Change) ([]schema.Document, error) {
	if len(changes) == 0 {
		return nil, nil
	}
	docs := make([]schema.Document, len(changes))
	err := shared(len(changes), func(i int) (err error) {
		room := bareStatuses.Get().(*schema.Status)
		defer bareStatuses.Put(room)
		docs[i], err = changes[i].document(room)
		return err
	})
	return docs, err
}

// bareStatuses are statuses on their way into the log, without their requests. They live
// for as long as one is written, and each is large.
var bareStatuses = sync.Pool{New: func() any { return new(schema.Status) }}

// shared calls f for 0 to n-1; many calls are shared among the processors.
func shared(n int, f func(int) error) error {
	const few = 8
	run := func(from, to int) error {
		for i := from; i < to; i++ {
			if err := f(i); err != nil {
				return err
			}
		}
		return nil
	}
	parts := min(runtime.GOMAXPROCS(0), n/few)
	if parts < 2 {
		return run(0, n)
	}
	errs := make([]error, parts)
	var all sync.WaitGroup
	for p := range parts {
		all.Go(func() { errs[p] = run(p*n/parts, (p+1)*n/parts) })
	}
	all.Wait()
	return errors.Join(errs...)
}
