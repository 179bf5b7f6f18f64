package controller

import (
	"flag"
	"fmt"
	"maps"
	"math/bits"
	"math/rand/v2"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"expertcontroller/schema"
)

var (
	seedFlag  = flag.Uint64("seed", 0, "run only this seed of the random schedules")
	runsFlag  = flag.Int("runs", 0, "how many random schedules to run; then it says which seeds are telling")
	lengthOf  = 400 // inputs in one schedule
	foldEvery = 100 // the folded state is compared after so many
)

// Whatever comes in, in whatever order: one recovery at a time touches the system,
// every accepted request ends once, a prompt is decided once and in its time, no
// attempt is granted twice, nothing begins on a healthy system, and nothing waits
// for ever. A failure names its seed; -seed repeats it.
func TestRandomSchedules(t *testing.T) {
	if *seedFlag != 0 {
		runSchedule(t, *seedFlag, map[[2]int]int{})
		return
	}
	// These are the same each time, and lead every cell where it says; drawn ones may miss
	// some. A soak draws others each time.
	first, runs, listed := uint64(1), 400, telling
	switch {
	case os.Getenv("SOAK") != "":
		first, runs, listed = rand.Uint64()>>1, 5200, nil
	case *runsFlag > 0:
		runs, listed = *runsFlag, nil
	case underRace: // a schedule has one goroutine
		runs, listed = 32, nil
	}
	seeds := slices.Clone(listed)
	for i := range uint64(runs) {
		seeds = append(seeds, first+i)
	}
	const lanes = 4
	// Whoever is done takes the next seed: some take many times as long as others, and in
	// turns those would all be one lane's.
	var next atomic.Int64
	var mu sync.Mutex
	before := transcriptsLead(t)
	led := map[uint64]map[[2]int]int{}
	t.Cleanup(func() {
		all := maps.Clone(before)
		for _, reached := range led {
			for k, v := range reached {
				all[k] |= v
			}
		}
		cellsLeadWhereTheySay(t, all, listed != nil || *runsFlag >= 5000)
		if *runsFlag > 0 {
			t.Logf("telling are %v", tell(before, led))
		}
	})
	for lane := range lanes {
		t.Run(fmt.Sprintf("lane %d", lane), func(t *testing.T) {
			t.Parallel()
			mine := 0
			for i := next.Add(1) - 1; i < int64(len(seeds)) && !t.Failed(); i = next.Add(1) - 1 {
				reached := map[[2]int]int{}
				runSchedule(t, seeds[i], reached)
				mine++
				mu.Lock()
				led[seeds[i]] = reached
				mu.Unlock()
			}
			t.Logf("%d schedules of %d inputs", mine, lengthOf)
		})
	}
}

// tell chooses seeds that together lead everywhere that these seeds lead to, and transcripts
// do not.
func tell(before map[[2]int]int, led map[uint64]map[[2]int]int) (chosen []uint64) {
	seen := maps.Clone(before)
	for {
		best, most := uint64(0), 0
		for seed, reached := range led {
			gain := 0
			for k, v := range reached {
				gain += bits.OnesCount(uint(v &^ seen[k]))
			}
			if gain > most || gain == most && gain > 0 && seed < best {
				best, most = seed, gain
			}
		}
		if most == 0 {
			slices.Sort(chosen)
			return chosen
		}
		chosen = append(chosen, best)
		for k, v := range led[best] {
			seen[k] |= v
		}
	}
}

// chaos drives a world at random and checks the invariants after each decision.
type chaos struct {
	*world
	t        *testing.T
	rng      *rand.Rand
	seed     uint64
	trace    []string
	problems int
	claims   int
	ends     map[string]int
	decided  map[string]int
	grants   map[string]string      // attempt -> claim
	acting   map[string]schema.Work // the attempts that agents are really carrying out
	terminal map[string]string
	reached  map[[2]int]int // which states each cell led to, as bits
}

func runSchedule(t *testing.T, seed uint64, reached map[[2]int]int) {
	c := &chaos{
		world: newWorld(t, "cms"), t: t, rng: rand.New(rand.NewPCG(seed, 7)), seed: seed,
		ends: map[string]int{}, decided: map[string]int{}, grants: map[string]string{}, terminal: map[string]string{}, reached: reached,
		acting: map[string]schema.Work{},
	}
	// Folding what was encoded takes most of the time; one schedule in eight does it, the
	// transcripts always do.
	c.light = seed%8 != 0
	c.once = seed%16 != 0
	defer func() {
		if t.Failed() {
			for _, line := range c.trace[max(0, len(c.trace)-25):] {
				t.Log(line)
			}
			t.Logf("repeat with: go test ./controller -run TestRandomSchedules -seed %d", seed)
		}
	}()
	c.do("agent l0 offers *")
	c.do("agent l1 offers two")
	c.do("agent l2 offers two,check")
	for i := 0; i < lengthOf && !t.Failed(); i++ {
		c.do(c.pick())
		if i%foldEvery == 0 {
			c.same()
		}
	}
	c.same()
	c.settle()
}

// do carries out one command of a transcript and checks what must hold.
func (c *chaos) do(cmd string) {
	c.trace = append(c.trace, cmd)
	words := splitWords(cmd)
	var d Decision
	switch words[0] {
	case "wait":
		span, err := time.ParseDuration(words[1])
		if err != nil {
			c.t.Fatal(err)
		}
		c.now = c.now.Add(span)
		d = c.step()
	case "restart":
		if c.light {
			return
		}
		c.state = c.folded
		c.folded = NewState("cms")
		c.fold()
	default:
		in, err := c.parse(words)
		if err != nil {
			c.t.Fatalf("%s: %v", cmd, err)
		}
		before, entry := c.state.UnderWay(), c.state.Position.Entry
		d = c.step(in)
		c.afterInput(&in, &d, before, entry)
	}
	for _, e := range d.Events {
		c.afterEvent(&e)
	}
	for _, r := range d.Rulings {
		if r.from != ended && r.to != stateOf[r.from] && !slices.Contains(table[r.from][r.what].to, r.to) {
			c.fail("%s x %s led to %s, which the table does not list", r.from, r.what, r.to)
		}
		c.reached[[2]int{int(r.from), int(r.what)}] |= 1 << slices.Index(endNames, r.to)
	}
	c.check()
}

// settle answers what is open and checks that everything ends within a bound.
func (c *chaos) settle() {
	c.do("operator anna mode approval")
	c.do("policy hold=0s")
	for i := 0; i < 400 && len(c.state.Open()) > 0 && !c.t.Failed(); i++ {
		r := c.state.UnderWay()
		switch {
		case r == nil:
			c.do("wait 1h")
		case r.State == schema.Unclear:
			c.do("operator anna decide " + r.Prompt.ID + " give_up note=settled override")
		case situationOf(r) == granted || situationOf(r) == stopping:
			a := inState(r, schema.AttemptGranted)[0]
			c.do(fmt.Sprintf("agent %s result %s %d %d %s aborted", a.Agent, r.Token, r.Step, a.Number, a.Claim))
		default:
			c.do("operator anna interrupt")
		}
	}
	if open := c.state.Open(); len(open) > 0 {
		c.fail("still open after everything was answered: %s", line(c.state.Recovery(open[0])))
	}
	for n := uint64(1); n <= c.state.Requests(); n++ {
		if r := c.state.Recovery(schema.Token("cms", n)); r != nil && c.ends[r.Token] != 1 {
			c.fail("%s ended %d times", r.Token, c.ends[r.Token])
		}
	}
}
