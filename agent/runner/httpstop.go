package runner

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"expertcontroller/agent"
	"expertcontroller/schema"
)

// stop asks the service to stop, and waits until it has confirmed. first is the first
// call where that has not been answered yet.
func (e *errand) stop(request *http.Request, first <-chan began) agent.Outcome {
	asked := why(e.ctx)
	if e.HTTP.Abort == nil || !e.Stops() {
		return unknown("its time (%s) was over, and there is no way to stop it", short(e.limit))
	}
	grace, cancel := context.WithTimeout(context.WithoutCancel(e.ctx), e.grace)
	defer cancel()
	abort, err := e.request(*e.HTTP.Abort)
	if err != nil && first != nil {
		// What the abort has to name stands in an answer that is not there yet.
		select {
		case b := <-first:
			if out, ended := e.started(request, b); ended {
				return out
			}
			first = nil
			abort, err = e.request(*e.HTTP.Abort)
		case <-grace.Done():
			return unknown("%s; it can't be asked to stop before it has answered the first call, and that took longer than %s", asked, short(e.grace))
		}
	}
	if err != nil {
		return unknown("%s; it could not be asked to stop: %v", asked, err)
	}
	said := e.askToStop(grace, abort)
	if said == "" && e.HTTP.Poll == nil {
		return agent.Outcome{Outcome: schema.OutcomeAborted, Text: asked + "; " + placeOf(abort) + " has confirmed it", Output: e.last.excerpt()}
	}
	if first != nil {
		select {
		case b := <-first:
			if out, ended := e.started(request, b); ended {
				return out
			}
		case <-grace.Done():
			return unknown("%s; %s, and the first call has not been answered within %s", asked, orSaid(said), short(e.grace))
		}
	}
	if e.HTTP.Poll == nil {
		return unknown("%s; %s", asked, orSaid(said))
	}
	if out := e.poll(grace, asked); out.Outcome != "" {
		return out
	}
	u := unknown("%s; %s, and has not confirmed within %s that it has stopped", asked, orSaid(said), short(e.grace))
	u.Output = e.last.excerpt()
	return u
}

func orSaid(said string) string {
	if said == "" {
		return "it was asked to stop"
	}
	return said
}

// askToStop sends the abort, again while the service can't be reached; "" when it was
// taken, else what went wrong.
func (e *errand) askToStop(ctx context.Context, abort *http.Request) string {
	again := time.NewTicker(500 * time.Millisecond)
	defer again.Stop()
	for {
		call, cancel := context.WithTimeout(ctx, orDefault(e.HTTP.Abort.Timeout, callTimeout))
		answer, notSent, err := e.call(call, abort.Clone(call))
		cancel()
		switch {
		case err == nil && expected(*e.HTTP.Abort, answer.status):
			return ""
		case err == nil:
			return fmt.Sprintf("%s answered %s", placeOf(abort), answer)
		case !notSent:
			return fmt.Sprintf("%s gave no whole answer (%v)", placeOf(abort), err)
		}
		select {
		case <-ctx.Done():
			return fmt.Sprintf("%s could not be reached (%v)", placeOf(abort), err)
		case <-again.C:
		}
		if abort.GetBody != nil {
			body, err := abort.GetBody()
			if err != nil {
				return fmt.Sprintf("%s could not be asked to stop (%v)", placeOf(abort), err)
			}
			abort.Body = body
		}
	}
}
