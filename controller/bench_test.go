package controller

import (
	"strconv"
	"testing"

	"expertcontroller/schema"
)

// BenchmarkStep decides whole recoveries, one input a call: request, approve, claim,
// result, cleared, and the end of the period; and, beside each, a request that is
// busy. The figure is inputs a second on one core.
func BenchmarkStep(b *testing.B) {
	w := newWorld(b, "cms")
	w.light = true
	parse := func(line string) Input {
		in, err := w.parse(splitWords(line))
		if err != nil {
			b.Fatal(err)
		}
		return in
	}
	w.step(parse("agent l0 offers *"))
	w.step(parse("policy observe=1s hold=0s"))
	template := parse("expert daq request 1 key=FED steps=one,two*2,hand")
	busy := parse("expert hv request 2 steps=one,two*2,hand")
	by := schema.By{Role: schema.RoleOperator, Name: "anna", Via: schema.ViaCall}
	agent := schema.By{Role: schema.RoleAgent, Name: "l0", Via: schema.ViaCall}
	n := 0
	step := func(in Input) schema.Answer {
		in.At = w.now
		d := Step(w.state, []Input{in}, w.now)
		w.state.Adopt(&d, "bench")
		n++
		return d.Answers[0]
	}
	b.ReportAllocs()
	b.ResetTimer()
	for i := 0; n < b.N; i++ {
		request := *template.Message.(*schema.Request)
		request.Problem.ID = strconv.Itoa(i)
		in := template
		in.Message = &request
		token := step(in).Token
		step(busy)
		step(Input{Kind: schema.KindDecide, By: by, Message: &schema.Decide{Prompt: token + ".p1", Decision: schema.Approve}})
		step(busy)
		work := schema.Work{Token: token, Attempt: 1}
		step(Input{Kind: schema.KindClaim, By: agent, Message: &schema.Claim{ID: "c", Work: work}})
		step(busy)
		step(Input{Kind: schema.KindResult, By: agent, Message: &schema.Result{Work: work, Claim: "c", Outcome: schema.OutcomeDone}})
		step(busy)
		step(Input{Kind: schema.KindCleared, By: template.By, Message: &schema.Cleared{Problem: request.Problem.ID}})
		w.now = w.now.Add(2e9)
	}
	b.StopTimer()
	if r := w.state.UnderWay(); r != nil && r.State != schema.Observing {
		b.Fatalf("the benchmark does not do what it says: %s", line(r))
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "inputs/s")
}
