package broker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"expertcontroller/schema"
)

// askWithin bounds one question to the broker: an answer that went down with its
// connection is not waited for.
const askWithin = 2 * time.Second

// StreamOptions say what the streams have to be like.
type StreamOptions struct {
	// Replicas is on how many servers each stream stands: 1, 3 or 5. 0 takes what is
	// there, and makes a new log with 1, and a new inbox as the log is.
	Replicas int
	// Synced says that the server is known to write to disk before it acknowledges, as
	// the embedded one does. Where it is not known, Open warns.
	Synced bool
	Logger *slog.Logger
}

// Broker is one connection with the two streams that a controller works on. Its
// methods may be called at the same time.
type Broker struct {
	nc  *nats.Conn
	js  jetstream.JetStream
	log *slog.Logger

	logStream   jetstream.Stream
	inboxStream jetstream.Stream
	logCreated  time.Time

	mu           sync.Mutex
	inboxCreated time.Time
	// spell ends when the connection comes back, and then another one begins: what was
	// asked before won't be answered any more.
	spell    context.Context
	endSpell context.CancelFunc
	hooks    []func()
}

// Open makes the streams or verifies that those that are there are what they must be.
// While a cluster elects its leaders it waits, and says so, until ctx ends. The broker
// lives as long as the connection.
func Open(ctx context.Context, nc *nats.Conn, o StreamOptions) (*Broker, error) {
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	js, err := jetstream.New(nc)
	if err != nil {
		return nil, fmt.Errorf("opening the broker: %w", err)
	}
	b := &Broker{nc: nc, js: js, log: o.Logger}
	b.spell, b.endSpell = context.WithCancel(context.Background())
	if b.logStream, err = b.ensure(ctx, logConfig(o.Replicas)); err != nil {
		return nil, err
	}
	if b.inboxStream, err = b.ensure(ctx, inboxConfig(o.Replicas)); err != nil {
		return nil, err
	}
	logInfo, inboxInfo := b.logStream.CachedInfo(), b.inboxStream.CachedInfo()
	if limit := nc.MaxPayload(); limit < schema.MaxEntry+4<<10 {
		return nil, fmt.Errorf("opening the broker: its largest message is %d bytes, an entry of the log may need %d: set max_payload: 1MB in the server's configuration", limit, schema.MaxEntry+4<<10)
	}
	if !o.Synced {
		o.Logger.Warn("the broker does not tell its clients whether it writes to disk before it acknowledges: if it doesn't, a power cut loses what was answered: set sync_interval: always in the jetstream block of its configuration",
			"server", nc.ConnectedServerName(), "replicas", logInfo.Config.Replicas)
	}
	b.logCreated, b.inboxCreated = logInfo.Created.UTC(), inboxInfo.Created.UTC()
	go b.watch(nc.StatusChanged(nats.CONNECTED, nats.CLOSED))
	return b, nil
}

// watch wakes whoever waits for the connection to come back.
func (b *Broker) watch(status chan nats.Status) {
	defer b.nc.RemoveStatusListener(status)
	for {
		// A closed connection may have said so before anybody listened.
		closed := b.nc.IsClosed()
		if !closed {
			s, ok := <-status
			closed = !ok || s == nats.CLOSED
		}
		if closed {
			b.mu.Lock()
			defer b.mu.Unlock()
			b.endSpell()
			return
		}
		b.mu.Lock()
		b.endSpell()
		b.spell, b.endSpell = context.WithCancel(context.Background())
		hooks := append([]func(){}, b.hooks...)
		b.mu.Unlock()
		for _, f := range hooks {
			f()
		}
	}
}

// thisSpell ends when the connection next comes back.
func (b *Broker) thisSpell() context.Context {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.spell
}

// try bounds one question: by a time, and by the connection on which it was asked.
func (b *Broker) try(ctx context.Context, within time.Duration) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithTimeout(ctx, within)
	forget := context.AfterFunc(b.thisSpell(), cancel)
	return ctx, func() { forget(); cancel() }
}

// OnReconnect has fn called each time the connection has come back, one call after
// another: fn should return soon.
func (b *Broker) OnReconnect(fn func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.hooks = append(b.hooks, fn)
}

// Connected tells whether there is a connection now.
func (b *Broker) Connected() bool { return b.nc.IsConnected() }

// Publish sends a message to whoever listens; nobody may.
func (b *Broker) Publish(subject string, payload []byte) error {
	if err := b.nc.Publish(subject, payload); err != nil {
		return fmt.Errorf("publishing to %s: %w", subject, err)
	}
	return nil
}

// Time tells the broker's time, that of the log's leader, and how long the question
// took: the clock may be off by that much more than it seems.
func (b *Broker) Time(ctx context.Context) (broker time.Time, roundTrip time.Duration, err error) {
	began := time.Now()
	info, err := b.info(ctx, schema.StreamLog)
	if err != nil {
		return time.Time{}, 0, fmt.Errorf("asking the broker for its time: %w", err)
	}
	if info.TimeStamp.IsZero() {
		return time.Time{}, 0, errors.New("asking the broker for its time: the answer holds none: a server of version 2.10 or later does")
	}
	return info.TimeStamp.UTC(), time.Since(began), nil
}

func (b *Broker) info(ctx context.Context, stream string) (*jetstream.StreamInfo, error) {
	ctx, cancel := b.try(ctx, askWithin)
	defer cancel()
	s, err := b.js.Stream(ctx, stream)
	if err != nil {
		return nil, err
	}
	return s.CachedInfo(), nil
}

// handle is what messages are read through: by the stream's name, whichever stream
// bears it.
func (b *Broker) handle(stream string) jetstream.Stream {
	if stream == schema.StreamInbox {
		return b.inboxStream
	}
	return b.logStream
}

// Leader names the server that leads the log's stream.
func (b *Broker) Leader(ctx context.Context) (string, error) {
	info, err := b.info(ctx, schema.StreamLog)
	if err != nil {
		return "", fmt.Errorf("asking for the log's leader: %w", err)
	}
	if info.Cluster == nil {
		return b.nc.ConnectedServerName(), nil
	}
	return info.Cluster.Leader, nil
}
