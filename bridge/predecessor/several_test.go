package predecessor

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"expertcontroller/schema"
)

// A list of recoveries is asked for eight at a time, and comes in its order; the first
// error ends it, and is what is said.
func TestSeveralAreAskedForAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		found := make([]schema.Summary, 80)
		for i := range found {
			found[i].Step = i
		}
		var now, most atomic.Int64
		began := time.Now()
		out, err := several(t.Context(), found, func(_ context.Context, s schema.Summary) (int, error) {
			if n := now.Add(1); n > most.Load() {
				most.Store(n)
			}
			time.Sleep(time.Duration(1+s.Step%3) * time.Millisecond) // virtual
			now.Add(-1)
			return s.Step, nil
		})
		if err != nil || most.Load() != atOnce || time.Since(began) > 30*time.Millisecond {
			t.Errorf("%d at once, in %s: %v", most.Load(), time.Since(began), err)
		}
		for i, n := range out {
			if i != n {
				t.Fatalf("place %d has %d", i, n)
			}
		}
		broken := errors.New("broken")
		asked := atomic.Int64{}
		_, err = several(t.Context(), found, func(ctx context.Context, s schema.Summary) (int, error) {
			asked.Add(1)
			if s.Step == 5 {
				return 0, broken
			}
			<-ctx.Done()
			return 0, ctx.Err()
		})
		if !errors.Is(err, broken) || asked.Load() > 2*atOnce {
			t.Errorf("after %d: %v", asked.Load(), err)
		}
		if out, err := several(t.Context(), nil, func(context.Context, schema.Summary) (int, error) { return 0, broken }); err != nil || out == nil || len(out) > 0 {
			t.Errorf("of nothing: %v %v", out, err)
		}
	})
}
