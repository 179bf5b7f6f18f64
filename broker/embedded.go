package broker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/gofrs/flock"
	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
)

// unlimited is more than any disk holds.
const unlimited = 1 << 60

// DefaultListen is where the embedded server listens when nothing is said.
const DefaultListen = "127.0.0.1:4222"

// EmbeddedOptions say how the embedded server runs.
type EmbeddedOptions struct {
	// Dir is the data directory; the streams go to its subdirectory jetstream.
	Dir string
	// Listen is host:port, DefaultListen if empty; port 0 or -1 takes a free one.
	Listen string
	// Exposed permits an address that other machines reach. The embedded server asks
	// nobody who they are, so that whoever reaches it can write the log.
	Exposed bool
	// Name is the server's; made up if empty.
	Name string
	// Logger hears the server; nil: nobody does.
	Logger *slog.Logger
	// Patience is how long a start may take, reading back large streams included; 2
	// minutes if zero.
	Patience time.Duration
}

// Embedded is a NATS server inside this process.
type Embedded struct {
	options EmbeddedOptions
	host    string
	port    int
	log     *slog.Logger
	lock    *flock.Flock
	url     string
	// server is the one that was started last, up the same while it takes connections.
	server *server.Server
	said   *serverLog
	up     atomic.Pointer[server.Server]
	// trouble is why nothing can be stored now; nil: it can.
	trouble atomic.Pointer[error]
	// over ends the healing, healed when that has ended.
	over   context.Context
	end    context.CancelFunc
	healed sync.WaitGroup
	stop   sync.Once
}

// StartEmbedded starts a server that has every acknowledged write on disk, and returns
// when it takes connections. It takes a lock on the directory, since two servers on
// one would acknowledge the same sequences.
func StartEmbedded(o EmbeddedOptions) (*Embedded, error) {
	host, port, err := listenAddress(o)
	if err != nil {
		return nil, err
	}
	if o.Dir == "" {
		return nil, errors.New("starting the embedded broker: no data directory: name one with --data")
	}
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("starting the embedded broker: %w: name a directory that can be written with --data", err)
	}
	lock, err := lockDir(o.Dir)
	if err != nil {
		return nil, err
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	e := &Embedded{options: o, host: host, port: port, log: o.Logger, lock: lock}
	e.over, e.end = context.WithCancel(context.Background())
	if err := e.start(); err != nil {
		e.Stop()
		return nil, err
	}
	e.url = e.server.ClientURL()
	e.port = e.server.Addr().(*net.TCPAddr).Port // whoever is connected comes back to it
	e.healed.Go(e.heal)
	return e, nil
}

func (e *Embedded) start() error {
	if err := portFree(e.host, e.port); err != nil {
		return err
	}
	s, err := server.NewServer(&server.Options{
		ServerName: e.options.Name, Host: e.host, Port: e.port,
		JetStream: true, StoreDir: e.options.Dir, SyncAlways: true,
		// By default the server takes nothing more once its streams hold three quarters of
		// what was free at its start and they held then. How much room is needed, and what
		// is refused where there is less, is decided elsewhere.
		JetStreamMaxStore: unlimited,
		NoSigs:            true, NoLog: true, DisableJetStreamBanner: true,
	})
	if err != nil {
		return fmt.Errorf("starting the embedded broker: %w", err)
	}
	e.server, e.said = s, newServerLog(e.log)
	s.SetLogger(e.said, false, false)
	started := make(chan struct{})
	go func() {
		defer close(started)
		s.Start()
	}()
	if err := e.ready(started); err != nil {
		return err
	}
	e.up.Store(s)
	return nil
}

// ready waits for the first connection to be possible. Reading back large streams
// takes its time, which the log says.
func (e *Embedded) ready(started <-chan struct{}) error {
	o, log := e.options, e.said
	patience := o.Patience
	if patience == 0 {
		patience = 2 * time.Minute
	}
	end := time.NewTimer(patience)
	defer end.Stop()
	tell := time.NewTicker(2 * time.Second)
	defer tell.Stop()
	began := time.Now()
	for {
		select {
		case text := <-log.fatal:
			return fmt.Errorf("starting the embedded broker: %s: if another program took the address, choose another one with --listen HOST:PORT; if the data in %s is meant, restore it or name another directory with --data", text, o.Dir)
		case <-e.over.Done():
			return errors.New("starting the embedded broker: it was stopped")
		case <-end.C:
			return fmt.Errorf("starting the embedded broker: not ready after %s: the debug log says what it does", patience)
		case <-tell.C:
			log.to.Info("reading back what the embedded broker keeps", "for", time.Since(began).Round(time.Second))
		case <-started:
			started = nil
			if len(log.fatal) == 0 && e.server.ReadyForConnections(5*time.Second) {
				return nil
			}
			if len(log.fatal) == 0 {
				return fmt.Errorf("starting the embedded broker: it does not take connections at %s: see the log, or choose another address with --listen HOST:PORT", o.Listen)
			}
		}
	}
}

// listenAddress reads where to listen and refuses what other machines reach.
func listenAddress(o EmbeddedOptions) (host string, port int, err error) {
	listen := o.Listen
	if listen == "" {
		listen = DefaultListen
	}
	host, digits, err := net.SplitHostPort(listen)
	if err != nil {
		return "", 0, fmt.Errorf("reading the address to listen on: %w: write --listen HOST:PORT, as in --listen %s", err, DefaultListen)
	}
	port, err = strconv.Atoi(digits)
	if err != nil || port < -1 || port > 65535 {
		return "", 0, fmt.Errorf("reading the address to listen on: %q is no port: write --listen HOST:PORT, as in --listen %s", digits, DefaultListen)
	}
	if port == 0 {
		port = server.RANDOM_PORT
	}
	if !o.Exposed && !loopback(host) {
		return "", 0, fmt.Errorf("listening on %s: other machines could reach it, and the embedded broker asks nobody who they are: listen on 127.0.0.1, or run a NATS server with users and name it with --server", listen)
	}
	return host, port, nil
}

func loopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// portFree finds out before the server does, since the server's own words for it name
// no remedy.
func portFree(host string, port int) error {
	if port == server.RANDOM_PORT {
		return nil
	}
	address := net.JoinHostPort(host, strconv.Itoa(port))
	l, err := net.Listen("tcp", address)
	if err == nil {
		return l.Close()
	}
	if errors.Is(err, syscall.EADDRINUSE) {
		return fmt.Errorf("listening on %s: another program uses this port, maybe another expertcontroller or a NATS server: choose another one with --listen %s, or use the server that is there with --server nats://%s", address, net.JoinHostPort(host, strconv.Itoa(port+1)), address)
	}
	return fmt.Errorf("listening on %s: %w: choose another address with --listen HOST:PORT", address, err)
}

func lockDir(dir string) (*flock.Flock, error) {
	lock := flock.New(filepath.Join(dir, "broker.lock"))
	ok, err := lock.TryLock()
	if err != nil {
		return nil, fmt.Errorf("locking the data directory %s: %w: name a directory that can be written with --data", dir, err)
	}
	if !ok {
		return nil, fmt.Errorf("locking the data directory %s: another expertcontroller serves from it: stop that one, join it with --server, or name another directory with --data", dir)
	}
	return lock, nil
}

// URL is where other programs connect.
func (e *Embedded) URL() string { return e.url }

// Connect connects within the process, without a socket. The connection comes back when
// the server was started anew, and ends with Stop.
func (e *Embedded) Connect(name string, options ...nats.Option) (*nats.Conn, error) {
	all := append(baseOptions(name, nil), nats.InProcessServer(inProcess{e}))
	nc, err := nats.Connect("", append(all, options...)...)
	if err != nil {
		return nil, fmt.Errorf("connecting to the embedded broker: %w", err)
	}
	return nc, nil
}

// inProcess connects to the server that is up now.
type inProcess struct{ e *Embedded }

func (p inProcess) InProcessConn() (net.Conn, error) {
	s := p.e.up.Load()
	if s == nil {
		return nil, errors.New("the embedded broker is not up")
	}
	return s.InProcessConn()
}

// Stop ends the server, waits until all is written, and releases the directory. It may
// be called more than once.
func (e *Embedded) Stop() {
	e.stop.Do(func() {
		e.end()
		e.healed.Wait()
		e.down()
		if err := e.lock.Unlock(); err != nil {
			slog.Warn("releasing the data directory", "error", err)
		}
	})
}
