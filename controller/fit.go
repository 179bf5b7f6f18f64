package controller

import (
	"slices"
	"strings"

	"expertcontroller/schema"
)

const (
	// problemsMost bounds what the problems of one recovery take, in bytes: what it was
	// asked for and has done has to fit beside them.
	problemsMost = 32 << 10
	// shortText is what is left of a long text in a status that would be too large.
	shortText = 200
	// promptsLeft is how many closed prompts such a status keeps.
	promptsLeft = 8
)

// fit makes every changed recovery a status that can be sent and stored. A document
// that only grows would one day fit no entry, and then nothing could be decided about
// it any more, not even its end. What is cut stands in the entries before.
func (d *draft) fit() {
	for i := range d.dec.Changes {
		c := &d.dec.Changes[i]
		if small(c.Value) {
			continue
		}
		r := statusOf(c)
		c.Value = r
		for _, cut := range cuts {
			over := encodedSize(r) - schema.MaxStatus
			if over <= 0 {
				break
			}
			cut(r, over)
		}
	}
}

// small tells whether a document fits by far, or is no status. A control character takes
// six bytes; what is far below is not measured.
func small(v any) bool {
	size := 0
	switch v := v.(type) {
	case *schema.Status:
		size = sizeOf(v) + requestSize(v.Request)
	case *record:
		size = 2*requestSize(v.request.message) + bareSize
	}
	return 6*size <= schema.MaxStatus
}

// encodedSize is what a document takes. One that can't be encoded is found when its
// entry is.
func encodedSize(v any) int {
	raw, err := schema.Encode(v)
	if err != nil {
		return 0
	}
	return len(raw)
}

// cuts are made one after another until the status fits: old outputs first.
var cuts = []func(r *schema.Status, over int){cutOutputs, cutProblems, cutTexts, cutAttempts, cutLastOutput}

// cutOutputs takes away what attempts printed and returned, oldest first, but for the last one.
func cutOutputs(r *schema.Status, over int) {
	_, last := lastActed(r)
	empty := func(attempts []schema.Attempt) {
		for i := range attempts {
			a := &attempts[i]
			if over <= 0 || a == last || len(a.Output)+len(a.Data) == 0 {
				continue
			}
			over -= encodedSize(a.Output) + len(a.Data)
			a.Output, a.Data = "", nil
		}
	}
	for i := range r.Steps {
		empty(r.Steps[i].Attempts)
	}
	empty(r.Probes)
}

// cutProblems takes away what the requests say, too: the recovery's own, and the records
// of those that joined.
func cutProblems(r *schema.Status, _ int) {
	r.Problems = slices.Clone(r.Problems)
	for i := range r.Problems {
		r.Problems[i].Description, r.Problems[i].Context = "", nil
	}
}

func cutTexts(r *schema.Status, _ int) {
	for i := range r.Steps {
		for j := range r.Steps[i].Attempts {
			r.Steps[i].Attempts[j].Text = schema.ShortenBytes(r.Steps[i].Attempts[j].Text, shortText)
		}
	}
	for i := range r.Probes {
		r.Probes[i].Text = schema.ShortenBytes(r.Probes[i].Text, shortText)
	}
	r.ClosedPrompts = slices.Clone(r.ClosedPrompts)
	for i := range r.ClosedPrompts {
		r.ClosedPrompts[i].Why = schema.ShortenBytes(r.ClosedPrompts[i].Why, shortText)
	}
}

// cutAttempts keeps of each step, and of the probes, the last attempt and the last one
// that acted. Those that count against the step's limit go on counting.
func cutAttempts(r *schema.Status, _ int) {
	for i := range r.Steps {
		if grouped(r) && i == r.Step {
			cutRounds(&r.Steps[i])
			continue
		}
		r.Steps[i].Members = nil // of a step that is not under way the attempts tell
		kept, gone := lastOnes(r.Steps[i].Attempts)
		for j := range gone {
			if spends(&gone[j]) {
				r.Steps[i].Earlier++
			}
		}
		r.Steps[i].Attempts = kept
	}
	r.Probes, _ = lastOnes(r.Probes)
	if n := len(r.ClosedPrompts); n > promptsLeft {
		r.ClosedPrompts = slices.Clone(r.ClosedPrompts[n-promptsLeft:])
	}
}

// cutRounds keeps of each member of a group the last attempt, and what is open.
func cutRounds(step *schema.StepStatus) {
	last := map[string]int{}
	for i := range step.Attempts {
		last[step.Attempts[i].Agent] = i
	}
	kept := make([]schema.Attempt, 0, len(last))
	for i := range step.Attempts {
		a := &step.Attempts[i]
		if last[a.Agent] == i || a.State == schema.AttemptOffered || a.State == schema.AttemptGranted {
			kept = append(kept, *a)
		}
	}
	step.Attempts = kept
}

func lastOnes(attempts []schema.Attempt) (kept, gone []schema.Attempt) {
	last := len(attempts) - 1
	lastActing := last
	for lastActing > 0 && !acted(&attempts[lastActing]) {
		lastActing--
	}
	kept = make([]schema.Attempt, 0, 2)
	for i := range attempts {
		if i == last || i == lastActing {
			kept = append(kept, attempts[i])
		} else {
			gone = append(gone, attempts[i])
		}
	}
	return kept, gone
}

func cutLastOutput(r *schema.Status, _ int) {
	if _, a := lastActed(r); a != nil {
		a.Data = nil
		if n := len(a.Output); n > shortText {
			a.Output = strings.ToValidUTF8(a.Output[n-shortText:], "")
		}
	}
}

// roomFor tells whether a recovery can take one more problem, or the same one again.
func roomFor(r *schema.Status, p *schema.ProblemStatus) bool {
	size := 0
	for i := range r.Problems {
		q := &r.Problems[i]
		if sameKind(q, p) {
			return true // it replaces that one
		}
		size += len(q.ID) + len(q.Key) + len(q.Title) + 200
	}
	return size+len(p.ID)+len(p.Key)+len(p.Title)+200 <= problemsMost
}

// sameKind tells whether a continuing problem is another occurrence of one that is covered.
func sameKind(old, p *schema.ProblemStatus) bool {
	return ownerOf(old) == ownerOf(p) && old.KeyGiven && p.KeyGiven && old.Key == p.Key
}
