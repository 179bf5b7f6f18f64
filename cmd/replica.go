package cmd

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"
	"github.com/nats-io/nats.go"
	"github.com/prometheus/client_golang/prometheus"

	"expertcontroller/bridge"
	"expertcontroller/broker"
	"expertcontroller/controller"
	"expertcontroller/schema"
	"expertcontroller/store"
)

// readyWithin is how long a start waits for its actors before it answers queries
// although one of them does not decide.
const readyWithin = 10 * time.Second

// replica is one controller process: its broker or connection, its database, and an
// actor for each system.
type replica struct {
	name            string
	data            string
	log             *slog.Logger
	console         *console
	lock            *flock.Flock
	embedded        *broker.Embedded
	conn            *nats.Conn
	broker          *broker.Broker
	store           *store.Store
	writer          *store.Writer
	room            *room
	retainEvery     time.Duration
	checkpointEvery int
	systems         []*served
	// bridge, where there is one, shows it all; page is the address of its dashboard.
	bridge *bridge.Bridge
	page   string
	// also are figures of what runs beside the actors.
	also []prometheus.Collector
	// open is closed once the endpoints answer.
	open chan struct{}
}

// replicaOptions say what a replica works with.
type replicaOptions struct {
	name    string
	systems []string
	data    string
	// connect, where not nil, is the broker that is there; else one is brought, on listen.
	connect  *broker.ConnectOptions
	listen   string
	replicas int
	// reserve says how much of the disk has to be free for new requests.
	reserve string
	// retainEvery and checkpointEvery are how often records that may go are looked for, and
	// after how many entries a checkpoint follows; 0: as usual.
	retainEvery     time.Duration
	checkpointEvery int
	seeds           []controller.Seed
}

// openReplica opens everything up to the actors, which it makes but doesn't start. On
// an error it closes what it opened.
func openReplica(ctx context.Context, c *console, log *slog.Logger, o replicaOptions) (_ *replica, err error) {
	r := &replica{name: o.name, data: o.data, log: log, console: c, open: make(chan struct{}), retainEvery: o.retainEvery, checkpointEvery: o.checkpointEvery}
	defer func() {
		if err != nil {
			r.close()
		}
	}()
	floor, err := parseReserve(o.reserve)
	if err != nil {
		return nil, err
	}
	if err := r.claimData(); err != nil {
		return nil, err
	}
	if err := r.openBroker(ctx, o); err != nil {
		return nil, err
	}
	if err := r.openStore(ctx); err != nil {
		return nil, err
	}
	r.room = newRoom(floor, log, diskOf(r.data))
	if r.embedded == nil {
		r.room.places = append(r.room.places, limitOf(r.broker))
	}
	r.room.look(ctx)
	for _, system := range o.systems {
		if err := r.addSystem(ctx, system, o.seeds); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// claimData makes the data directory and keeps other controllers out of it: the
// database has one writer.
func (r *replica) claimData() error {
	if err := os.MkdirAll(r.data, 0o700); err != nil {
		return fmt.Errorf("making the data directory: %w; name another one with --data", err)
	}
	lock := flock.New(filepath.Join(r.data, "controller.lock"))
	ok, err := lock.TryLock()
	if err != nil {
		return fmt.Errorf("locking the data directory %s: %w; name one that can be written with --data", r.data, err)
	}
	if !ok {
		return fmt.Errorf("locking the data directory %s: another expertcontroller works in it; stop that one, or name another directory with --data", r.data)
	}
	r.lock = lock
	return nil
}

func (r *replica) openBroker(ctx context.Context, o replicaOptions) (err error) {
	if o.connect != nil {
		r.conn, err = broker.Connect(*o.connect)
	} else {
		if r.embedded, err = broker.StartEmbedded(broker.EmbeddedOptions{Dir: r.data, Listen: o.listen, Logger: r.log}); err != nil {
			return err
		}
		r.conn, err = r.embedded.Connect("expertcontroller " + r.name)
	}
	if err != nil {
		return err
	}
	r.broker, err = broker.Open(ctx, r.conn, broker.StreamOptions{Replicas: o.replicas, Synced: r.embedded != nil, Logger: r.log})
	if err == nil && r.embedded == nil {
		r.goNear(ctx)
	}
	return err
}

// goNear spares appends a hop, if it can.
func (r *replica) goNear(ctx context.Context) {
	server, leads, err := r.broker.Near(ctx)
	switch {
	case err != nil:
		r.log.Warn("the server that leads the log was not found: another one serves as well, a little slower", "error", err)
	case leads:
		r.log.Info("connected to the server that leads the log", "server", server)
	default:
		r.log.Info("connected to a server that does not lead the log: each decision takes a hop more", "server", server)
	}
}

// database is where the database is.
func (r *replica) database() string { return filepath.Join(r.data, databaseName) }

const databaseName = "expertcontroller.db"

func (r *replica) openStore(ctx context.Context) (err error) {
	if r.store, err = store.Open(ctx, store.Options{Path: r.database(), Logger: r.log}); err != nil {
		return err
	}
	if aside := r.store.SetAside(); aside != "" {
		r.log.Warn("the database was not usable; it is rebuilt from the log", "set_aside_as", aside)
	}
	r.writer = r.store.Writer(context.WithoutCancel(ctx))
	return nil
}

// addSystem brings the database up to the log and makes the system's actor.
func (r *replica) addSystem(ctx context.Context, system string, seeds []controller.Seed) error {
	log := r.broker.Log(system)
	if err := r.rebuild(ctx, log, system); err != nil {
		return err
	}
	s := &served{system: system, replica: r.name, log: log, store: r.store}
	s.actor = controller.NewActor(controller.Config{
		System: system, Replica: r.name, Build: build(),
		Log: logOf{log}, Inbox: func() controller.Inbox { return inboxOf{r.broker.Inbox(system)} }, Bus: r.broker,
		Projection: projection{r.store, r.writer, system},
		Seed:       seeds, Logger: r.log, Room: r.room.short,
		Archive: archive{r.store, log, system}, RetainEvery: r.retainEvery, CheckpointEntries: r.checkpointEvery,
	})
	log.Known = s.actor.Known
	r.systems = append(r.systems, s)
	return nil
}

// ready is nil when every actor decides, the endpoints answer, and what is shown is known.
func (r *replica) ready() error {
	if err := r.deciding(); err != nil {
		return err
	}
	select {
	case <-r.open:
	default:
		return errors.New("the endpoints are not open yet")
	}
	if r.bridge != nil {
		return r.bridge.Ready()
	}
	return nil
}

// deciding is nil when every actor decides, and the broker that was brought stores what
// is decided.
func (r *replica) deciding() error {
	var why []error
	if r.embedded != nil {
		why = append(why, r.embedded.Ready())
	}
	for _, s := range r.systems {
		why = append(why, s.actor.Ready())
	}
	return errors.Join(why...)
}

// until waits until something is so, or the time or the context is over.
func until(ctx context.Context, within time.Duration, so func() error) error {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	look := time.NewTicker(5 * time.Millisecond)
	defer look.Stop()
	for {
		err := so()
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return err
		case <-look.C:
		}
	}
}

// act runs the actors until the context ends.
func (r *replica) act(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	ended := make(chan error, len(r.systems))
	for _, s := range r.systems {
		go func() { ended <- s.actor.Run(ctx) }()
	}
	var errs []error
	for range r.systems {
		err := <-ended
		if errors.Is(err, schema.ErrForeign) {
			err = fmt.Errorf("%w (the database is %s)", err, r.database())
		}
		if err != nil {
			errs = append(errs, err)
			cancel()
		}
	}
	return errors.Join(errs...)
}

// keep holds the database open until the context ends, then writes what is left. It ends
// early with what keeps the database from following the log: what is asked could not be
// answered any more, whether or not anything further is decided.
func (r *replica) keep(ctx context.Context) error {
	select {
	case <-ctx.Done():
	case <-r.writer.Done():
	case <-r.writer.Failed():
	}
	return r.writer.Close()
}

// carry holds the connection, and the broker that was brought, until the context ends.
func (r *replica) carry(ctx context.Context) error {
	<-ctx.Done()
	r.close()
	return nil
}

// close closes what is open, in the order in which one needs the other.
func (r *replica) close() {
	if r.store != nil {
		if err := r.store.Close(); err != nil {
			r.log.Error("closing the database", "error", err)
		}
	}
	if r.conn != nil {
		r.conn.Close()
	}
	if r.embedded != nil {
		r.embedded.Stop()
	}
	if r.lock != nil {
		if err := r.lock.Unlock(); err != nil {
			r.log.Error("unlocking the data directory", "error", err)
		}
	}
}

// url is where other programs find the broker.
func (r *replica) url() string {
	if r.embedded != nil {
		return r.embedded.URL()
	}
	return schema.Address(r.conn.ConnectedUrl())
}
