package cmd

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"time"

	"expertcontroller/agent"
	"expertcontroller/bridge"
	"expertcontroller/bridge/webhook"
	"expertcontroller/client"
	"expertcontroller/controller"
	"expertcontroller/schema"
)

// serving is what serve and demo have in common.
type serving struct {
	logging  `embed:""`
	Listen   string `default:"127.0.0.1:4222" placeholder:"ADDR" env:"EXPERTCONTROLLER_LISTEN" help:"Where the broker that it brings listens (default 127.0.0.1:4222; port 0: a free one)."`
	HTTP     string `name:"http" default:"127.0.0.1:8080" placeholder:"ADDR" env:"EXPERTCONTROLLER_HTTP" help:"Where the dashboard, the API, /healthz, /readyz and /metrics are (default 127.0.0.1:8080; off: nowhere)."`
	identity `embed:""`
	Reserve  string  `name:"disk-reserve" placeholder:"SIZE" env:"EXPERTCONTROLLER_DISK_RESERVE" help:"How much of the disk has to be free for new requests, as in 1GiB or 5%; 0: never mind (default 256MiB, or 5% of a disk smaller than 5 GiB)."`
	Speed    float64 `default:"1" placeholder:"X" help:"How fast simulated actions are played (default 1)."`
}

type serveCmd struct {
	serving         `embed:"" set:"loglevel=info"`
	Data            string        `default:"./expertcontroller-data" placeholder:"DIR" env:"EXPERTCONTROLLER_DATA" help:"Where the broker and the database keep their files (default ./expertcontroller-data)."`
	Policy          string        `placeholder:"FILE" env:"EXPERTCONTROLLER_POLICY" help:"The policy, as YAML, of a system that has none yet."`
	Replicas        int           `placeholder:"N" env:"EXPERTCONTROLLER_REPLICAS" help:"On how many servers the broker keeps the log: 1, 3 or 5, with --server (default: as it is, new ones on 1)."`
	Replica         string        `placeholder:"NAME" env:"EXPERTCONTROLLER_REPLICA" help:"This controller's name among those that serve the same systems (default: made of host and process)."`
	CheckpointEvery int           `placeholder:"N" help:"After how many entries a checkpoint follows, from which a trimmed log is read (default 5000)."`
	RetainEvery     time.Duration `placeholder:"D" help:"How often is looked for records that the policy keeps no longer (default 1m)."`
	Simulate        bool          `help:"Bring an agent named simulator that plays every action."`
	ForceSimulate   bool          `help:"Simulate although the broker is not its own."`
	Webhook         string        `placeholder:"FILE" env:"EXPERTCONTROLLER_WEBHOOK" help:"Whom to tell prompts and outcomes, and how, as YAML."`
	Predecessor     bool          `help:"Answer the predecessor's clients (CMS's DAQExpert) on the --http address, for the first --system."`
}

// Help shows how it is used.
func (*serveCmd) Help() string {
	return `Without --server or --context it brings its own broker; NATS_URL and NATS_CONTEXT are for those who ask, and do not change that. It says on stderr when it is ready. SIGINT, SIGTERM and a closed terminal stop it; a second one at once.

` + examples(`expertcontroller serve`, `expertcontroller serve --simulate --listen 127.0.0.1:0 --http 127.0.0.1:8081`,
		`expertcontroller serve --system cms --policy cms.yaml --data /var/lib/expertcontroller`,
		`expertcontroller serve --system cms --server nats://n1,nats://n2,nats://n3 --creds cms.creds --replicas 3`)
}

// Run serves until it is asked to stop.
func (s *serveCmd) Run(ctx context.Context, c *console, f *connection) error {
	external := f.Server != "" || f.Context != ""
	switch {
	case s.ForceSimulate && !s.Simulate:
		return usagef("--force-simulate: goes with --simulate")
	case s.Simulate && external && !s.ForceSimulate:
		return usagef("--simulate: the broker is not this program's own, and simulated recoveries would stand among real ones; say --force-simulate if that is meant")
	case s.Replicas != 0 && !external:
		return usagef("--replicas: the broker that serve brings is one server; run a cluster of NATS servers and name it with --server")
	case s.Predecessor && s.HTTP == noHTTP:
		return usagef("--predecessor: its clients speak HTTP: leave --http %s out", noHTTP)
	case s.Replica != "" && !schema.ValidName(s.Replica):
		return usagef("--replica %q: use 1 to %d of A-Z a-z 0-9 _ -", s.Replica, schema.MaxName)
	}
	systems, err := systemsOf(f)
	if err != nil {
		return err
	}
	policy, err := s.policy()
	if err != nil {
		return err
	}
	hook, err := hookOf(s.Webhook)
	if err != nil {
		return err
	}
	o := replicaOptions{name: s.Replica, systems: systems, data: s.Data, listen: s.Listen, replicas: s.Replicas, reserve: s.Reserve,
		retainEvery: s.RetainEvery, checkpointEvery: s.CheckpointEvery}
	log := s.logger(c)
	if external {
		o.connect = connectOptions(f, log)
	}
	w := wiring{serving: s.serving, options: o, policy: policy, policyFile: s.Policy, simulate: s.Simulate, predecessor: s.Predecessor, webhook: hook, console: c, log: log}
	return w.run(ctx)
}

// wiring plugs a controller process together.
type wiring struct {
	serving
	options    replicaOptions
	policy     *schema.Policy
	policyFile string
	simulate   bool
	// predecessor opens the predecessor's door, too.
	predecessor bool
	// webhook is who is told; nil: nobody.
	webhook *webhook.Config
	console *console
	log     *slog.Logger
	// simulator plays actions; nil: each system gets one that touches nothing.
	simulator *agent.Simulator
	// demo is what a page can do to the demo; nil: this is none.
	demo *bridge.Demo
	// beside runs beside everything else once it is ready; its end ends nothing.
	beside func(context.Context, *replica) error
}

// run opens everything, runs it until the context ends, and stops it in order: HTTP,
// those who ask, the endpoints, the actors, the database, the broker last.
func (w *wiring) run(ctx context.Context) (err error) {
	if err := checkSpeed(w.Speed); err != nil {
		return err
	}
	defer collectLess()()
	var l net.Listener
	var who bridge.Identity
	if w.HTTP != noHTTP {
		if who, err = w.identity.open(w.HTTP, w.log); err != nil {
			return err
		}
		if host, _, wrong := net.SplitHostPort(w.HTTP); w.predecessor && wrong == nil && !bridge.OnlyHere(host) {
			return usagef("--predecessor: its clients don't say who they are, so that it is for 127.0.0.1 only: leave --http as it is, and put a proxy that knows them in front")
		}
		if l, err = listenHTTP(w.HTTP); err != nil {
			return err
		}
	}
	if w.options.name == "" {
		w.options.name = replicaName()
	}
	if w.options.seeds, err = w.seeds(); err != nil {
		return err
	}
	r, err := openReplica(ctx, w.console, w.log, w.options)
	if err != nil {
		if l != nil {
			err = errors.Join(err, l.Close())
		}
		if ctx.Err() != nil {
			w.log.Info("stopped before it was ready", "error", err)
			return nil // it was asked to
		}
		return err
	}
	hooks, endHooks, err := w.openHooks(r)
	if err != nil {
		r.close()
		if l != nil {
			err = errors.Join(err, l.Close())
		}
		return err
	}
	defer endHooks()
	group := newStages(ctx, w.log)
	if l != nil {
		b, done, err := w.relay(r, who)
		if err != nil {
			r.close()
			return errors.Join(err, l.Close())
		}
		r.bridge, r.page = b, "http://"+l.Addr().String()
		group.add("HTTP", func(ctx context.Context) error {
			door, end, err := w.beforeDoor(r, withHooks(hooks, b, door(b, r.ready, r.room.short, r.figures(b), w.log)))
			if err != nil {
				return errors.Join(err, l.Close())
			}
			defer end()
			return serveHTTP(ctx, b.Listen(l), door, w.log)
		})
		group.add("bridge", func(ctx context.Context) error {
			defer done()
			return b.Run(ctx)
		})
	}
	group.add("room", r.room.watch)
	for _, h := range hooks {
		group.add("webhook of "+h.State().System, func(ctx context.Context) error { return r.tell(ctx, h) })
	}
	group.add("readiness", func(ctx context.Context) error {
		begun(ctx, hooks)
		return w.announce(ctx, r)
	})
	if w.simulate {
		for _, system := range w.options.systems {
			play := w.simulator
			if play == nil {
				play = newSimulator(w.Speed, nil)
			}
			group.add("simulator of "+system, func(ctx context.Context) error { return r.simulate(ctx, system, w.options, play) })
		}
	}
	group.add("endpoints", r.attend)
	group.add("actors", r.act)
	group.add("database", r.keep)
	group.add("broker", r.carry)
	err = group.run()
	if err == nil {
		w.log.Info("stopped")
	}
	return err
}

// relay makes the bridge within this process, which asks as every other one does.
func (w *wiring) relay(r *replica, who bridge.Identity) (b *bridge.Bridge, done func(), err error) {
	nc, err := r.another("bridge", w.options)
	if err != nil {
		return nil, nil, err
	}
	o := bridgeOptions(client.New(nc, client.Options{System: w.options.systems[0], As: "bridge", Patient: true, Logger: w.log}), w.options.systems, who, w.log)
	o.Demo = w.demo
	if b, err = bridge.New(o); err != nil {
		nc.Close()
		return nil, nil, err
	}
	return b, nc.Close, nil
}

// seeds gives what a log without it begins with: the policy, and in a simulation whom
// actions are routed to and what it offers.
func (w *wiring) seeds() ([]controller.Seed, error) {
	policy := w.policy
	if w.simulate {
		with := schema.Policy{}
		if policy != nil {
			with = *policy
		}
		routes := map[string]string{"*": simulator}
		for action, agent := range with.Routes {
			routes[action] = agent
		}
		with.Routes = routes
		policy = &with
	}
	w.policy = policy
	by := schema.By{Role: schema.RoleController, Name: w.options.name, Via: schema.ViaController}
	var seeds []controller.Seed
	if policy != nil {
		seeds = append(seeds, controller.Seed{Kind: schema.KindPolicy, By: by, Message: &schema.ApplyPolicy{
			Type: schema.Type(schema.KindPolicy), Policy: *policy, Note: "the policy that the controller was started with",
		}})
	}
	if w.simulate {
		seeds = append(seeds, offersOfSimulator(w.Speed))
	}
	return seeds, nil
}

// announce says when all is ready, and what else a person has to know then.
func (w *wiring) announce(ctx context.Context, r *replica) error {
	for {
		err := until(ctx, readyWithin, r.ready)
		if err == nil {
			break
		}
		if ctx.Err() != nil {
			return nil
		}
		w.log.Warn("not ready yet", "error", err)
	}
	w.comparePolicy(r)
	systems := "system " + w.options.systems[0]
	if len(w.options.systems) > 1 {
		systems = "systems " + strings.Join(w.options.systems, ",")
	}
	page := noHTTP
	if r.page != "" {
		page = r.page
	}
	line := fmt.Sprintf("ready: %s; broker %s; http %s; data %s", systems, r.url(), page, w.options.data)
	if w.simulate {
		line += "; SIMULATED: no action has any effect outside this program"
	}
	if w.LogFormat == "json" {
		w.log.Info(line)
	} else {
		w.console.say("%s", line)
	}
	if w.beside != nil {
		return w.beside(ctx, r)
	}
	return nil
}
