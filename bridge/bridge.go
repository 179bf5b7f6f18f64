package bridge

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"slices"
	"sync"

	"expertcontroller/client"
	"expertcontroller/schema"
)

type bufioReadWriter = bufio.ReadWriter

// Options say what a bridge shows, and to whom.
type Options struct {
	// Systems are those that it serves, in the order in which they are shown.
	Systems []string
	// Client reaches the controllers. It should be patient: a bridge outlives them.
	Client *client.Client
	// Identity says how people and programs are told apart. The zero value lets everybody
	// type a name, which is meant for loopback only: see Identity.Check.
	Identity Identity
	// Page is the dashboard: index.html and what it loads. Nil: there is none.
	Page fs.FS
	// Build is the program's version.
	Build string
	// Demo is what can be done to the demo; nil: this is none.
	Demo *Demo
	// Clients is how many websockets there may be; 0: DefaultClients. Calls is how many
	// requests may be under way; 0: DefaultCalls.
	Clients, Calls int
	// ClientsEach is how many of the websockets one address, or one person whom a proxy
	// names, may have; 0: DefaultClientsEach.
	ClientsEach int
	Logger      *slog.Logger
}

const (
	// DefaultClients is how many websockets there may be.
	DefaultClients = 20_000
	// DefaultCalls is how many HTTP requests may be under way.
	DefaultCalls = 256
)

// Demo is what can be done to the demo's plant. Each gives a sentence that tells what
// happened.
type Demo struct {
	Break  func(ctx context.Context) (string, error)
	Vanish func(ctx context.Context, vanish bool) (string, error)
	// Vanished tells whether the machine is away, or is about to be.
	Vanished func() bool
}

// Bridge relays. Make it with New, run it, and serve its Routes.
type Bridge struct {
	o       Options
	log     *slog.Logger
	feeds   map[string]*feed
	figures *figures
	mux     *http.ServeMux
	page    *page
	paces   *paces
	clock   clock
	calls   chan struct{}
	sharers sharers
	// document is the API's description.
	document func() (json.RawMessage, error)

	mu       sync.Mutex
	sessions map[*session]struct{}
	stopping bool
	// here are the sessions, to be waited for.
	here sync.WaitGroup
}

// New makes a bridge; nothing happens until it runs.
func New(o Options) (*Bridge, error) {
	if len(o.Systems) == 0 {
		return nil, errors.New("making a bridge: it needs a system to show: name one with --system")
	}
	for _, system := range o.Systems {
		if !schema.ValidName(system) {
			return nil, fmt.Errorf("making a bridge: system %q: use 1 to %d of A-Z a-z 0-9 _ -", system, schema.MaxName)
		}
	}
	if o.Clients <= 0 {
		o.Clients = DefaultClients
	}
	if o.ClientsEach <= 0 {
		o.ClientsEach = DefaultClientsEach
	}
	if o.Calls <= 0 {
		o.Calls = DefaultCalls
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	o.Systems = slices.Clone(o.Systems)
	b := &Bridge{
		o: o, log: o.Logger, feeds: map[string]*feed{}, figures: newFigures(), paces: newPaces(),
		calls: make(chan struct{}, o.Calls), sessions: map[*session]struct{}{},
	}
	for _, system := range o.Systems {
		b.feeds[system] = newFeed(system, o.Client.In(system), o.Logger)
	}
	var err error
	if b.page, err = newPage(o.Page); err != nil {
		return nil, err
	}
	b.document = sync.OnceValues(b.describe)
	b.mux = b.routes()
	return b, nil
}

// Run follows the systems until the context ends; then every client is told to come
// back, and Run returns when they have gone.
func (b *Bridge) Run(ctx context.Context) error {
	var all sync.WaitGroup
	all.Go(func() { b.watchClock(ctx) })
	for _, f := range b.feeds {
		all.Go(func() { f.run(ctx) })
		all.Go(func() { f.listen(ctx, b.o.Client.In(f.system).Ping) })
	}
	<-ctx.Done()
	b.stop()
	all.Wait()
	return nil
}

// stop ends every session.
func (b *Bridge) stop() {
	b.mu.Lock()
	b.stopping = true
	for s := range b.sessions {
		s.end(bye{byeShutdown, 0, "this bridge stops: come back, here or to another one"})
	}
	b.mu.Unlock()
	b.here.Wait() // each one ends within writeWithin and closeWithin
}

// enter takes a session in, if there is room.
func (b *Bridge) enter(s *session) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.stopping || len(b.sessions) >= b.o.Clients {
		return false
	}
	b.sessions[s] = struct{}{}
	b.here.Add(1)
	return true
}

func (b *Bridge) exit(s *session) {
	b.mu.Lock()
	delete(b.sessions, s)
	b.mu.Unlock()
	b.here.Done()
}

// connected tells whether the broker is reached.
func (b *Bridge) connected() bool { return b.o.Client.Connected() }

// Ready is nil once every system's picture is known.
func (b *Bridge) Ready() error {
	var why []error
	for _, system := range b.o.Systems {
		if b.feeds[system].shown.Load() == nil {
			why = append(why, fmt.Errorf("no controller has answered for the system %s yet", system))
		}
	}
	return errors.Join(why...)
}

// Guard keeps away from other doors what the bridge keeps away from its own: other
// sites' pages, and names that were made to lead here.
func (b *Bridge) Guard(door http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		bad := b.o.Identity.reachable(r)
		if bad == nil {
			if bad = b.o.Identity.fromElsewhere(r, person{}, true); bad != nil {
				b.figures.crossOrigin.Add(1)
			}
		}
		if bad != nil {
			b.refuse(w, bad)
			return
		}
		door.ServeHTTP(w, r)
	})
}

// Inside keeps a door for those who may look: where people are told apart, they have to
// say who they are. With neither keys nor a proxy only this machine gets here.
func (b *Bridge) Inside(door http.Handler) http.Handler {
	return b.Guard(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		who, _, bad := b.o.Identity.who(r)
		if bad == nil && !who.known() {
			bad = refusal(401, codeUnauthorized, "say who you are: send a key (Authorization: Bearer KEY), or come through the proxy")
		}
		if bad != nil {
			b.refuse(w, bad)
			return
		}
		door.ServeHTTP(w, r)
	}))
}

// ServeHTTP serves the page, the API and the websocket.
func (b *Bridge) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	b.figures.requests.Add(1)
	if bad := b.o.Identity.reachable(r); bad != nil {
		refuse(w, bad)
		return
	}
	setHeaders(w.Header())
	b.mux.ServeHTTP(w, r)
}
