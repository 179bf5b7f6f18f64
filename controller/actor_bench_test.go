package controller

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"expertcontroller/schema"
)

// BenchmarkActorVerdicts measures decided requests with 128 callers, the log in memory:
// the most that the actor itself gives, JSON included.
func BenchmarkActorVerdicts(b *testing.B) {
	c := newCluster(b)
	r := c.start("r1", func(config *Config) { config.Log = sink{logHandle{c.log, "r1"}, &atomic.Uint64{}} })
	r.ready()
	r.offers("l0")
	payloads := make([][]byte, b.N)
	for i := range payloads {
		payloads[i] = mustEncode(b, testRequest(fmt.Sprint(i), fmt.Sprint("id", i)))
	}
	var next atomic.Int64
	var all sync.WaitGroup
	from := sender(schema.RoleExpert, "daq", schema.KindRequest)
	b.ResetTimer()
	for range 128 {
		all.Go(func() {
			for i := next.Add(1) - 1; i < int64(b.N); i = next.Add(1) - 1 {
				if _, bad := r.Call(context.Background(), from, payloads[i]); bad != nil {
					b.Error(bad)
					return
				}
			}
		})
	}
	all.Wait()
	b.StopTimer()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "verdicts/s")
	b.ReportMetric(float64(b.N)/float64(r.Counters().Appends), "inputs/entry")
}

// sink takes every append and keeps nothing.
type sink struct {
	logHandle
	at *atomic.Uint64
}

func (s sink) Append(context.Context, uint64, string, []byte) (uint64, error) {
	return s.at.Add(1), nil
}
