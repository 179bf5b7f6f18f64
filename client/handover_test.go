package client

import (
	"maps"
	"slices"
	"testing"
	"time"

	"expertcontroller/schema"
)

// A shift in which an expert flooded the system is told as quickly as any other: what was
// turned away is counted where it is kept, and not read one by one.
func TestHandoverCountsAFlood(t *testing.T) {
	isolate(t)
	b := broker(t, t.TempDir(), -1)
	s := serve(t, b.ClientURL())
	c := connect(t, b.ClientURL())
	now := time.Now().UTC()
	s.with(func() {
		s.query = func(name string, data []byte) any {
			switch name {
			case schema.QueryOverview:
				return schema.Overview{Type: schema.Type(schema.KindOverview), System: "cms", At: now}
			case schema.QueryAudit:
				q, err := schema.Read[schema.AuditQuery](data)
				if err != nil || slices.Contains(q.Kind, schema.EventRejected) || slices.Contains(q.Kind, schema.EventJoined) {
					t.Error("the audit trail is asked for each one that was turned away:", q.Kind, err)
				}
				return schema.Audit{Type: schema.Type(schema.KindAudit), System: "cms"}
			case schema.QueryStatistics:
				q, err := schema.Read[schema.StatisticsQuery](data)
				if err != nil || q.Since == nil || !q.Since.Equal(now.Add(-time.Hour)) || q.Until == nil || !q.Until.Equal(now) {
					t.Error("asked for the statistics of another time:", q.Since, q.Until, err)
				}
				return schema.Statistics{Type: schema.Type(schema.KindStatistics), System: "cms", States: map[string]int{
					schema.RejectedState: 3_600_000, schema.Joined: 2, schema.Running: 1, schema.Completed: 7, // asked for now, whenever they end
				}}
			}
			return nil
		}
	})
	h, err := c.Handover(t.Context(), now.Add(-time.Hour))
	if err != nil || !maps.Equal(h.States, map[string]int{schema.RejectedState: 3_600_000, schema.Joined: 2}) {
		t.Fatal(h.States, err)
	}
}
