package predecessor

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"expertcontroller/client"
	"expertcontroller/schema"
)

// mostProcedures is how many recoveries one answer lists at most.
const mostProcedures = 2000

// The predecessor's words for states. A postponed recovery was none there.
const (
	idle             = "Idle"
	awaitingApproval = "AwaitingApproval"
	recovering       = "Recovering"
	observe          = "Observe"
	completed        = "Completed"
	failed           = "Failed"
	cancelled        = "Cancelled"
	postponed        = "Postponed"
)

var states = map[string]string{
	schema.AwaitingApproval: awaitingApproval, schema.Running: recovering, schema.Stopping: recovering, schema.Unclear: recovering,
	schema.Observing: observe, schema.Completed: completed, schema.Failed: failed, schema.Cancelled: cancelled, schema.Postponed: postponed,
}

// carriedOut are the states of what was a procedure there: neither rejected nor joined.
var carriedOut = []string{
	schema.Postponed, schema.AwaitingApproval, schema.Running, schema.Stopping, schema.Unclear, schema.Observing,
	schema.Completed, schema.Failed, schema.Cancelled,
}

// serviceStatus answers GET /service-status: what is under way, else what ended last.
func (d *door) serviceStatus(ctx context.Context, _ *http.Request) (any, error) {
	o, err := d.expert.Overview(ctx)
	if err != nil {
		return nil, err
	}
	out := serviceStatus{ExecutorState: idle}
	token := ""
	switch {
	case o.UnderWay != nil:
		token, out.ExecutorState = o.UnderWay.Token, states[o.UnderWay.State]
	case len(o.Recent) > 0:
		token = o.Recent[0].Token
	default:
		return out, nil
	}
	p, err := d.procedure(ctx, token)
	if err != nil {
		return nil, err
	}
	if o.UnderWay != nil {
		out.ExecutorState = p.Status // it may have moved on between the two looks
		switch p.Status {
		case awaitingApproval, recovering, observe:
		default:
			out.ExecutorState = idle
		}
	}
	out.LastProcedureStatus = &p
	return out, nil
}

// procedureStatus answers GET /procedure-status/{id}.
func (d *door) procedureStatus(ctx context.Context, r *http.Request) (any, error) {
	n, err := strconv.ParseUint(r.PathValue("id"), 10, 64)
	if err != nil || n == 0 {
		return nil, faultf(http.StatusBadRequest, "%q is no procedure: ask for the number that /recover answered", schema.Shorten(r.PathValue("id"), 40))
	}
	return d.procedure(ctx, schema.Token(d.expert.System(), n))
}

// procedure gives a recovery as the predecessor would; one that joined another is that one.
func (d *door) procedure(ctx context.Context, token string) (procedureStatus, error) {
	var none procedureStatus
	s, err := d.expert.Record(ctx, token)
	if err == nil {
		s, err = d.expert.Resolve(ctx, s)
	}
	switch {
	case errors.Is(err, client.ErrUnknown), errors.Is(err, client.ErrBehind):
		return none, faultf(http.StatusNotFound, "there is no procedure %s: /procedures lists them", token)
	case err != nil:
		return none, err
	case s.State == schema.RejectedState:
		return none, faultf(http.StatusNotFound, "%s was rejected, so there is no procedure: %s", token, s.Reason.Text)
	}
	happened, err := d.happened(ctx, s)
	if err != nil {
		return none, err
	}
	n, err := numberOf(s.Token)
	if err != nil {
		return none, err
	}
	out := procedureStatus{
		ID: n, Status: states[s.State], ActionSummary: happened, AutomatedSteps: []automatedStep{},
		StartDate: stamp(&s.Created), EndDate: stamp(s.Ended), ConditionIDs: d.conditions(s.Problems, ""),
	}
	for i, step := range s.Steps {
		out.AutomatedSteps = append(out.AutomatedSteps, became(indexOf(s, i), step))
	}
	return out, nil
}

// became says what became of a step: its last try, and how many there were.
func became(index int, s schema.StepStatus) automatedStep {
	out := automatedStep{StepIndex: index, TimesExecuted: s.Earlier}
	for _, a := range s.Attempts {
		began := begun(a)
		if began == nil {
			continue
		}
		if a.Ended != nil {
			out.TimesExecuted++
		}
		word := recovering
		if a.Ended != nil {
			word = ends[a.Outcome]
		}
		out.Started, out.Finished, out.Status = stamp(began), stamp(a.Ended), &word
	}
	return out
}

// begun is when a try began; nil where nobody began it.
func begun(a schema.Attempt) *time.Time {
	if a.Granted == nil && a.Agent == "" {
		return a.Offered // by hand
	}
	return a.Granted
}

// ends say how a try ended.
var ends = map[string]string{
	schema.OutcomeDone: completed, schema.OutcomeFailed: failed, schema.OutcomeTimedOut: failed, schema.OutcomeUnknown: failed,
	schema.OutcomeUnclaimed: failed, schema.OutcomeAborted: cancelled, schema.OutcomeDeclined: cancelled, schema.OutcomeWithdrawn: cancelled,
}

// indexOf is the index that the expert gave a step; its place where it gave none.
func indexOf(s *schema.Status, place int) int {
	if len(s.Problems) > 0 {
		indexes := strings.Split(s.Problems[0].Context[contextIndexes], ",")
		if place < len(indexes) {
			if n, err := strconv.Atoi(indexes[place]); err == nil {
				return n
			}
		}
	}
	return place
}

// happened gives the audit trail of a recovery in the predecessor's form.
func (d *door) happened(ctx context.Context, s *schema.Status) ([]happened, error) {
	events, err := d.expert.Trail(ctx, s.Token)
	if err != nil {
		return nil, err
	}
	out := []happened{}
	for _, e := range events {
		line := happened{Date: e.At.UTC().Format(time.RFC3339Nano), Type: kindOf(e), Content: e.Text}
		if e.Attempt > 0 || e.Prompt != "" {
			index := indexOf(s, e.Step)
			line.StepIndex = &index
		}
		out = append(out, line)
	}
	return out, nil
}

// kindOf is the predecessor's type of an event.
func kindOf(e schema.Event) string {
	switch e.Kind {
	case schema.EventCompleted:
		return "finish"
	case schema.EventStepTimeout:
		return "timeout"
	case schema.EventStepFailed, schema.EventUnclear, schema.EventFailed:
		return "exception"
	case schema.EventCancelled:
		if e.Code == schema.CodeInterrupted {
			return "interrupt"
		}
		return "cancellation"
	}
	return "processing"
}

// stamp writes a time in UTC; nil stays null.
func stamp(t *time.Time) *string {
	if t == nil || t.IsZero() {
		return nil
	}
	s := t.UTC().Format(time.RFC3339Nano)
	return &s
}

// between reads start and end. A plus that became a space on its way is one again.
func between(r *http.Request) (since, until time.Time, err error) {
	times := [2]time.Time{}
	for i, name := range []string{"start", "end"} {
		given := r.URL.Query().Get(name)
		t, err := time.Parse(time.RFC3339Nano, strings.Replace(given, " ", "+", 1))
		if err != nil {
			return since, until, faultf(http.StatusBadRequest, "%s=%s: write a time with its zone, as in 2018-07-01T12:00:00Z", name, schema.Shorten(given, 40))
		}
		times[i] = t.UTC()
	}
	return times[0], times[1], nil
}

// listed gives the recoveries that were asked for in a time, newest first.
func (d *door) listed(ctx context.Context, r *http.Request) ([]schema.Summary, error) {
	since, until, err := between(r)
	if err != nil {
		return nil, err
	}
	var out []schema.Summary
	for s, err := range d.expert.HistoryAll(ctx, schema.HistoryQuery{State: carriedOut, Since: &since, Until: &until, Limit: 500}) {
		if err != nil {
			return nil, err
		}
		if out = append(out, s); len(out) > mostProcedures {
			return nil, faultf(http.StatusBadRequest, "there were more than %d in that time: ask for a shorter one", mostProcedures)
		}
	}
	return out, nil
}

// procedures answers GET /procedures?start&end, newest first.
func (d *door) procedures(ctx context.Context, r *http.Request) (any, error) {
	found, err := d.listed(ctx, r)
	if err != nil {
		return nil, err
	}
	return several(ctx, found, func(ctx context.Context, s schema.Summary) (procedure, error) {
		p, err := d.procedure(ctx, s.Token)
		return procedure{
			ID: p.ID, ProblemIDs: p.ConditionIDs, ProblemTitle: s.Title, Start: p.StartDate, End: p.EndDate, State: p.Status, EventSummary: p.ActionSummary,
		}, err
	})
}

// records answers GET /records?start&end, oldest first: each recovery, then its tries.
func (d *door) records(ctx context.Context, r *http.Request) (any, error) {
	found, err := d.listed(ctx, r)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(found, func(a, b schema.Summary) int {
		return cmp.Or(a.Created.Compare(b.Created), cmp.Compare(a.Token, b.Token))
	})
	kept, err := several(ctx, found, func(ctx context.Context, s schema.Summary) (*schema.Status, error) {
		return d.expert.Record(ctx, s.Token)
	})
	if err != nil {
		return nil, err
	}
	out := []record{}
	for i, s := range kept {
		n, err := numberOf(s.Token)
		if err != nil {
			return nil, err
		}
		out = append(out, record{ID: n, Name: "Recovery procedure #" + strconv.FormatUint(n, 10), Description: found[i].Title, Start: stamp(&s.Created), End: stamp(s.Ended)})
		out = append(out, tries(n, s)...)
	}
	return out, nil
}

// tries lists the tries of a recovery's steps. Their ids lie above those of all
// recoveries, so that no two records share one.
func tries(n uint64, s *schema.Status) []record {
	var out []record
	for _, step := range s.Steps {
		for _, a := range step.Attempts {
			began := begun(a)
			if began == nil {
				continue
			}
			id := n<<20 | uint64(step.Index)<<10 | uint64(a.Number)&1023
			out = append(out, record{ID: id, Name: "Job #" + strconv.FormatUint(id, 10), Description: step.Title, Start: stamp(began), End: stamp(a.Ended)})
		}
	}
	return out
}
