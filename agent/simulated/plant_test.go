package simulated

import (
	"encoding/json"
	"os"
	"slices"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"expertcontroller/schema"
)

// subsystems are the parts of the plant, as CMS has them.
var subsystems = []string{"TRACKER", "PIXEL", "ECAL", "ES", "HCAL", "CSC", "DT", "RPC", "GEM", "CTPPS", "TRG", "DAQ", "DCS", "SCAL", "HF", "CASTOR"}

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func recorded(t *testing.T) []schema.Request {
	t.Helper()
	requests, err := Requests(os.DirFS("../../testdata/requests"))
	if err != nil {
		t.Fatal(err)
	}
	return requests
}

func plant(t *testing.T, o PlantOptions) *Plant {
	t.Helper()
	if o.Requests == nil {
		o.Requests = recorded(t)
	}
	p, err := NewPlant(o)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func apply(t *testing.T, p *Plant, action, parameters string) {
	t.Helper()
	if err := p.Apply(schema.Work{Token: "demo-1", Attempt: 1}, action, json.RawMessage(parameters)); err != nil {
		t.Fatal(err)
	}
}

// Ensures that every recorded request breaks the plant, and that its own steps, one
// after another, cure it, also when it takes as many attempts as it has.
func TestOwnStepsCure(t *testing.T) {
	for _, r := range recorded(t) {
		t.Run(keyOf(r), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := plant(t, PlantOptions{})
				trouble, err := p.Break(keyOf(r), Cure{})
				if err != nil {
					t.Fatal(err)
				}
				if !slices.Contains(subsystems, trouble.Subsystem) {
					t.Errorf("%q is no subsystem", trouble.Subsystem)
				}
				for _, step := range r.Steps {
					if step.Action != "" && len(p.Troubles()) > 0 {
						apply(t, p, step.Action, string(step.Parameters))
						time.Sleep(2 * time.Second)
					}
				}
				if left := p.Troubles(); len(left) != 0 {
					t.Fatalf("%+v", left)
				}
			})
		})
	}
}

// Ensures that only a fitting action on the right subsystem cures, a moment later, and
// after as many as it takes.
func TestWhatCures(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := plant(t, PlantOptions{})
		first, err := p.Break("FED stuck/HCAL", Cure{Attempts: 2})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.Break("FED stuck/HCAL", Cure{}); err == nil {
			t.Error("broke twice with the same problem")
		}
		if _, err := p.Break("nothing known", Cure{}); err == nil {
			t.Error("broke with a problem that there is not")
		}
		step := first.Request.Steps[0]
		for _, wrong := range []struct{ action, parameters string }{
			{step.Action, `{"red":["ECAL"]}`}, {step.Action, ``}, {"stop_start", `{"red":["HCAL"]}`}, {step.Action, `[]`},
		} {
			apply(t, p, wrong.action, wrong.parameters)
		}
		if err := p.Apply(schema.Work{}, "check", json.RawMessage(`{"subsystem":"HCAL"}`)); err == nil {
			t.Error("a check found it well")
		}
		if err := p.Apply(schema.Work{}, "check", json.RawMessage(`{"subsystem":"ECAL"}`)); err != nil {
			t.Error(err)
		}
		time.Sleep(time.Minute)
		apply(t, p, step.Action, string(step.Parameters))
		time.Sleep(time.Minute)
		if len(p.Troubles()) != 1 {
			t.Fatal("cured by one of two")
		}
		apply(t, p, step.Action, string(step.Parameters))
		if len(p.Troubles()) != 1 {
			t.Fatal("cured without a moment")
		}
		time.Sleep(time.Second)
		if len(p.Troubles()) != 0 || p.Applied() != 8 {
			t.Fatalf("%+v, %d applied", p.Troubles(), p.Applied())
		}
		again, err := p.Break("FED stuck/HCAL", Cure{})
		if err != nil || again.Problem == first.Problem {
			t.Fatalf("%+v, %v", again, err)
		}
		p.Repair(again.Problem)
		if len(p.Troubles()) != 0 {
			t.Fatal("not repaired")
		}
	})
}

// Ensures that a relapse comes back as a new problem of the same kind, which the
// fitting action cures for good.
func TestRelapse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := plant(t, PlantOptions{})
		first, err := p.Break("Partition problem/CSC", Cure{Relapse: true})
		if err != nil {
			t.Fatal(err)
		}
		apply(t, p, "ttc_hard_reset", "")
		time.Sleep(2 * time.Second)
		back := p.Troubles()
		if len(back) != 1 || back[0].Problem == first.Problem || back[0].Key != first.Key {
			t.Fatalf("%+v", back)
		}
		apply(t, p, "ttc_hard_reset", "")
		time.Sleep(2 * time.Second)
		if len(p.Troubles()) != 1 {
			t.Fatal("cured by what doesn't fit")
		}
		apply(t, p, "stop_start_recycle", `{"red":["CSC"]}`)
		time.Sleep(2 * time.Second)
		if len(p.Troubles()) != 0 {
			t.Fatal("not cured")
		}
	})
}

// Ensures that a plant whose actions fail often is cured in the end, the same each time.
func TestFailing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tries := func() int {
			p := plant(t, PlantOptions{Failing: 0.9, Seed: 3})
			if _, err := p.Break("FED stuck/HCAL", Cure{}); err != nil {
				t.Fatal(err)
			}
			n := 0
			for ; len(p.Troubles()) > 0; n++ {
				apply(t, p, "stop_start_recycle", `{"red":["HCAL"]}`)
				time.Sleep(2 * time.Second)
			}
			return n
		}
		if n := tries(); n < 2 || n != tries() {
			t.Fatalf("%d tries", n)
		}
	})
}

// Ensures that wrong recordings are refused by name.
func TestRequestsRefused(t *testing.T) {
	for name, text := range map[string]string{
		"no JSON":   `{`,
		"no action": `{"type":"recovery.v1.request","problem":{"id":"1","title":"t"},"steps":[{"title":"by hand","by_hand":true}]}`,
	} {
		if _, err := Requests(fstest.MapFS{"x.json": {Data: []byte(text)}}); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if _, err := Requests(fstest.MapFS{}); err == nil {
		t.Error("an empty directory: accepted")
	}
	if _, err := NewPlant(PlantOptions{}); err == nil {
		t.Error("a plant without requests: made")
	}
	if _, err := NewExpert(ExpertOptions{}); err == nil {
		t.Error("an expert without plant and desk: made")
	}
}
