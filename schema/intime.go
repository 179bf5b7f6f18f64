package schema

import "fmt"

// InTime refuses times within which nobody could ever answer. For observe, hold,
// expert_silence and request_max_age 0s means none; for the others it would mean that
// everything comes too late. A schema can't say it: a controller refuses the policy.
func (p Policy) InTime() *Error {
	for _, f := range []struct {
		name string
		is   *Duration
	}{
		{"approval_timeout", p.ApprovalTimeout}, {"step_timeout", p.StepTimeout}, {"offer_timeout", p.OfferTimeout},
		{"abort_timeout", p.AbortTimeout}, {"agent_silence", p.AgentSilence},
	} {
		if f.is != nil && *f.is <= 0 {
			return malformed("policy."+f.name, "is 0s, and nothing could ever be in time; say how long, as in 30s, or leave it out for the default")
		}
	}
	return nil
}

// InTime refuses times within which nobody could ever do what is asked for, as of a policy.
func (r *Request) InTime() *Error {
	refused := func(field string, is *Duration) *Error {
		if is == nil || *is > 0 {
			return nil
		}
		return malformed(field+".timeout", "is 0s, and nothing could ever be in time; say how long, as in 30s, or leave it out for the policy's")
	}
	for i := range r.Steps {
		s, field := &r.Steps[i], fmt.Sprintf("steps[%d]", i)
		if bad := refused(field, s.Timeout); bad != nil {
			return bad
		}
		if s.Needed != nil {
			if bad := refused(field+".needed", s.Needed.Timeout); bad != nil {
				return bad
			}
		}
	}
	if r.Probe != nil {
		return refused("probe", r.Probe.Timeout)
	}
	return nil
}
