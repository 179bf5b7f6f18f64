package controller

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"strconv"
	"testing"

	"expertcontroller/schema"
)

// BenchmarkStep decides whole recoveries: request, approve, claim, result, cleared,
// and after each of them a request that is busy. The figure is inputs a second on one
// core, decided one at a time and in batches as group commit makes them.
func BenchmarkStep(b *testing.B) {
	for _, recoveries := range []int{1, 8} {
		for _, together := range []bool{false, true} {
			name := "one input a call"
			if together {
				name = fmt.Sprintf("%d inputs a call", recoveries*9)
			} else if recoveries > 1 {
				continue
			}
			b.Run(name, func(b *testing.B) { benchStep(b, recoveries, together) })
		}
	}
}

func benchStep(b *testing.B, recoveries int, together bool) {
	// As serve does.
	defer debug.SetGCPercent(debug.SetGCPercent(400))
	defer runtime.KeepAlive(make([]byte, 12<<20))
	w := newWorld(b, "cms")
	w.light, w.once = true, true
	parse := func(line string) Input {
		in, err := w.parse(splitWords(line))
		if err != nil {
			b.Fatal(err)
		}
		return in
	}
	w.step(parse("agent l0 offers *"))
	w.step(parse("policy observe=0s hold=0s"))
	template := parse("expert daq request 1 key=FED steps=one,two*2,hand")
	busy := parse("expert hv request 2 steps=one,two*2,hand")
	anna := schema.By{Role: schema.RoleOperator, Name: "anna", Via: schema.ViaCall}
	agent := schema.By{Role: schema.RoleAgent, Name: "l0", Via: schema.ViaCall}

	var rounds [128][]Input
	token, problem := uint64(0), 0
	fill := func(inputs []Input) []Input {
		for range recoveries {
			token++
			problem++
			name := schema.Token("cms", token)
			token += 3 // the busy ones take tokens, too
			request := *template.Message.(*schema.Request)
			request.Problem.ID = strconv.Itoa(problem)
			asked := template
			asked.Message = &request
			work := schema.Work{Token: name, Attempt: 1}
			inputs = append(inputs,
				asked, busy,
				Input{Kind: schema.KindDecide, By: anna, Message: &schema.Decide{Prompt: name + ".p1", Decision: schema.Approve}}, busy,
				Input{Kind: schema.KindClaim, By: agent, Message: &schema.Claim{ID: "c", Work: work}}, busy,
				Input{Kind: schema.KindResult, By: agent, Message: &schema.Result{Work: work, Claim: "c", Outcome: schema.OutcomeDone}},
				Input{Kind: schema.KindCleared, By: template.By, Message: &schema.Cleared{Problem: request.Problem.ID}}, Input{Kind: schema.KindNote, By: anna, Message: &schema.Note{Token: name, Text: "seen"}})
		}
		for i := range inputs {
			inputs[i].At = w.now
		}
		return inputs
	}
	n := 0
	b.ReportAllocs()
	b.ResetTimer()
	for n < b.N {
		b.StopTimer()
		// Many at a time: stopping the clock costs the program more than it takes itself.
		for i := range rounds {
			w.now = w.now.Add(1e9)
			rounds[i] = fill(rounds[i][:0])
		}
		b.StartTimer()
		for _, inputs := range rounds {
			now := inputs[0].At
			size := 1
			if together {
				size = len(inputs)
			}
			for i := 0; i < len(inputs); i += size {
				d := Step(w.state, inputs[i:i+size], now)
				w.state.Adopt(&d, "bench")
				n += d.Taken
			}
		}
	}
	b.StopTimer()
	if open := w.state.Open(); len(open) > 0 {
		b.Fatalf("the benchmark does not do what it says: %s", line(w.state.Recovery(open[0])))
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "inputs/s")
}
