package runner

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"expertcontroller/agent"
	"expertcontroller/agent/actions"
	"expertcontroller/schema"
)

// Asker asks services on the broker; cmd plugs the agent's connection in.
type Asker interface {
	// Ask sends a request and waits for its reply until ctx ends. ErrNotSent is in an
	// error after which nobody can have got it.
	Ask(ctx context.Context, subject string, headers map[string]string, payload []byte) (Reply, error)
}

// Reply is what a service on the broker said.
type Reply struct {
	Data []byte
	// Error is what a NATS micro service says instead of a result; "": it is none.
	Error string
}

// ErrNotSent says that a request reached nobody.
var ErrNotSent = errors.New("it reached nobody")

// question is what a service on the broker was asked, and how it ended.
type question struct {
	reply Reply
	err   error
}

func (r *Runner) nats(ctx context.Context, t *task) agent.Outcome {
	if r.Asker == nil {
		return nothingDone("this agent has no broker to ask services on")
	}
	subject, headers, payload, err := t.message(t.NATS.BrokerMessage)
	if err != nil {
		return t.nothingDone(err)
	}
	over, cancel := t.over(ctx)
	defer cancel()
	// A request can't be recalled: its reply is waited for even when the task has to stop.
	asking, end := context.WithTimeout(context.WithoutCancel(ctx), t.limit+2*t.grace)
	defer end()
	t.report("asking "+subject, -1, "")
	replied := make(chan question, 1)
	go func() {
		var q question
		q.reply, q.err = r.Asker.Ask(asking, subject, headers, payload)
		replied <- q
	}()
	select {
	case q := <-replied:
		return t.answered(subject, q, "")
	case <-over:
	}
	asked := why(ctx)
	if !t.Stops() {
		return unknown("%s has not answered within %s, and there is no way to stop it", subject, short(t.limit))
	}
	grace, done := context.WithTimeout(asking, t.grace)
	defer done()
	said := r.askToStop(grace, t)
	select {
	case q := <-replied:
		return t.answered(subject, q, asked)
	case <-grace.Done():
	}
	return unknown("%s; %s, and %s has not answered within %s", asked, said, subject, short(t.grace))
}

// askToStop sends the abort and says how that went.
func (r *Runner) askToStop(ctx context.Context, t *task) string {
	subject, headers, payload, err := t.message(*t.NATS.Abort)
	if err != nil {
		return "it could not be asked to stop: " + err.Error()
	}
	again := time.NewTicker(500 * time.Millisecond)
	defer again.Stop()
	for {
		reply, err := r.Asker.Ask(ctx, subject, headers, payload)
		switch {
		case err == nil && reply.Error != "":
			return fmt.Sprintf("%s answered with an error (%s)", subject, reply.Error)
		case err == nil:
			return "it was asked to stop"
		case !errors.Is(err, ErrNotSent):
			return fmt.Sprintf("%s has not answered (%v)", subject, err)
		}
		select {
		case <-ctx.Done():
			return fmt.Sprintf("%s could not be asked (%v)", subject, err)
		case <-again.C:
		}
	}
}

// message fills what is sent; without a payload of its own the parameters are it.
func (t *task) message(m schema.BrokerMessage) (subject string, headers map[string]string, payload []byte, err error) {
	if subject, err = t.Subject(m.Subject); err != nil {
		return
	}
	if headers, err = t.Headers(m.Headers); err != nil {
		return
	}
	if m.JSON == nil {
		payload, err = t.ParametersJSON()
	} else {
		payload, err = t.JSON(m.JSON)
	}
	return
}

// answered says what a reply means. asked is why the service was told to stop, if it was.
func (t *task) answered(subject string, q question, asked string) agent.Outcome {
	switch {
	case errors.Is(q.err, ErrNotSent):
		return nothingDone(fmt.Sprintf("%s: %v", subject, q.err))
	case q.err != nil:
		return unknown("%s was asked and has not answered (%v), so that nobody knows what became of it", subject, q.err)
	}
	r := reply{body: q.reply.Data, tooLarge: len(q.reply.Data) > maxAnswer}
	r.body = r.body[:min(len(r.body), maxAnswer)]
	dec := json.NewDecoder(bytes.NewReader(r.body))
	dec.UseNumber()
	if r.tooLarge || dec.Decode(&r.document) != nil {
		r.document = nil
	}
	out := agent.Outcome{Outcome: schema.OutcomeDone, Output: r.excerpt(), Data: r.data(), Text: subject + " has answered"}
	n := t.NATS
	switch {
	case q.reply.Error != "":
		out.Outcome, out.Text = schema.OutcomeFailed, fmt.Sprintf("%s answered with an error (%s)", subject, q.reply.Error)
	case n.State != "":
		value, there := actions.At(r.document, n.State)
		state, plain := actions.Plain(value)
		switch {
		case !there || !plain:
			u := unknown("%s has answered, and its answer holds no state at %s", subject, n.State)
			u.Output = out.Output
			return u
		case slices.Contains(n.Done, state):
		case slices.Contains(n.Aborted, state) && asked != "":
			out.Outcome = schema.OutcomeAborted
		default:
			out.Outcome = schema.OutcomeFailed
		}
		out.Text = fmt.Sprintf("%s says %s", subject, state)
	}
	switch {
	case asked == "":
	case out.Outcome == schema.OutcomeFailed && q.reply.Error != "":
		// It ended without success after it was asked to.
		out.Outcome, out.Text = schema.OutcomeAborted, asked+"; "+out.Text
	case out.Outcome == schema.OutcomeAborted:
		out.Text = asked + "; " + out.Text
	default:
		out.Text += " (it had been told to stop: " + asked + ")"
	}
	return out
}
