package runner

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"expertcontroller/agent"
	"expertcontroller/agent/actions"
	"expertcontroller/schema"
)

// errand is a task that a web service carries out.
type errand struct {
	*task
	web
	// over is closed when it has to stop, or may last no longer.
	over <-chan struct{}
	ctx  context.Context
	last reply
}

// began is how the first call went.
type began struct {
	reply
	notSent bool
	err     error
}

func (r *Runner) http(ctx context.Context, t *task) agent.Outcome {
	request, err := t.request(t.HTTP.WebRequest)
	if err != nil {
		return t.nothingDone(err)
	}
	client, err := newWeb(t.HTTP.CA)
	if err != nil {
		return t.nothingDone(err)
	}
	defer client.close()
	over, cancel := t.over(ctx)
	defer cancel()
	e := &errand{task: t, web: client, over: over, ctx: ctx}
	return e.run(request)
}

func (e *errand) run(request *http.Request) agent.Outcome {
	e.report(placeOf(request), -1, "")
	// The call can't be recalled: it is waited for even when the task has to stop.
	calling, cancel := context.WithTimeout(context.WithoutCancel(e.ctx), orDefault(e.HTTP.Timeout, e.limit+e.grace))
	defer cancel()
	first := make(chan began, 1)
	go func() {
		var b began
		b.reply, b.notSent, b.err = e.call(calling, request)
		first <- b
	}()
	select {
	case b := <-first:
		if out, ended := e.started(request, b); ended {
			return out
		}
	case <-e.over:
		return e.stop(request, first)
	}
	return e.follow()
}

// started says what the first call's answer means; false: it goes on.
func (e *errand) started(request *http.Request, b began) (agent.Outcome, bool) {
	place := placeOf(request)
	e.last = b.reply
	out := agent.Outcome{Output: b.excerpt(), Data: b.data()}
	switch {
	case b.err != nil && b.notSent:
		return nothingDone(fmt.Sprintf("%s could not be reached (%v)", place, b.err)), true
	case b.err != nil:
		return unknown("%s was called and gave no whole answer (%v), so that nobody knows what became of it", place, b.err), true
	case expected(e.HTTP.WebRequest, b.status):
		if err := e.Answered(e.HTTP.Take, b.document); err != nil {
			u := unknown("%s answered %s, and what it began can't be followed: %v", place, b.reply, err)
			u.Output = out.Output
			return u, true
		}
		if e.HTTP.Poll != nil {
			return out, false
		}
		out.Outcome, out.Text = schema.OutcomeDone, fmt.Sprintf("%s answered %s", place, b.reply)
		return out, true
	case saysNothingGoesOn(e.HTTP.WebRequest, b.status):
		out.Outcome, out.Text = schema.OutcomeFailed, fmt.Sprintf("%s answered %s", place, b.reply)
		return out, true
	}
	u := unknown("%s answered %s, which doesn't tell whether anything was done", place, b.reply)
	u.Output = out.Output
	return u, true
}

// follow asks how far it got until it has ended, or has to stop.
func (e *errand) follow() agent.Outcome {
	ended := make(chan agent.Outcome, 1)
	polling, cancel := context.WithCancel(context.WithoutCancel(e.ctx))
	defer cancel()
	go func() { ended <- e.poll(polling, "") }()
	select {
	case out := <-ended:
		return out
	case <-e.over:
	}
	cancel()
	if out := <-ended; out.Outcome != "" {
		return out
	}
	return e.stop(nil, nil)
}

// poll asks until the state is one that ends it; "" when ctx ends before. asked is why
// it was told to stop, if it was.
func (e *errand) poll(ctx context.Context, asked string) agent.Outcome {
	p := e.HTTP.Poll
	every := time.NewTicker(orDefault(p.Every, time.Second))
	defer every.Stop()
	giveUp := orDefault(p.GiveUp, 30*time.Second)
	useful := time.Now()
	for {
		request, state, err := e.look(ctx)
		switch {
		case ctx.Err() != nil:
			return agent.Outcome{}
		case err != nil:
			if silent := time.Since(useful); silent >= giveUp {
				u := unknown("%s has answered nothing of use for %s (%v), so that nobody knows how far it got", placeOf(request), short(silent), err)
				u.Output = e.last.excerpt()
				return u
			}
			e.report(fmt.Sprintf("%s answers nothing of use: %v", placeOf(request), err), -1, "")
		default:
			useful = time.Now()
			if out, ended := e.judge(request, state, asked); ended {
				return out
			}
		}
		select {
		case <-ctx.Done():
			return agent.Outcome{}
		case <-every.C:
		}
	}
}

// look asks once, and gives the state.
func (e *errand) look(ctx context.Context) (*http.Request, string, error) {
	p := e.HTTP.Poll
	request, err := e.request(schema.WebRequest{Method: http.MethodGet, URL: p.URL, Headers: p.Headers})
	if err != nil {
		return &http.Request{Method: http.MethodGet}, "", err
	}
	call, cancel := context.WithTimeout(ctx, orDefault(p.Timeout, callTimeout))
	defer cancel()
	answer, _, err := e.call(call, request)
	if err != nil {
		return request, "", err
	}
	if answer.status < 200 || answer.status > 299 {
		return request, "", fmt.Errorf("it answers %s", answer)
	}
	value, there := actions.At(answer.document, p.State)
	state, plain := actions.Plain(value)
	if !there || !plain {
		return request, "", fmt.Errorf("its answer holds no state at %s", p.State)
	}
	e.last = answer
	return request, state, nil
}

// judge says what a state means; false: it goes on.
func (e *errand) judge(request *http.Request, state, asked string) (agent.Outcome, bool) {
	p := e.HTTP.Poll
	text := ""
	if value, there := actions.At(e.last.document, p.Text); there && p.Text != "" {
		text, _ = actions.Plain(value)
	}
	out := agent.Outcome{Output: e.last.excerpt(), Data: e.last.data(), Text: fmt.Sprintf("%s says %s", placeOf(request), state)}
	if text != "" {
		out.Text += ": " + text
	}
	switch {
	case slices.Contains(p.Done, state):
		out.Outcome = schema.OutcomeDone
		if asked != "" {
			out.Text += " (it had been told to stop: " + asked + ")"
		}
		return out, true
	case slices.Contains(p.Aborted, state) && asked != "":
		out.Outcome, out.Text = schema.OutcomeAborted, asked+"; "+out.Text
		return out, true
	case slices.Contains(p.Failed, state), slices.Contains(p.Aborted, state):
		out.Outcome = schema.OutcomeFailed
		return out, true
	}
	percent := -1
	if value, there := actions.At(e.last.document, p.Percent); there && p.Percent != "" {
		if number, ok := actions.Plain(value); ok {
			if f, err := strconv.ParseFloat(number, 64); err == nil && f >= 0 && f <= 100 {
				percent = int(f)
			}
		}
	}
	if text == "" {
		text = state
	}
	e.report(text, percent, "")
	return out, false
}
