package cmd

import (
	"context"
	"net/http"
	"path/filepath"

	"github.com/nats-io/nats.go"
	"github.com/prometheus/client_golang/prometheus"

	"expertcontroller/bridge"
	"expertcontroller/bridge/webhook"
	"expertcontroller/client"
	"expertcontroller/schema"
)

// hookOf reads the file that says whom to tell; without one, nobody.
func hookOf(file string) (*webhook.Config, error) {
	if file == "" {
		return nil, nil
	}
	c, err := webhook.Load(file)
	return &c, err
}

// openHooks makes a hook for each system, where one is asked for; end ends their
// connection, once they have ended.
func (w *wiring) openHooks(r *replica) (hooks []*webhook.Hook, end func(), err error) {
	if w.webhook == nil {
		return nil, func() {}, nil
	}
	var nc *nats.Conn
	if nc, err = r.another("webhook", w.options); err != nil {
		return nil, nil, err
	}
	c := client.New(nc, client.Options{System: w.options.systems[0], Role: schema.RoleOperator, As: "webhook", Patient: true, Logger: w.log})
	for _, system := range w.options.systems {
		h, err := webhook.New(c.In(system), *w.webhook, filepath.Join(r.data, "webhook", system+".json"), w.log)
		if err != nil {
			nc.Close()
			return nil, nil, err
		}
		hooks = append(hooks, h)
	}
	r.also = append(r.also, hookFigures{hooks})
	return hooks, nc.Close, nil
}

// tell runs a hook once there is somebody to hear.
func (r *replica) tell(ctx context.Context, h *webhook.Hook) error {
	select {
	case <-r.open:
		return h.Run(ctx)
	case <-ctx.Done():
		return nil
	}
}

// begun waits, briefly, until the hooks know where they begin, so that whatever happens
// once the controller says that it is ready is told.
func begun(ctx context.Context, hooks []*webhook.Hook) {
	ctx, cancel := context.WithTimeout(ctx, readyWithin)
	defer cancel()
	for _, h := range hooks {
		select {
		case <-h.Begun():
		case <-ctx.Done():
			return
		}
	}
}

// withHooks tells at /webhook how the hooks do: 200 while all is taken, else 503. It is
// not part of /readyz: a deaf receiver is no reason to take the controller away.
func withHooks(hooks []*webhook.Hook, b *bridge.Bridge, door http.Handler) http.Handler {
	if len(hooks) == 0 {
		return door
	}
	mux := http.NewServeMux()
	mux.Handle("/", door)
	mux.Handle("GET /webhook", b.Inside(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		code, states := http.StatusOK, []webhook.State{}
		for _, h := range hooks {
			s := h.State()
			if s.FailingSince != nil {
				code = http.StatusServiceUnavailable
			}
			states = append(states, s)
		}
		body, err := schema.Encode(states)
		if err != nil {
			writeText(w, http.StatusInternalServerError, "the state can't be written\n")
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(code)
		_, _ = w.Write(body) // whoever asked may have gone
	})))
	return mux
}

// hookFigures reads the hooks' counters when it is asked.
type hookFigures struct{ hooks []*webhook.Hook }

var hookCounters = []struct {
	desc *prometheus.Desc
	kind prometheus.ValueType
	of   func(webhook.State) float64
}{
	{describe("webhook_delivered_total", "Notices that the receiver took."), prometheus.CounterValue, func(s webhook.State) float64 { return float64(s.Delivered) }},
	{describe("webhook_failed_total", "Tries that the receiver did not take."), prometheus.CounterValue, func(s webhook.State) float64 { return float64(s.Failed) }},
	{describe("webhook_given_up_total", "Notices that nobody took in time."), prometheus.CounterValue, func(s webhook.State) float64 { return float64(s.GivenUp) }},
	{describe("webhook_missed_total", "Entries that were no longer kept when they were to be told."), prometheus.CounterValue, func(s webhook.State) float64 { return float64(s.Missed) }},
	{describe("webhook_entry", "The last entry that was told."), prometheus.GaugeValue, func(s webhook.State) float64 { return float64(s.Entry) }},
	{describe("webhook_failing", "1 while no try succeeds."), prometheus.GaugeValue, func(s webhook.State) float64 {
		if s.FailingSince == nil {
			return 0
		}
		return 1
	}},
}

// Describe tells which figures there are.
func (f hookFigures) Describe(to chan<- *prometheus.Desc) {
	for _, c := range hookCounters {
		to <- c.desc
	}
}

// Collect reads them.
func (f hookFigures) Collect(to chan<- prometheus.Metric) {
	for _, h := range f.hooks {
		s := h.State()
		for _, c := range hookCounters {
			to <- prometheus.MustNewConstMetric(c.desc, c.kind, c.of(s), s.System)
		}
	}
}
