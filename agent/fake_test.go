package agent

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"expertcontroller/schema"
)

var errDown = errors.New("no responders")

// kept is what a fake controller keeps over a crash of the agent.
type kept struct {
	Offers  []schema.Offer
	Granted map[string]schema.Work // by claim
	Results []schema.Result
}

// fake is a controller that follows the protocol, unless a test says otherwise.
type fake struct {
	mu sync.Mutex
	kept
	path      string
	pollAfter time.Duration
	down      bool
	aborts    []schema.Abort
	asked     []schema.Next
	claims    []schema.Claim
	progress  []schema.Progress
	times     []time.Time // of the progress
	ring      func(schema.Bell)

	// grant, instruct and answer, where set, change what the protocol would say.
	grant    func(schema.Claim, schema.Grant) (schema.Grant, error)
	instruct func(schema.Progress) schema.Instruction
	answer   func(schema.Result, schema.Answer) (schema.Answer, error)
}

func newFake(offers ...schema.Offer) *fake {
	return &fake{pollAfter: time.Second, kept: kept{Offers: offers, Granted: map[string]schema.Work{}}}
}

func offer(token string, parameters string) schema.Offer {
	return schema.Offer{
		Work: schema.Work{Token: token, Attempt: 1}, Title: "Recycle", Action: "recycle",
		Parameters: json.RawMessage(parameters), Timeout: schema.Duration(10 * time.Minute),
	}
}

func (f *fake) locked(fn func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	fn()
}

func (f *fake) save() {
	if f.path == "" {
		return
	}
	b, err := json.Marshal(f.kept)
	if err == nil {
		err = os.WriteFile(f.path, b, 0o600)
	}
	if err != nil {
		panic(err)
	}
}

func (f *fake) Next(_ context.Context, next schema.Next) (schema.WorkList, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.down {
		return schema.WorkList{}, errDown
	}
	f.asked = append(f.asked, next)
	return schema.WorkList{Offers: slices.Clone(f.Offers), Aborts: slices.Clone(f.aborts), PollAfter: schema.Duration(f.pollAfter)}, nil
}

func (f *fake) Claim(_ context.Context, claim schema.Claim) (schema.Grant, error) {
	f.mu.Lock()
	if f.down {
		f.mu.Unlock()
		return schema.Grant{}, errDown
	}
	f.claims = append(f.claims, claim)
	grant := schema.Grant{Work: claim.Work, Claim: claim.ID, Reason: schema.Reason{Code: schema.CodeNotOffered, Text: "there is no such offer"}}
	if at := slices.IndexFunc(f.Offers, func(o schema.Offer) bool { return o.Work == claim.Work }); at >= 0 {
		o := f.Offers[at]
		grant = schema.Grant{
			Work: claim.Work, Claim: claim.ID, Granted: true, Validity: schema.Duration(schema.ClaimValidity),
			Timeout: o.Timeout, Action: o.Action, Parameters: o.Parameters, SayEvery: schema.Duration(5 * time.Second),
		}
		f.Offers = slices.Delete(slices.Clone(f.Offers), at, at+1)
		f.Granted[claim.ID] = claim.Work
	}
	f.save()
	change := f.grant
	f.mu.Unlock()
	if change != nil {
		return change(claim, grant)
	}
	return grant, nil
}

func (f *fake) Progress(_ context.Context, p schema.Progress) (schema.Instruction, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.down {
		return schema.Instruction{}, errDown
	}
	f.progress = append(f.progress, p)
	f.times = append(f.times, time.Now())
	if f.instruct != nil {
		return f.instruct(p), nil
	}
	return schema.Instruction{}, nil
}

func (f *fake) Result(_ context.Context, r schema.Result) (schema.Answer, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.down {
		return schema.Answer{}, errDown
	}
	answer := schema.Answer{Verdict: schema.Ignored, Reason: schema.Reason{Code: schema.CodeUnknown}}
	if _, granted := f.Granted[r.Claim]; granted {
		answer = schema.Answer{Verdict: schema.Recorded}
	}
	if f.answer != nil {
		var err error
		if answer, err = f.answer(r, answer); err != nil {
			return answer, err
		}
	}
	f.Results = append(f.Results, r)
	f.save()
	return answer, nil
}

func (f *fake) Bell(fn func(schema.Bell)) (func(), error) {
	f.locked(func() { f.ring = fn })
	return func() { f.locked(func() { f.ring = nil }) }, nil
}

func (f *fake) rings(bell schema.Bell) {
	f.mu.Lock()
	ring := f.ring
	f.mu.Unlock()
	ring(bell)
}

func (f *fake) results() []schema.Result {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.Results)
}

func (f *fake) granted() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.Granted)
}

// until waits for a fact; in a bubble time is virtual.
func until(t *testing.T, what string, fact func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Minute); !fact(); {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain: %s", what)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// counting is a device that counts.
type counting struct {
	mu      sync.Mutex
	applied map[schema.Work]int
}

func newCounting() *counting { return &counting{applied: map[schema.Work]int{}} }

func (d *counting) Apply(work schema.Work, _ string, _ json.RawMessage) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.applied[work]++
	return nil
}

func (d *counting) count(work schema.Work) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.applied[work]
}

func (d *counting) total() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	n := 0
	for _, k := range d.applied {
		n += k
	}
	return n
}

// start runs an agent until the test or the returned function ends it.
func start(t *testing.T, f Controller, runner Runner, journal string, change ...func(*Agent)) (a *Agent, stop func() error) {
	t.Helper()
	a, err := New(Config{Name: "l0", System: "cms", Controller: f, Runner: runner, Journal: journal})
	if err != nil {
		t.Fatal(err)
	}
	a.doorless = true
	for _, fn := range change {
		fn(a)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- a.Run(ctx) }()
	stop = sync.OnceValue(func() error {
		cancel()
		return <-ended
	})
	t.Cleanup(func() { _ = stop() })
	return a, stop
}

func journalIn(t *testing.T) string { return filepath.Join(t.TempDir(), "agent.journal") }

func one(t *testing.T, f *fake) schema.Result {
	t.Helper()
	r := f.results()
	if len(r) != 1 {
		t.Fatalf("results: %+v, want one", r)
	}
	return r[0]
}
