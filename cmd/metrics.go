package cmd

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"expertcontroller/bridge"
	"expertcontroller/controller"
)

// figures gathers what /metrics tells.
func (r *replica) figures(b *bridge.Bridge) *prometheus.Registry {
	registry := figures(b)
	registry.MustRegister(actorFigures{r.systems})
	return registry
}

// figures are those that every process with a bridge has.
func figures(b *bridge.Bridge) *prometheus.Registry {
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), b)
	return registry
}

// actorFigures reads the actors' own counters when it is asked.
type actorFigures struct{ systems []*served }

// counter is one figure of an actor.
type counter struct {
	desc *prometheus.Desc
	kind prometheus.ValueType
	of   func(*served, controller.Counters) float64
}

func count(name, help string, of func(controller.Counters) uint64) counter {
	return counter{describe(name, help), prometheus.CounterValue, func(_ *served, c controller.Counters) float64 { return float64(of(c)) }}
}

func gauge(name, help string, of func(*served, controller.Counters) float64) counter {
	return counter{describe(name, help), prometheus.GaugeValue, of}
}

func describe(name, help string) *prometheus.Desc {
	return prometheus.NewDesc("expertcontroller_"+name, help, []string{"system"}, nil)
}

var counters = []counter{
	count("inputs_decided_total", "Inputs in entries that this replica appended.", func(c controller.Counters) uint64 { return c.Decided }),
	count("inputs_repeated_total", "Calls answered from the state.", func(c controller.Counters) uint64 { return c.Repeated }),
	count("inputs_refused_total", "Calls refused before the log.", func(c controller.Counters) uint64 { return c.Refused }),
	count("inputs_malformed_total", "Published messages that were no valid input.", func(c controller.Counters) uint64 { return c.Malformed }),
	count("inputs_forwarded_total", "Calls that the preferred replica answered.", func(c controller.Counters) uint64 { return c.Forwarded }),
	count("rules_panics_total", "Inputs or deadlines that made the rules panic.", func(c controller.Counters) uint64 { return c.Panics }),
	count("log_appends_total", "Entries that this replica appended.", func(c controller.Counters) uint64 { return c.Appends }),
	count("log_conflicts_total", "Appends that another replica was faster than.", func(c controller.Counters) uint64 { return c.Conflicts }),
	count("log_folded_total", "Entries folded.", func(c controller.Counters) uint64 { return c.Folded }),
	count("log_skipped_total", "Messages in the log that are no valid entries.", func(c controller.Counters) uint64 { return c.Skipped }),
	count("messages_unsent_total", "Answers, statuses and bells that could not be published.", func(c controller.Counters) uint64 { return c.Unsent }),
	gauge("calls_waiting", "Calls that wait for a decision.", func(_ *served, c controller.Counters) float64 { return float64(c.Waiting) }),
	gauge("log_entry", "The last entry folded.", func(s *served, _ controller.Counters) float64 { return float64(s.actor.Entry()) }),
	gauge("recoveries_open", "Open recoveries.", func(s *served, _ controller.Counters) float64 {
		open := 0
		s.actor.View(func(state *controller.State) { open = len(state.Open()) })
		return float64(open)
	}),
	gauge("ready", "1 when this replica decides for the system.", func(s *served, _ controller.Counters) float64 {
		if s.actor.Ready() != nil {
			return 0
		}
		return 1
	}),
}

// Describe tells which figures there are.
func (a actorFigures) Describe(to chan<- *prometheus.Desc) {
	for _, c := range counters {
		to <- c.desc
	}
}

// Collect reads them.
func (a actorFigures) Collect(to chan<- prometheus.Metric) {
	for _, s := range a.systems {
		now := s.counters()
		for _, c := range counters {
			to <- prometheus.MustNewConstMetric(c.desc, c.kind, c.of(s, now), s.system)
		}
	}
}
