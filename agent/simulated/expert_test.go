package simulated

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"expertcontroller/schema"
)

// desk answers as a test says, or accepts.
type desk struct {
	mu       sync.Mutex
	requests []schema.Request
	cleared  []string
	submit   func(schema.Request) (schema.Answer, error)
	hears    func(schema.Cleared) error
}

func (d *desk) Submit(_ context.Context, r schema.Request) (schema.Answer, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.requests = append(d.requests, r)
	if d.submit != nil {
		if answer, err := d.submit(r); err != nil || answer.Verdict != "" {
			return answer, err
		}
	}
	return schema.Answer{Verdict: schema.Accepted, Token: fmt.Sprintf("demo-%d", len(d.requests))}, nil
}

func (d *desk) Clear(_ context.Context, c schema.Cleared) (schema.Answer, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.hears != nil {
		if err := d.hears(c); err != nil {
			return schema.Answer{}, err
		}
	}
	d.cleared = append(d.cleared, c.Problem)
	return schema.Answer{Verdict: schema.Recorded}, nil
}

func (d *desk) asked() []schema.Request {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.requests)
}

func (d *desk) told() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.cleared)
}

func busy(token string, problems ...string) schema.Answer {
	return schema.Answer{Verdict: schema.Rejected, Reason: schema.Reason{Code: schema.CodeBusy}, BlockedBy: &schema.BlockedBy{Token: token, Problems: problems}}
}

func refused(code string) schema.Answer {
	return schema.Answer{Verdict: schema.Rejected, Reason: schema.Reason{Code: code}}
}

// watched runs a test in a bubble with a plant, a desk and an expert at work.
func watched(t *testing.T, o ExpertOptions, test func(t *testing.T, p *Plant, d *desk)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		p, d := plant(t, PlantOptions{}), &desk{}
		o.Plant, o.Desk = p, d
		e, err := NewExpert(o)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- e.Run(ctx) }()
		defer func() {
			cancel()
			if err := <-ended; err != nil {
				t.Error(err)
			}
		}()
		test(t, p, d)
	})
}

func breaks(t *testing.T, p *Plant, key string) Trouble {
	t.Helper()
	trouble, err := p.Break(key, Cure{})
	if err != nil {
		t.Fatal(err)
	}
	return trouble
}

// Ensures that the expert asks once, with times of now, and says once that it is cured.
func TestAsksAndClears(t *testing.T) {
	watched(t, ExpertOptions{Adjust: func(r *schema.Request) { r.Automatic = true }}, func(t *testing.T, p *Plant, d *desk) {
		time.Sleep(time.Minute)
		trouble := breaks(t, p, "FED stuck/HCAL")
		time.Sleep(time.Minute)
		asked := d.asked()
		if len(asked) != 1 || asked[0].Problem.ID != trouble.Problem || !asked[0].Problem.Since.Equal(trouble.Since) || asked[0].ID == "" || !asked[0].Automatic || asked[0].Type == "" {
			t.Fatalf("%+v", asked)
		}
		if len(d.told()) != 0 {
			t.Fatal("cleared while it is there")
		}
		apply(t, p, asked[0].Steps[0].Action, string(asked[0].Steps[0].Parameters))
		time.Sleep(time.Minute)
		if told := d.told(); !slices.Equal(told, []string{trouble.Problem}) {
			t.Fatalf("%v", told)
		}
	})
}

// Ensures that a call without an answer is repeated with the same id, and that what
// may have been asked is cleared until that is heard.
func TestRepeats(t *testing.T) {
	watched(t, ExpertOptions{}, func(t *testing.T, p *Plant, d *desk) {
		d.submit = func(schema.Request) (schema.Answer, error) { return schema.Answer{}, errors.New("no answer") }
		d.hears = func(schema.Cleared) error {
			if len(d.requests) < 20 {
				d.requests = append(d.requests, schema.Request{})
				return errors.New("no answer")
			}
			return nil
		}
		trouble := breaks(t, p, "FED stuck/HCAL")
		time.Sleep(11 * time.Second)
		asked := d.asked()
		if len(asked) < 4 {
			t.Fatalf("asked %d times", len(asked))
		}
		for _, r := range asked {
			if r.ID != asked[0].ID {
				t.Fatal("another id")
			}
		}
		p.Repair("")
		time.Sleep(time.Minute)
		if told := d.told(); !slices.Equal(told, []string{trouble.Problem}) {
			t.Fatalf("%v", told)
		}
	})
}

// Ensures that a busy desk is asked again at once, with the relation that fits and an id of its own.
func TestBusy(t *testing.T) {
	for name, c := range map[string]struct {
		first, second string
		priority      int
		want          string
	}{
		"another problem waits":          {"FED stuck/HCAL", "Corrupted data/ES", 0, schema.Postpone},
		"a more important one preempts":  {"FED stuck/HCAL", "Corrupted data/ES", 1, schema.Preempt},
		"the same kind is back: goes on": {"FED stuck/HCAL", "FED stuck/HCAL", 0, schema.Continue},
	} {
		t.Run(name, func(t *testing.T) {
			adjust := func(r *schema.Request) {
				if keyOf(*r) != "FED stuck/HCAL" {
					r.Priority = c.priority
				}
			}
			watched(t, ExpertOptions{Adjust: adjust}, func(t *testing.T, p *Plant, d *desk) {
				first := breaks(t, p, c.first)
				time.Sleep(time.Minute)
				d.mu.Lock()
				d.submit = func(r schema.Request) (schema.Answer, error) {
					if r.Relation == nil {
						return busy("demo-1", first.Problem), nil
					}
					return schema.Answer{}, nil
				}
				d.mu.Unlock()
				if c.first == c.second {
					p.Repair("")
				}
				breaks(t, p, c.second)
				time.Sleep(time.Minute)
				asked := d.asked()
				if len(asked) != 3 || asked[2].Relation == nil || *asked[2].Relation != (schema.Relation{Kind: c.want, To: "demo-1"}) || asked[2].ID == asked[1].ID {
					t.Fatalf("%+v", asked)
				}
			})
		})
	}
}

// Ensures that a "no" is followed by patience, a stale one by another request at once,
// and that stale knowledge about who is under way leads to a fresh look.
func TestRefusals(t *testing.T) {
	for name, c := range map[string]struct {
		answer      schema.Answer
		least, most int
	}{
		"held":                   {refused(schema.CodeHeld), 5, 7},
		"stale":                  {refused(schema.CodeStale), 25, 32},
		"busy with stale things": {busy("demo-9"), 50, 64},
	} {
		t.Run(name, func(t *testing.T) {
			watched(t, ExpertOptions{}, func(t *testing.T, p *Plant, d *desk) {
				d.submit = func(schema.Request) (schema.Answer, error) { return c.answer, nil }
				breaks(t, p, "FED stuck/HCAL")
				time.Sleep(time.Minute)
				ids := map[string]bool{}
				asked := d.asked()
				for _, r := range asked {
					ids[r.ID] = true
				}
				if n := len(asked); n < c.least || n > c.most || len(ids) != n {
					t.Fatalf("asked %d times, %d ids", n, len(ids))
				}
			})
		})
	}
}

// Ensures that a problem that outlived its recovery is asked for again.
func TestOutlived(t *testing.T) {
	ended := func(context.Context, string) (bool, error) { return true, nil }
	watched(t, ExpertOptions{Ended: ended}, func(t *testing.T, p *Plant, d *desk) {
		breaks(t, p, "FED stuck/HCAL")
		time.Sleep(25 * time.Second)
		asked := d.asked()
		if len(asked) != 2 || asked[0].ID == asked[1].ID || asked[0].Problem.ID != asked[1].Problem.ID {
			t.Fatalf("%+v", asked)
		}
	})
}

// Ensures that a plant left to itself breaks again and again, one problem at a time.
func TestPlantRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := plant(t, PlantOptions{})
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- p.Run(ctx, time.Minute) }()
		seen := map[string]bool{}
		for range p.Kinds() {
			time.Sleep(3 * time.Minute)
			now := p.Troubles()
			if len(now) != 1 {
				t.Fatalf("%+v", now)
			}
			seen[now[0].Key] = true
			p.Repair("")
		}
		cancel()
		if err := <-ended; err != nil || len(seen) != len(p.Kinds()) {
			t.Fatalf("%v, %v", seen, err)
		}
	})
}
