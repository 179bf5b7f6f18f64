package cmd

import (
	"context"
	"log/slog"
	"strings"

	"expertcontroller/bridge"
	"expertcontroller/client"
	"expertcontroller/dashboard"
	"expertcontroller/schema"
)

type bridgeCmd struct {
	logging  `embed:"" set:"loglevel=info"`
	identity `embed:""`
	HTTP     string `name:"http" default:"127.0.0.1:8080" placeholder:"ADDR" env:"EXPERTCONTROLLER_HTTP" help:"Where it listens (default 127.0.0.1:8080)."`
	Clients  int    `default:"20000" placeholder:"N" help:"How many websocket clients it takes (default 20000)."`
}

// Help shows how it is used.
func (*bridgeCmd) Help() string {
	return `The dashboard and the HTTP API as a process of its own: any number of them may run, anywhere from where the broker can be reached. It keeps nothing. Its broker user needs to publish recovery.*.bridge.> and recovery.*.query.>, and to hear recovery.*.change and its inbox; only bridges should have the first.

` + examples(`expertcontroller bridge --system cms --server nats://n1,nats://n2`, `expertcontroller bridge --system cms --system hcal --http :8443 --keys keys`,
		`expertcontroller bridge --system cms --http 10.0.0.7:8080 --proxy-header X-Remote-User --proxy-from 10.0.0.5`)
}

// Run relays until it is asked to stop.
func (b *bridgeCmd) Run(ctx context.Context, c *console, f *connection) error {
	systems, err := systemsOf(f)
	if err != nil {
		return err
	}
	log := b.logger(c)
	who, err := b.identity.open(b.HTTP, log)
	if err != nil {
		return err
	}
	l, err := listenHTTP(b.HTTP)
	if err != nil {
		return err
	}
	defer func() { _ = l.Close() }() // once it was served it is closed already
	one := *f
	one.System, one.As = systems[:1], "bridge"
	o, err := one.options(schema.RoleOperator)
	if err != nil {
		return err
	}
	o.Name, o.Patient, o.Logger = "expertcontroller bridge", true, log
	cl, err := client.Connect(ctx, o)
	if err != nil {
		return err
	}
	defer cl.Close()
	options := bridgeOptions(cl, systems, who, log)
	options.Clients = b.Clients
	relay, err := bridge.New(options)
	if err != nil {
		return err
	}
	group := newStages(ctx, log)
	group.add("HTTP", func(ctx context.Context) error {
		return serveHTTP(ctx, relay.Listen(l), door(relay, relay.Ready, nil, figures(relay), log), log)
	})
	group.add("bridge", relay.Run)
	group.add("readiness", func(ctx context.Context) error {
		for ctx.Err() == nil {
			if err := until(ctx, readyWithin, relay.Ready); err == nil {
				c.say("ready: bridge for %s; http http://%s", strings.Join(systems, ","), l.Addr())
				return nil
			} else if ctx.Err() == nil {
				log.Warn("not ready yet", "error", err)
			}
		}
		return nil
	})
	return group.run()
}

// bridgeOptions are those that every bridge has.
func bridgeOptions(cl *client.Client, systems []string, who bridge.Identity, log *slog.Logger) bridge.Options {
	return bridge.Options{Systems: systems, Client: cl, Identity: who, Page: dashboard.Files(), Build: build(), Logger: log}
}
