package schema

import (
	"fmt"
	"maps"
	"slices"
)

// What goes together is said here: one sentence for each rule that no field
// could state alone. The JSON Schemas say the same, for other validators.

// Check finds what does not go together in a request.
func (r *Request) Check() *Error {
	for i := range r.Steps {
		if refusal := r.Steps[i].check(fmt.Sprintf("steps[%d]", i)); refusal != nil {
			return refusal
		}
	}
	if r.Relation != nil && r.Relation.To == "" && r.Relation.Kind != ByPriority {
		return malformed("relation.to", "is missing: %s names the recovery that it relates to, as in cms-37 (the answer busy says which)", r.Relation.Kind)
	}
	if r.Cure == CureProbe && r.Probe == nil {
		return malformed("probe", "is missing: cure probe needs the action that tells whether the problem is gone")
	}
	return nil
}

func (s *Step) check(field string) *Error {
	switch {
	case s.Action == "" && !s.ByHand:
		return malformed(field, `has neither action nor by_hand: name what an agent does, or say "by_hand": true`)
	case s.Action != "" && s.ByHand:
		return malformed(field, "has both action and by_hand: leave one of them out")
	}
	return nil
}

// Check finds what does not go together in a decision.
func (d *Decide) Check() *Error {
	if d.Decision == Choose && d.Step == nil {
		return malformed("step", "is missing: choose needs the index of the step to start instead")
	}
	return nil
}

// Check finds what does not go together in a hold.
func (h *Hold) Check() *Error {
	switch {
	case h.Key == "" && h.Problem == "":
		return malformed("key", "is missing: a hold names a key, or a problem")
	case h.Key != "" && h.Problem != "":
		return malformed("problem", "stands beside key: a hold names a key or a problem; leave one of them out")
	}
	return nil
}

// Check finds what does not go together in a policy.
func (a *ApplyPolicy) Check() *Error { return a.Policy.check("policy.") }

// Check finds what does not go together in a policy that stands by itself.
func (p *Policy) Check() *Error { return p.check("") }

func (p *Policy) check(prefix string) *Error {
	for _, action := range slices.Sorted(maps.Keys(p.Routes)) {
		if action != "*" && !ValidName(action) {
			return malformed(prefix+fieldPath([]string{"routes", action}), "is no action: use 1 to %d of A-Z a-z 0-9 _ -, or * for all the rest", MaxName)
		}
	}
	return nil
}

// Check finds what does not go together in the query for a status.
func (q *StatusQuery) Check() *Error {
	if q.Token != "" || q.Expert != "" && (q.ID != "" || q.Problem != "") {
		return nil
	}
	switch {
	case q.ID != "" || q.Problem != "":
		return malformed("expert", "is missing: an id or a problem belongs to an expert; say whose, or give the token")
	case q.Expert != "":
		return malformed("id", "is missing: beside the expert, give the request's id or the problem's; or give the token")
	}
	return malformed("token", "is missing: give the recovery's token, as in cms-37, or the expert with the request's id or the problem's")
}

// Check finds what does not go together in an actions file.
func (f *ActionsFile) Check() *Error {
	for i, s := range f.Secrets {
		if (s.File == "") == (s.Env == "") {
			return malformed(fmt.Sprintf("secrets[%d]", i), "needs a file or env, one of the two: say where the secret stands")
		}
	}
	for i := range f.Actions {
		if refusal := f.Actions[i].check(fmt.Sprintf("actions[%d]", i)); refusal != nil {
			return refusal
		}
	}
	return nil
}

func (r *Recipe) check(field string) *Error {
	ways := 0
	for _, there := range []bool{r.Exec != nil, r.HTTP != nil, r.NATS != nil} {
		if there {
			ways++
		}
	}
	switch {
	case ways == 0:
		return malformed(field, "doesn't say how it is carried out: give exec, http or nats")
	case ways > 1:
		return malformed(field, "says more than once how it is carried out: keep one of exec, http and nats")
	case r.CutOff != nil && r.CutOff.Do == CutOffStop && r.CutOff.After == nil:
		return malformed(field+".cut_off.after", "is missing: stop needs how long the action may go on without a controller, as in 1m")
	}
	return nil
}
