package cmd

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"expertcontroller/broker"
	"expertcontroller/controller"
	"expertcontroller/schema"
	"expertcontroller/store"
)

const (
	// freshWithin is how long a query waits for the store to have what was decided.
	freshWithin = 2 * time.Second
	// waitsAtOnce is how many may wait for that: half of the queries that are answered at
	// once, so that those who ask for what isn't there keep out nobody else.
	waitsAtOnce = 128
	// recent is how many ended recoveries an overview lists.
	recent = 10
)

// served is one system that this replica serves.
type served struct {
	system  string
	replica string
	actor   *controller.Actor
	log     *broker.Log
	store   *store.Store
	// waits are the places of those who wait for the store.
	waits chan struct{}
	// refused are calls refused before the actor saw them.
	refused atomic.Uint64
}

// counters gives the actor's figures, with what never came to it.
func (s *served) counters() controller.Counters {
	c := s.actor.Counters()
	c.Refused += s.refused.Load()
	return c
}

// refusedAtTheDoor counts a call that its endpoint refused by itself, for its size, say.
func (r *replica) refusedAtTheDoor(subject string, _ *schema.Error) {
	for _, s := range r.systems {
		if own := "recovery." + s.system; strings.HasPrefix(subject, own+".call.") || strings.HasPrefix(subject, own+".bridge.") {
			s.refused.Add(1)
		}
	}
}

// query answers a question about the system, from the store.
func (s *served) query(ctx context.Context, query string, payload []byte) (any, *schema.Error) {
	if len(payload) == 0 {
		payload = []byte("{}")
	}
	kind := map[string]string{
		schema.QueryStatus: schema.KindStatusQuery, schema.QueryHistory: schema.KindHistoryQuery,
		schema.QueryEntries: schema.KindEntriesQuery, schema.QueryStatistics: schema.KindStatisticsQuery,
		schema.QueryAudit:   schema.KindAuditQuery,
		schema.QueryPicture: schema.KindPictureQuery,
	}[query]
	if kind == "" {
		kind = schema.KindQuery
	}
	message, wrong := schema.Decode(kind, payload)
	if wrong != nil {
		return nil, wrong
	}
	switch q := message.(type) {
	case *schema.StatusQuery:
		return s.status(ctx, q)
	case *schema.HistoryQuery:
		return answer(ctx, s, q.After, func(ctx context.Context) (schema.History, error) {
			h, err := s.store.History(ctx, s.system, *q)
			h.Type = schema.Type(schema.KindHistory)
			return h, err
		})
	case *schema.EntriesQuery:
		return s.entries(ctx, q)
	case *schema.StatisticsQuery:
		return answer(ctx, s, q.After, func(ctx context.Context) (schema.Statistics, error) {
			figures, err := s.store.Statistics(ctx, s.system, *q, now())
			figures.Type = schema.Type(schema.KindStatistics)
			return figures, err
		})
	case *schema.AuditQuery:
		return answer(ctx, s, q.After, func(ctx context.Context) (schema.Audit, error) {
			return s.store.Audit(ctx, s.system, *q)
		})
	case *schema.PictureQuery:
		return answer(ctx, s, q.After, func(ctx context.Context) (schema.Picture, error) {
			p, err := s.store.Picture(ctx, s.system, q.From)
			p.At = now()
			return p, err
		})
	case *schema.Query:
		switch query {
		case schema.QueryOverview:
			return answer(ctx, s, q.After, s.overview)
		case schema.QueryPolicy:
			return answer(ctx, s, q.After, s.policy)
		case schema.QueryActions:
			return answer(ctx, s, q.After, s.actions)
		}
	}
	return nil, refusal(404, schema.CodeUnknown, "%q is no query: ask for status, overview, history, entries, statistics, policy, actions, audit or picture", query)
}

// answer answers once the store is fresh.
func answer[T any](ctx context.Context, s *served, after uint64, read func(context.Context) (T, error)) (any, *schema.Error) {
	if behind := s.fresh(ctx, after); behind != nil {
		return nil, behind
	}
	v, err := read(ctx)
	if err != nil {
		return nil, s.trouble(err)
	}
	return v, nil
}

// fresh waits, briefly, until the store has the entry asked for, and whatever this
// replica's own actor has folded: what was answered can be looked up.
func (s *served) fresh(ctx context.Context, after uint64) *schema.Error {
	wanted := max(after, s.actor.Entry())
	ctx, cancel := context.WithTimeout(ctx, freshWithin)
	defer cancel()
	select {
	case s.waits <- struct{}{}:
		defer func() { <-s.waits }()
	default:
		cancel() // no place to wait: it is there already, or it isn't
	}
	err := s.store.Wait(ctx, s.system, wanted)
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return refusal(503, schema.CodeBehind, "this replica has not read entry %d yet: ask again", wanted)
	}
	return s.trouble(err)
}

// trouble is what whoever asked hears of an error of the store or the broker.
func (s *served) trouble(err error) *schema.Error {
	var refused *schema.Error
	if errors.As(err, &refused) {
		return refused
	}
	return refusal(503, schema.CodeInternal, "%s: ask again; if it stays so, the log of the controller %s says more", err, s.replica)
}

func refusal(code int, reason, format string, args ...any) *schema.Error {
	return &schema.Error{Type: schema.Type(schema.KindError), Code: code, Reason: reason, Text: fmt.Sprintf(format, args...)}
}

func now() time.Time { return time.Now().UTC() }

// status gives one recovery as it now stands: the stored bytes.
func (s *served) status(ctx context.Context, q *schema.StatusQuery) (any, *schema.Error) {
	if behind := s.fresh(ctx, q.After); behind != nil {
		return nil, behind
	}
	token, wrong := s.tokenOf(ctx, q)
	if wrong != nil {
		return nil, wrong
	}
	status, raw, ok, err := s.store.Status(ctx, s.system, token)
	if err != nil {
		return nil, s.trouble(err)
	}
	if ok && !q.Record {
		if gone := s.consumed(ctx, status); gone != nil {
			return nil, gone
		}
	}
	if ok {
		return raw, nil
	}
	return nil, s.absent(token)
}

// tokenOf finds the recovery that is asked for.
func (s *served) tokenOf(ctx context.Context, q *schema.StatusQuery) (string, *schema.Error) {
	var token, what string
	var ok bool
	var err error
	switch {
	case q.Token != "":
		return q.Token, nil
	case q.ID != "" && q.Expert != "":
		what = fmt.Sprintf("request %q of %s", q.ID, q.Expert)
		token, ok, err = s.store.FindByRequest(ctx, s.system, q.Expert, q.ID)
	case q.Problem != "" && q.Expert != "":
		what = fmt.Sprintf("problem %q of %s", q.Problem, q.Expert)
		token, ok, err = s.store.FindByProblem(ctx, s.system, q.Expert, q.Problem)
	default:
		return "", refusal(400, schema.CodeMalformed, "say which recovery: token; or id and expert; or problem and expert")
	}
	switch {
	case err != nil:
		return "", s.trouble(err)
	case !ok:
		return "", refusal(404, schema.CodeUnknown, "no recovery for %s is known in system %s: look with `expertcontroller history --expert %s`", what, s.system, q.Expert)
	}
	return token, nil
}

// absent says why there is no recovery with the token: it never was, it is no longer
// kept, or this replica has not heard of it yet.
func (s *served) absent(token string) *schema.Error {
	system, n, err := schema.ParseToken(token)
	if err != nil || system != s.system {
		return refusal(404, schema.CodeUnknown, "%s is no recovery of system %s: ask that system", token, s.system)
	}
	var given uint64
	s.actor.View(func(state *controller.State) { given = state.Requests() })
	if n > given {
		return refusal(503, schema.CodeBehind, "this replica knows %d requests of system %s, %s would be a later one: ask again; if it stays so, the token is wrong", given, s.system, token)
	}
	return refusal(410, schema.CodeRemoved, "there was a recovery %s, but its record is no longer kept", token)
}

// overview gives the system at a glance.
func (s *served) overview(ctx context.Context) (schema.Overview, error) {
	o, err := s.store.Overview(ctx, s.system, recent, now())
	if err != nil {
		return o, err
	}
	o.Type, o.System, o.Replica, o.At = schema.Type(schema.KindOverview), s.system, s.replica, now()
	counted := s.counters()
	o.Counters = schema.Counters{Refused: counted.Refused, Malformed: counted.Malformed, Skipped: counted.Skipped, Panics: counted.Panics}
	if o.Mode.Mode == "" {
		s.actor.View(func(state *controller.State) { o.Mode.Mode = state.Mode() })
	}
	s.actor.Presence(ctx, o.Agents)
	return o, fitOverview(&o)
}

// policy gives the policy in force, as it was given and with its defaults.
func (s *served) policy(ctx context.Context) (schema.PolicyAnswer, error) {
	given, entry, _, err := s.store.Policy(ctx, s.system)
	return schema.PolicyAnswer{Type: schema.Type(schema.KindPolicyIs), System: s.system, Given: given, Effective: given.Policy.WithDefaults(), Entry: entry}, err
}

// actions gives what agents offer.
func (s *served) actions(ctx context.Context) (schema.Actions, error) {
	agents, entry, err := s.store.Actions(ctx, s.system)
	if agents == nil {
		agents = []schema.AgentDocument{}
	}
	a := schema.Actions{Type: schema.Type(schema.KindActions), System: s.system, Agents: agents, Entry: entry}
	if err != nil {
		return a, err
	}
	s.actor.Presence(ctx, agents)
	return a, fitAgents(agents, func() any { return a })
}

// answerMost is the largest answer that the broker carries, less room for headers.
const answerMost = 1<<20 - 8<<10

// fitOverview shortens an overview until it can be sent. Where thousands are held, or wait,
// those that end last, or whose turn is last, are left out: history and picture have them.
func fitOverview(o *schema.Overview) error {
	if err := fitAgents(o.Agents, func() any { return o }); err != nil {
		return err
	}
	size := func(v any) (int, error) {
		out, err := schema.Encode(v)
		return len(out) + 1, err
	}
	over, err := size(o)
	if over -= answerMost; err != nil || over <= 0 {
		return err
	}
	slices.SortStableFunc(o.Holds, func(a, b schema.HoldDocument) int { return a.Until.Compare(b.Until) })
	for over > 0 && len(o.Holds)+len(o.Postponed) > 0 {
		var n int
		if last := len(o.Holds) - 1; last >= len(o.Postponed) {
			n, err = size(&o.Holds[last])
			o.Holds = o.Holds[:last]
		} else {
			last := len(o.Postponed) - 1
			n, err = size(&o.Postponed[last])
			o.Postponed = o.Postponed[:last]
		}
		if over -= n; err != nil {
			return err
		}
	}
	return nil
}

// fitAgents shortens what agents offer until the answer that holds it can be sent: a
// site with many agents would else have no overview at all. The largest schemas go
// first, then the descriptions.
func fitAgents(agents []schema.AgentDocument, whole func() any) error {
	size := func() (int, error) {
		out, err := schema.Encode(whole())
		return len(out), err
	}
	n, err := size()
	if err != nil || n <= answerMost {
		return err
	}
	over := n - answerMost
	var actions []*schema.Action
	for i := range agents {
		agents[i].Actions = slices.Clone(agents[i].Actions)
		for j := range agents[i].Actions {
			actions = append(actions, &agents[i].Actions[j])
		}
	}
	slices.SortStableFunc(actions, func(a, b *schema.Action) int { return len(b.Parameters) - len(a.Parameters) })
	for _, a := range actions {
		if over <= 0 {
			return nil
		}
		over -= len(a.Parameters)
		a.Parameters = nil
	}
	for _, a := range actions {
		if over <= 0 {
			return nil
		}
		over -= len(a.Description)
		a.Description = ""
	}
	return nil
}
