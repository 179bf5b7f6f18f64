package cmd

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"expertcontroller/broker/brokertest"
	"expertcontroller/client"
	"expertcontroller/schema"
)

// What these benchmarks tell is how our own work compares with what the broker costs
// anyway: every round measures bare publishes and ours one after the other, on the same
// servers, over the same kind of connection, with payloads of the same size, so that a
// busy machine is busy for both. Every write is on disk before it is acknowledged.

const (
	// bareStream is like the log's stream, but is not republished.
	bareStream  = "BARE"
	bareSubject = "bare.log"
)

// ground is a controller in this process, as serve runs it, with clients over TCP.
type ground struct {
	b       *testing.B
	serving *inProcess
	// servers is where clients connect; cluster is nil on one server.
	servers string
	cluster *brokertest.Cluster
	bare    jetstream.JetStream
}

// startGround serves on one server, which it brings, or on three, which are processes
// of their own.
func startGround(b *testing.B, servers int, policy string) *ground {
	b.Helper()
	g := &ground{b: b}
	file := filepath.Join(b.TempDir(), "policy.yaml")
	if err := os.WriteFile(file, []byte(policy), 0o600); err != nil {
		b.Fatal(err)
	}
	args := append(onFreePorts(b, "--policy", file, "--log-level", "warn"), "--simulate", "--force-simulate", "--speed", "1e9")
	if servers > 1 {
		g.cluster = brokertest.StartCluster(b, servers)
		g.servers = g.cluster.URLs()
		args = append(args, "--server", g.servers, "--replicas", fmt.Sprint(servers))
	}
	g.serving = serveHere(b, args...)
	if servers == 1 {
		g.servers = g.serving.url
	}
	js, err := jetstream.New(g.dial())
	if err != nil {
		b.Fatal(err)
	}
	g.bare = js
	makeBareStream(b, js, servers)
	return g
}

func makeBareStream(b *testing.B, js jetstream.JetStream, servers int) {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.Context(), 20*time.Second)
	defer cancel()
	_, err := js.CreateStream(ctx, jetstream.StreamConfig{
		Name: bareStream, Subjects: []string{bareSubject, passedSubject}, Storage: jetstream.FileStorage, Replicas: servers,
		Duplicates: 30 * time.Second, DenyDelete: true,
	})
	if err != nil {
		b.Fatal(err)
	}
}

// dial connects over TCP.
func (g *ground) dial() *nats.Conn {
	g.b.Helper()
	return brokertest.Dial(g.b, g.servers)
}

// everywhere connects to each server, one after the other.
func (g *ground) everywhere() (all []*nats.Conn) {
	g.b.Helper()
	for _, url := range strings.Split(g.servers, ",") {
		all = append(all, brokertest.Dial(g.b, url))
	}
	return all
}

// client connects over TCP as somebody.
func (g *ground) client(role, name string) *client.Client {
	return client.New(g.dial(), client.Options{System: client.DefaultSystem, Role: role, As: name})
}

func (g *ground) system() string { return client.DefaultSystem }

// publish publishes as a program without any of ours would.
func (g *ground) publish(payload []byte) {
	if _, err := g.bare.Publish(context.Background(), bareSubject, payload); err != nil {
		g.b.Fatal(err)
	}
}

// usual is a request of the usual size, as experts send it: about 700 bytes.
func usual(problem string) schema.Request {
	return schema.Request{
		Type: schema.Type(schema.KindRequest),
		Problem: schema.Problem{
			ID: problem, Title: "FED stuck", Description: "TTCP HBHEa of HCAL blocks triggers: its FED 1114 is in state busy since 20 s, and the rate is 0 Hz",
			Context: map[string]string{"subsystem": "HCAL", "fed": "1114", "ttcp": "HBHEa", "rate": "0"},
		},
		Steps: []schema.Step{
			{Title: "Stop and start the run with red & green recycle of HCAL", Action: "recycle", Attempts: 2,
				Parameters: []byte(`{"red":["HCAL"],"green":["HCAL"],"fault":["HCAL"]}`)},
			{Title: "Call the HCAL expert on call", ByHand: true},
		},
		Aftercare: &schema.Aftercare{Completed: []string{"Make a log entry"}, Failed: []string{"Call the HCAL expert on call"}},
	}
}

func encodedRequest(b *testing.B, request schema.Request) []byte {
	b.Helper()
	payload, err := schema.Encode(request)
	if err != nil {
		b.Fatal(err)
	}
	return payload
}

// times are durations of one thing, many times.
type times []time.Duration

func (t *times) measure(f func()) {
	began := time.Now()
	f()
	*t = append(*t, time.Since(began))
}

// median is in microseconds.
func (t times) median() float64 { return t.share(50) }

// p99 is in microseconds: what one in a hundred exceeds.
func (t times) p99() float64 { return t.share(99) }

func (t times) share(percent int) float64 {
	sorted := slices.Sorted(slices.Values(t))
	return float64(sorted[len(sorted)*percent/100].Nanoseconds()) / 1000
}

// compare reports ours beside the bare publishes of the same run.
func compare(b *testing.B, name string, ours, bare times) {
	b.ReportMetric(0, "ns/op") // that of a whole round says nothing
	b.ReportMetric(bare.median(), "publish-p50-µs")
	b.ReportMetric(ours.median(), name+"-p50-µs")
	b.ReportMetric(ours.median()/bare.median(), "ratio")
}

// compareP99 reports the slowest of both, too; the ratio is theirs.
func compareP99(b *testing.B, name string, ours, bare times) {
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(len(ours)), "samples")
	b.ReportMetric(bare.median(), "publish-p50-µs")
	b.ReportMetric(ours.median(), name+"-p50-µs")
	b.ReportMetric(bare.p99(), "publish-p99-µs")
	b.ReportMetric(ours.p99(), name+"-p99-µs")
	b.ReportMetric(ours.p99()/bare.p99(), "ratio-p99")
}

// perServers runs a benchmark on one server and on three.
func perServers(b *testing.B, f func(b *testing.B, servers int)) {
	for _, servers := range []int{1, 3} {
		b.Run(fmt.Sprintf("servers=%d", servers), func(b *testing.B) { f(b, servers) })
	}
}
