package bridge

import (
	"sync"
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"
)

// figures count what a bridge did since its start.
type figures struct {
	requests, refused, crossOrigin, turnedAway, throttled, crowded atomic.Uint64
	sent, bytes, stalled                                           atomic.Uint64

	mu   sync.Mutex
	byes map[string]uint64
}

func newFigures() *figures { return &figures{byes: map[string]uint64{}} }

func (f *figures) ended(code string) {
	f.mu.Lock()
	f.byes[code]++
	f.mu.Unlock()
}

// figure is one that /metrics shows.
type figure struct {
	desc *prometheus.Desc
	of   func(*Bridge) uint64
	kind prometheus.ValueType
}

func total(name, help string, of func(*Bridge) uint64) figure {
	return figure{prometheus.NewDesc("expertcontroller_bridge_"+name, help, nil, nil), of, prometheus.CounterValue}
}

var bridgeFigures = []figure{
	{prometheus.NewDesc("expertcontroller_bridge_clients", "Websocket clients.", nil, nil), func(b *Bridge) uint64 {
		b.mu.Lock()
		defer b.mu.Unlock()
		return uint64(len(b.sessions))
	}, prometheus.GaugeValue},
	total("requests_total", "HTTP requests.", func(b *Bridge) uint64 { return b.figures.requests.Load() }),
	total("requests_refused_total", "HTTP requests that were answered with an error.", func(b *Bridge) uint64 { return b.figures.refused.Load() }),
	total("requests_throttled_total", "HTTP requests that were too many.", func(b *Bridge) uint64 { return b.figures.throttled.Load() }),
	total("cross_origin_total", "Requests and websockets of other sites' pages, refused.", func(b *Bridge) uint64 { return b.figures.crossOrigin.Load() }),
	total("connections_refused_total", "Connections of addresses that had too many.", func(b *Bridge) uint64 { return b.figures.crowded.Load() }),
	total("clients_turned_away_total", "Websocket clients for whom there was no room.", func(b *Bridge) uint64 { return b.figures.turnedAway.Load() }),
	total("clients_stalled_total", "Websocket clients that took nothing any more.", func(b *Bridge) uint64 { return b.figures.stalled.Load() }),
	total("frames_sent_total", "Frames sent to clients.", func(b *Bridge) uint64 { return b.figures.sent.Load() }),
	total("bytes_sent_total", "Bytes of the frames sent to clients.", func(b *Bridge) uint64 { return b.figures.bytes.Load() }),
}

var (
	byesDesc = prometheus.NewDesc("expertcontroller_bridge_clients_ended_total", "Websocket clients that the bridge ended.", []string{"code"}, nil)

	feedDescs = []struct {
		desc *prometheus.Desc
		kind prometheus.ValueType
		of   func(*feed) float64
	}{
		{feedDesc("entry", "The last entry shown."), prometheus.GaugeValue, func(f *feed) float64 { return float64(f.entry()) }},
		{feedDesc("silent", "1 when no controller answers for the system."), prometheus.GaugeValue, func(f *feed) float64 {
			if f.silent.Load() {
				return 1
			}
			return 0
		}},
		{feedDesc("entries_total", "Entries of the log taken."), prometheus.CounterValue, func(f *feed) float64 { return float64(f.figures.entries.Load()) }},
		{feedDesc("deltas_total", "Deltas encoded."), prometheus.CounterValue, func(f *feed) float64 { return float64(f.figures.frames.Load()) }},
		{feedDesc("snapshots_total", "Snapshots that clients were given."), prometheus.CounterValue, func(f *feed) float64 { return float64(f.figures.snapshots.Load()) }},
		{feedDesc("pictures_total", "Pictures fetched from a controller."), prometheus.CounterValue, func(f *feed) float64 { return float64(f.figures.resets.Load()) }},
	}
)

func feedDesc(name, help string) *prometheus.Desc {
	return prometheus.NewDesc("expertcontroller_bridge_"+name, help, []string{"system"}, nil)
}

// Describe tells which figures there are.
func (b *Bridge) Describe(to chan<- *prometheus.Desc) {
	for _, f := range bridgeFigures {
		to <- f.desc
	}
	for _, f := range feedDescs {
		to <- f.desc
	}
	to <- byesDesc
}

// Collect reads them.
func (b *Bridge) Collect(to chan<- prometheus.Metric) {
	for _, f := range bridgeFigures {
		to <- prometheus.MustNewConstMetric(f.desc, f.kind, float64(f.of(b)))
	}
	for _, system := range b.o.Systems {
		for _, f := range feedDescs {
			to <- prometheus.MustNewConstMetric(f.desc, f.kind, f.of(b.feeds[system]), system)
		}
	}
	b.figures.mu.Lock()
	defer b.figures.mu.Unlock()
	for code, n := range b.figures.byes {
		to <- prometheus.MustNewConstMetric(byesDesc, prometheus.CounterValue, float64(n), code)
	}
}
