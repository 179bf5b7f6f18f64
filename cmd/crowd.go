package cmd

import (
	"bufio"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"expertcontroller/bridge"
	"expertcontroller/client"
	"expertcontroller/schema"
)

// crowdCmd is a crowd of dashboards, for benchmarks: it opens many websockets, some of
// which take nothing, changes the system ten times a second, and tells how long a change
// was on its way. It speaks the websocket protocol by hand: what it costs itself counts.
type crowdCmd struct {
	URL     string        `arg:"" help:"The bridge."`
	Clients int           `default:"1000" help:"How many."`
	Stalled int           `default:"100" help:"One in so many takes nothing; 0: none."`
	Changes int           `default:"10" help:"Changes a second."`
	Time    time.Duration `default:"10s" help:"For how long."`
}

// crowdFigures is what it found.
type crowdFigures struct {
	Clients int `json:"clients"`
	Stalled int `json:"stalled"`
	Changes int `json:"changes"`
	// Frames are the deltas that the others got; Lost are their sockets that ended.
	Frames int `json:"frames"`
	Lost   int `json:"lost"`
	// Connect is how long it took until all had their snapshot.
	Connect schema.Duration `json:"connect"`
	// P50, P99 and Max: from the entry's time, before it was appended, to the frame.
	P50 schema.Duration `json:"p50"`
	P99 schema.Duration `json:"p99"`
	Max schema.Duration `json:"max"`
}

// crowd is the clients under way.
type crowd struct {
	host    string
	systems string
	// measuring: what comes counts.
	measuring atomic.Bool
	known     sync.WaitGroup
	lost      atomic.Int64
	mu        sync.Mutex
	delays    []time.Duration
}

// dialAtOnce is how many connect at the same time.
const dialAtOnce = 64

// Run does it.
func (o *crowdCmd) Run(ctx context.Context, c *console, f *connection) error {
	to, err := url.Parse(o.URL)
	if err != nil || to.Host == "" {
		return usagef("crowd: %q is no address of a bridge", o.URL)
	}
	operator, err := f.operator(ctx)
	if err != nil {
		return err
	}
	defer operator.Close()
	all := &crowd{host: to.Host, systems: operator.System()}
	figures := crowdFigures{Clients: o.Clients}
	began := time.Now()
	conns := make([]net.Conn, o.Clients)
	places, failed := make(chan struct{}, dialAtOnce), make(chan error, o.Clients)
	var dialing sync.WaitGroup
	for i := range conns {
		stalled := o.Stalled > 0 && i%o.Stalled == 0
		if stalled {
			figures.Stalled++
		}
		places <- struct{}{}
		dialing.Go(func() {
			defer func() { <-places }()
			var err error
			if conns[i], err = all.open(stalled); err != nil {
				failed <- err
			}
		})
	}
	dialing.Wait()
	defer func() {
		for _, conn := range conns {
			if conn != nil {
				_ = conn.Close() // it may have been closed for being too slow
			}
		}
	}()
	select {
	case err := <-failed:
		return fmt.Errorf("connecting %d clients: %w; try fewer, or raise ulimit -n", o.Clients, err)
	default:
	}
	all.known.Wait()
	figures.Connect = schema.Duration(time.Since(began))
	all.measuring.Store(true)
	if figures.Changes, err = o.change(ctx, operator); err != nil {
		return err
	}
	// What is still on its way counts, too.
	if err := pauseFor(ctx, 2*time.Second); err != nil {
		return err
	}
	all.measuring.Store(false)
	all.mu.Lock()
	defer all.mu.Unlock()
	figures.Frames, figures.Lost = len(all.delays), int(all.lost.Load())
	if len(all.delays) == 0 {
		return fmt.Errorf("no change came to anybody")
	}
	slices.Sort(all.delays)
	at := func(part float64) schema.Duration {
		return schema.Duration(all.delays[int(part*float64(len(all.delays)-1))])
	}
	figures.P50, figures.P99, figures.Max = at(0.5), at(0.99), at(1)
	return c.printJSON(figures)
}

// change changes the system's mode's note, so often a second.
func (o *crowdCmd) change(ctx context.Context, operator *client.Client) (int, error) {
	tick := time.NewTicker(time.Second / time.Duration(max(1, o.Changes)))
	defer tick.Stop()
	end := time.Now().Add(o.Time)
	n := 0
	for time.Now().Before(end) {
		select {
		case <-ctx.Done():
			return n, ctx.Err()
		case <-tick.C:
		}
		n++
		if _, err := operator.Mode(ctx, schema.Mode{Mode: schema.ModeApproval, Note: fmt.Sprintf("change %d %s", n, strings.Repeat("x", 400))}); err != nil {
			return n, err
		}
	}
	return n, nil
}

func pauseFor(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// open opens a websocket and says hello; one that is not stalled then reads.
func (a *crowd) open(stalled bool) (net.Conn, error) {
	conn, err := net.DialTimeout("tcp", a.host, 10*time.Second)
	if err != nil {
		return nil, err
	}
	hello := `{"type":"recovery.v1.hello","systems":["` + a.systems + `"]}`
	frame := append([]byte{0x81, 0x80 | byte(len(hello)), 0, 0, 0, 0}, hello...)
	if _, err := fmt.Fprintf(conn, "GET /ws HTTP/1.1\r\nHost: %s\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: %s\r\n\r\n%s",
		a.host, bridge.Subprotocol, frame); err != nil {
		return conn, err
	}
	if stalled {
		return conn, nil
	}
	r := bufio.NewReaderSize(conn, 2048)
	answer, err := http.ReadResponse(r, nil)
	if err != nil {
		return conn, err
	}
	if answer.StatusCode != http.StatusSwitchingProtocols {
		return conn, fmt.Errorf("the bridge answers %s", answer.Status)
	}
	a.known.Add(1)
	go a.read(r)
	return conn, nil
}

// read takes frames until the socket ends.
func (a *crowd) read(r *bufio.Reader) {
	known := sync.OnceFunc(a.known.Done)
	defer known()
	head := make([]byte, 256)
	for {
		text, err := readFrame(r, head)
		now := time.Now()
		if err != nil {
			if a.measuring.Load() {
				a.lost.Add(1)
			}
			return
		}
		switch {
		case strings.HasPrefix(text, `{"type":"recovery.v1.snapshot"`):
			known()
		case strings.HasPrefix(text, `{"type":"recovery.v1.delta"`) && a.measuring.Load():
			_, at, _ := strings.Cut(text, `"at":"`)
			at, _, _ = strings.Cut(at, `"`)
			if t, err := time.Parse(time.RFC3339Nano, at); err == nil {
				a.mu.Lock()
				a.delays = append(a.delays, now.Sub(t))
				a.mu.Unlock()
			}
		}
	}
}

// readFrame reads a frame of a server, and gives its beginning.
func readFrame(r *bufio.Reader, head []byte) (string, error) {
	var b [8]byte
	if _, err := io.ReadFull(r, b[:2]); err != nil {
		return "", err
	}
	size := uint64(b[1] & 0x7f)
	switch size {
	case 126:
		if _, err := io.ReadFull(r, b[:2]); err != nil {
			return "", err
		}
		size = uint64(binary.BigEndian.Uint16(b[:2]))
	case 127:
		if _, err := io.ReadFull(r, b[:8]); err != nil {
			return "", err
		}
		size = binary.BigEndian.Uint64(b[:8])
	}
	n := min(size, uint64(len(head)))
	if _, err := io.ReadFull(r, head[:n]); err != nil {
		return "", err
	}
	if _, err := r.Discard(int(size - n)); err != nil {
		return "", err
	}
	return string(head[:n]), nil
}
