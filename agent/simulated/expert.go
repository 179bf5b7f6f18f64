package simulated

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"log/slog"
	"slices"
	"time"

	"expertcontroller/schema"
)

// Desk is where the expert asks. A call without an answer is repeated with the same id.
type Desk interface {
	Submit(ctx context.Context, request schema.Request) (schema.Answer, error)
	Clear(ctx context.Context, cleared schema.Cleared) (schema.Answer, error)
}

// ExpertOptions is how an expert works. Plant and Desk are needed.
type ExpertOptions struct {
	Plant *Plant
	Desk  Desk
	// Every is how often it looks at the plant; default 2 s, as in CMS.
	Every time.Duration
	// Patience is how long it waits before it asks again after a "no"; default 10 s.
	Patience time.Duration
	// CallTimeout bounds each call; default 5 s.
	CallTimeout time.Duration
	// Adjust, where given, may change a request before it is sent: shorter periods for a demo.
	Adjust func(*schema.Request)
	// Ended, where given, tells whether the recovery has ended, so that the expert asks
	// again for a problem that is still there. Without it, it asks once.
	Ended func(ctx context.Context, token string) (bool, error)
	Log   *slog.Logger
}

// Expert watches a plant and asks for recoveries.
type Expert struct {
	o     ExpertOptions
	cases []*concern
	// kinds says what the recoveries that it knows are about.
	kinds map[string]kind
}

// maxKinds bounds what is remembered of recoveries; only the one under way matters.
const maxKinds = 1000

type kind struct {
	key      string
	priority int
}

// concern is a problem that the expert has seen.
type concern struct {
	trouble Trouble
	// id is the request's; it changes with what is asked, not with each try.
	id       string
	relation *schema.Relation
	// sent: a request may have arrived. token: it was accepted.
	sent  bool
	token string
	// next is when there is something to do again.
	next time.Time
	// gone: the plant has it no more, and that has to be said.
	gone bool
}

// NewExpert makes one.
func NewExpert(o ExpertOptions) (*Expert, error) {
	if o.Plant == nil || o.Desk == nil {
		return nil, errors.New("making an expert: it needs a plant and a desk")
	}
	for d, otherwise := range map[*time.Duration]time.Duration{&o.Every: 2 * time.Second, &o.Patience: 10 * time.Second, &o.CallTimeout: 5 * time.Second} {
		if *d <= 0 {
			*d = otherwise
		}
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Expert{o: o, kinds: map[string]kind{}}, nil
}

// Run looks at the plant until ctx is done.
func (e *Expert) Run(ctx context.Context) error {
	tick := time.NewTicker(e.o.Every)
	defer tick.Stop()
	for {
		e.look(ctx)
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// look compares the plant with what is known, and does what is due.
func (e *Expert) look(ctx context.Context) {
	troubles := e.o.Plant.Troubles()
	for _, c := range e.cases {
		c.gone = !slices.ContainsFunc(troubles, func(t Trouble) bool { return t.Problem == c.trouble.Problem })
	}
	for _, t := range troubles {
		if !slices.ContainsFunc(e.cases, func(c *concern) bool { return c.trouble.Problem == t.Problem }) {
			e.cases = append(e.cases, &concern{trouble: t, id: randomID()})
		}
	}
	e.cases = slices.DeleteFunc(e.cases, func(c *concern) bool {
		switch {
		case ctx.Err() != nil:
		case c.gone:
			return !c.sent || e.sayCleared(ctx, c)
		case time.Now().Before(c.next):
		case c.token == "":
			e.ask(ctx, c)
		case e.o.Ended != nil:
			e.follow(ctx, c)
		}
		return false
	})
}

// ask asks for the recovery of a problem.
func (e *Expert) ask(ctx context.Context, c *concern) {
	request := c.trouble.Request
	request.Type = schema.Type(schema.KindRequest)
	request.ID, request.Relation = c.id, c.relation
	request.Problem.ID = c.trouble.Problem
	since := c.trouble.Since
	request.Problem.Since = &since
	request.NotBefore, request.Expires, request.Deadline = nil, nil, nil
	if e.o.Adjust != nil {
		request.Steps = slices.Clone(request.Steps)
		e.o.Adjust(&request)
	}
	c.sent = true
	ctx, cancel := context.WithTimeout(ctx, e.o.CallTimeout)
	defer cancel()
	answer, err := e.o.Desk.Submit(ctx, request)
	if err != nil {
		e.o.Log.Warn("no answer to a request; it is asked again with the same id", "problem", c.trouble.Problem, "error", err)
		return
	}
	e.o.Log.Info("asked for a recovery", "problem", c.trouble.Problem, "key", c.trouble.Key, "relation", relationOf(c), "verdict", answer.Verdict, "token", answer.Token, "reason", answer.Reason.Code)
	if answer.OK() {
		c.token = answer.Token
		c.next = time.Now().Add(e.o.Patience)
		if len(e.kinds) >= maxKinds {
			clear(e.kinds)
		}
		e.kinds[answer.Token] = kind{key: c.trouble.Key, priority: request.Priority}
		return
	}
	// What is asked next is another request.
	related := c.relation != nil
	c.id, c.relation = randomID(), nil
	switch answer.Reason.Code {
	case schema.CodeBusy:
		if answer.BlockedBy == nil || related {
			// It was decided on stale knowledge: look again first.
			return
		}
		c.relation = &schema.Relation{Kind: e.relate(c, *answer.BlockedBy, request.Priority), To: answer.BlockedBy.Token}
		e.ask(ctx, c)
	case schema.CodeStale, schema.CodeConflict:
	default:
		c.next = time.Now().Add(e.o.Patience)
	}
}

// relate says what a problem means for the recovery under way, as CMS's expert sees
// it: the same kind of problem is back, so go on; a more important one goes first; any
// other can wait.
func (e *Expert) relate(c *concern, by schema.BlockedBy, priority int) string {
	other, known := e.kinds[by.Token]
	if !known {
		for _, seen := range e.cases {
			if slices.Contains(by.Problems, seen.trouble.Problem) {
				other, known = kind{key: seen.trouble.Key, priority: seen.trouble.Request.Priority}, true
			}
		}
	}
	switch {
	case known && other.key == c.trouble.Key:
		return schema.Continue
	case known && priority > other.priority:
		return schema.Preempt
	}
	return schema.Postpone
}

func relationOf(c *concern) string {
	if c.relation == nil {
		return ""
	}
	return c.relation.Kind + " " + c.relation.To
}

// sayCleared says that a problem is gone; true once that was heard.
func (e *Expert) sayCleared(ctx context.Context, c *concern) bool {
	ctx, cancel := context.WithTimeout(ctx, e.o.CallTimeout)
	defer cancel()
	answer, err := e.o.Desk.Clear(ctx, schema.Cleared{Type: schema.Type(schema.KindCleared), ID: "cleared-" + c.trouble.Problem, Problem: c.trouble.Problem})
	if err != nil {
		e.o.Log.Warn("that a problem is gone was not heard; it is said again", "problem", c.trouble.Problem, "error", err)
		return false
	}
	e.o.Log.Info("said that a problem is gone", "problem", c.trouble.Problem, "key", c.trouble.Key, "verdict", answer.Verdict)
	return true
}

// follow asks again for a problem that outlived its recovery.
func (e *Expert) follow(ctx context.Context, c *concern) {
	c.next = time.Now().Add(e.o.Patience)
	ctx, cancel := context.WithTimeout(ctx, e.o.CallTimeout)
	defer cancel()
	ended, err := e.o.Ended(ctx, c.token)
	if err != nil {
		e.o.Log.Warn("how a recovery stands could not be learnt", "token", c.token, "error", err)
		return
	}
	if ended {
		c.token, c.id, c.relation = "", randomID(), nil
	}
}

func randomID() string {
	b := make([]byte, 16)
	rand.Read(b) // never fails: it would end the program
	return hex.EncodeToString(b)
}
