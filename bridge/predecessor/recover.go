package predecessor

import (
	"context"
	"net/http"
	"strconv"
	"strings"

	"expertcontroller/client"
	"expertcontroller/schema"
)

// askedAgain is how often a flagged request follows a system where one recovery under
// way is replaced by another just then.
const askedAgain = 5

// recover answers POST /recover.
func (d *door) recover(ctx context.Context, body []byte) (int, any, error) {
	req, relation, err := Convert(body)
	if err != nil {
		return 0, nil, faultf(http.StatusBadRequest, "%v", err)
	}
	answer, err := d.submit(ctx, req, relation)
	if err != nil {
		return 0, nil, err
	}
	out, err := d.decision(ctx, req.Problem.ID, answer)
	return http.StatusCreated, out, err
}

// submit asks, with a relation to whatever is under way when it is decided. Each try is
// a request of its own: what the expert resends is a new request, too.
func (d *door) submit(ctx context.Context, req schema.Request, relation string) (schema.Answer, error) {
	if relation != "" {
		o, err := d.expert.Overview(ctx)
		if err != nil {
			return schema.Answer{}, err
		}
		if o.UnderWay != nil {
			req.Relation = &schema.Relation{Kind: relation, To: o.UnderWay.Token}
		}
	}
	for n := 1; ; n++ {
		req.ID = client.NewID()
		answer, err := d.expert.Submit(ctx, req)
		if err != nil || relation == "" || n == askedAgain {
			return answer, err
		}
		other := answer.Reason.Code == schema.CodeBusy && answer.BlockedBy != nil &&
			(req.Relation == nil || req.Relation.To != answer.BlockedBy.Token)
		if !other {
			return answer, nil
		}
		req.Relation = &schema.Relation{Kind: relation, To: answer.BlockedBy.Token}
	}
}

// verdicts are the decisions for those who were let in.
var verdicts = map[string]string{
	schema.Accepted: accepted, schema.AcceptedWithPreemption: acceptedWithPreemption,
	schema.AcceptedToContinue: acceptedToContinue, schema.AcceptedToPostpone: acceptedToPostpone,
}

// decision says an answer in the predecessor's words. A recovery that the request joined
// is named instead of the request, with the conditions that it had already.
func (d *door) decision(ctx context.Context, problem string, a schema.Answer) (decision, error) {
	word, in := verdicts[a.Verdict]
	if !in {
		return d.rejection(ctx, a), nil
	}
	out := decision{AcceptanceDecision: word}
	n, err := numberOf(a.Token)
	if err != nil {
		return out, err
	}
	out.RecoveryProcedureID = &n
	if a.Verdict != schema.AcceptedToContinue {
		return out, nil
	}
	s, err := d.expert.Status(ctx, a.Token)
	if err == nil {
		s, err = d.expert.Resolve(ctx, s)
	}
	if err != nil {
		// What was decided stands without it: asked for by its own number, the procedure is
		// the one that goes on.
		d.log.Warn("asking which recovery goes on", "token", a.Token, "error", err)
		return out, nil
	}
	if n, err = numberOf(s.Token); err != nil {
		return out, err
	}
	out.ContinuesTheConditionIDs = d.conditions(s.Problems, problem)
	if len(out.ContinuesTheConditionIDs) == 0 {
		out.ContinuesTheConditionIDs = d.conditions(s.Problems, "")
	}
	return out, nil
}

// rejection tells the two kinds apart: the one that people decided, after which the
// expert gives up, and the one after which it may ask again with a flag. It looks for the
// condition named among its own, so only such a one is named.
func (d *door) rejection(ctx context.Context, a schema.Answer) decision {
	switch a.Reason.Code {
	case schema.CodeManualMode, schema.CodeHeld:
		return decision{AcceptanceDecision: rejectedDueToManualRecovery}
	}
	out := decision{AcceptanceDecision: rejected}
	if a.BlockedBy == nil {
		return out
	}
	s, err := d.expert.Status(ctx, a.BlockedBy.Token)
	if err != nil {
		// What was decided stands without it: the expert then takes the condition for unknown.
		d.log.Warn("asking which condition is in the way", "token", a.BlockedBy.Token, "error", err)
		return out
	}
	if own := d.conditions(s.Problems, ""); len(own) > 0 {
		out.RejectedDueToConditionID = &own[0]
	}
	return out
}

// conditions gives the numbers of this expert's problems, but for one.
func (d *door) conditions(problems []schema.ProblemStatus, but string) []int64 {
	out := []int64{}
	for _, p := range problems {
		if n, err := strconv.ParseInt(p.ID, 10, 64); err == nil && p.Expert == d.expert.Name() && p.ID != but {
			out = append(out, n)
		}
	}
	return out
}

// numberOf gives the number in a token: a procedure's id.
func numberOf(token string) (uint64, error) {
	_, n, err := schema.ParseToken(token)
	return n, err
}

// finished answers POST /finished: a bare number.
func (d *door) finished(ctx context.Context, body []byte) (int, any, error) {
	var id number
	if err := id.UnmarshalJSON([]byte(strings.TrimSpace(string(body)))); err != nil || !id.given {
		return 0, nil, faultf(http.StatusBadRequest, "the body is no condition's id: send a bare number, as in 101")
	}
	_, err := d.expert.Clear(ctx, schema.Cleared{Problem: id.String()})
	return http.StatusOK, nil, err
}

// interrupt answers POST /interrupt: whatever is under way ends.
func (d *door) interrupt(ctx context.Context, _ *http.Request) (any, error) {
	a, err := d.operator.Interrupt(ctx, schema.Interrupt{Note: "asked by the predecessor's interface"})
	switch {
	case err != nil:
		return nil, err
	case a.OK():
		return interrupted{Status: "accepted"}, nil
	}
	return interrupted{Status: "ignored", Message: a.Reason.Text}, nil
}

// The two modes that the predecessor knew.
const (
	automated      = "Automated"
	approvalDriven = "ApprovalDriven"
)

// automation answers GET /automation. In mode manual nothing starts by itself, either.
func (d *door) automation(ctx context.Context, _ *http.Request) (any, error) {
	o, err := d.operator.Overview(ctx)
	if err != nil {
		return nil, err
	}
	if o.Mode.Mode == schema.ModeAutomatic {
		return text(automated), nil
	}
	return text(approvalDriven), nil
}

// setAutomation answers POST /automation: a bare true or false. Out of mode manual only
// people lead.
func (d *door) setAutomation(ctx context.Context, body []byte) (int, any, error) {
	on, err := strconv.ParseBool(strings.TrimSpace(string(body)))
	if err != nil {
		return 0, nil, faultf(http.StatusBadRequest, "the body is neither true nor false: send one of them")
	}
	o, err := d.operator.Overview(ctx)
	if err != nil {
		return 0, nil, err
	}
	want, word := schema.ModeApproval, "disabled"
	if on {
		want, word = schema.ModeAutomatic, "enabled"
	}
	switch o.Mode.Mode {
	case want:
		return http.StatusOK, text("Automation is already " + word), nil
	case schema.ModeManual:
		return 0, nil, faultf(http.StatusConflict, "people have taken over (mode manual): one of them has to end that first, with `expertcontroller mode`")
	}
	a, err := d.operator.Mode(ctx, schema.Mode{Mode: want, Note: "asked by the predecessor's interface"})
	if err != nil {
		return 0, nil, err
	}
	if !a.OK() {
		return 0, nil, faultf(http.StatusConflict, "%s", a.Reason.Text)
	}
	return http.StatusOK, text("Automation has been " + word), nil
}
