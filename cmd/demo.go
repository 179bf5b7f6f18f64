package cmd

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"time"

	"expertcontroller/agent/simulated"
	"expertcontroller/client"
	"expertcontroller/schema"
)

const (
	// demoSystem is the system that the demo plays on, demoExpert who watches its plant.
	demoSystem = "demo"
	demoExpert = "demo-expert"
)

// demoRequests are recorded requests: the problems that the simulated plant can have.
//
//go:embed demo/*.json
var demoRequests embed.FS

// demoPolicy has short periods, so that a recovery fits into a minute.
//
//go:embed demo/policy.yaml
var demoPolicy []byte

type demoCmd struct {
	serving `embed:"" set:"loglevel=warn"`
	Data    string `default:"./demo-data" placeholder:"DIR" env:"EXPERTCONTROLLER_DEMO_DATA" help:"Where it keeps its files (default ./demo-data); remove it to begin anew."`
}

// Help shows how it is used.
func (*demoCmd) Help() string {
	return `On the system demo, with a broker of its own. The simulated plant breaks once, with a recorded request and times of now; approve its recovery on the dashboard, or from another terminal. What happens is shown as watch shows it. Another run goes on where the last one ended.

` + examples(`expertcontroller demo`, `expertcontroller demo --listen 127.0.0.1:4223 --http 127.0.0.1:8081`, `expertcontroller approve demo-1`)
}

// Run plays the demo until it is asked to stop.
func (d *demoCmd) Run(ctx context.Context, c *console, f *connection) error {
	if f.Server != "" || f.Context != "" {
		return usagef("demo: it brings its own broker; leave --server and --context out, or use serve --simulate --force-simulate")
	}
	for _, system := range f.System {
		if system != demoSystem && system != os.Getenv("EXPERTCONTROLLER_SYSTEM") {
			return usagef("demo: it plays on the system %s; leave --system out", demoSystem)
		}
	}
	log := d.logger(c)
	policy, err := parsePolicy("demo/policy.yaml", demoPolicy)
	if err != nil {
		return err
	}
	recorded, err := fs.Sub(demoRequests, "demo")
	if err != nil {
		return fmt.Errorf("opening the recorded requests: %w", err)
	}
	requests, err := simulated.Requests(recorded)
	if err != nil {
		return err
	}
	plant, err := simulated.NewPlant(simulated.PlantOptions{Requests: requests, Log: log})
	if err != nil {
		return err
	}
	if err := checkSpeed(d.Speed); err != nil {
		return err
	}
	toys := &toys{plant: plant, simulator: newSimulator(d.Speed, plant), log: log}
	w := wiring{
		serving: d.serving, policy: &policy, simulate: true, console: c, log: log, simulator: toys.simulator, demo: toys.demo(),
		options: replicaOptions{systems: []string{demoSystem}, data: d.Data, listen: d.Listen, reserve: d.Reserve},
	}
	w.beside = func(ctx context.Context, r *replica) error {
		return (&play{r, w.options, c.at(r.url()), log, plant, toys}).run(ctx)
	}
	if err := w.run(ctx); err != nil {
		return err
	}
	c.say("stopped; another run goes on from here, with what is in %s", d.Data)
	return nil
}

// play is what happens in the demo beside the controller: the plant's expert asks, and
// a watch shows it all.
type play struct {
	replica *replica
	options replicaOptions
	console *console
	log     *slog.Logger
	plant   *simulated.Plant
	toys    *toys
}

func (p *play) run(ctx context.Context) error {
	nc, err := p.replica.another("demo", p.options)
	if err != nil {
		return err
	}
	defer nc.Close()
	watcher := client.New(nc, client.Options{System: demoSystem, As: "demo", Patient: true, Logger: p.log})
	desk := watcher.As(schema.RoleExpert, demoExpert)
	p.toys.watch(watcher)
	o, err := watcher.Overview(ctx)
	if err != nil {
		return err
	}
	expert, err := simulated.NewExpert(simulated.ExpertOptions{Plant: p.plant, Desk: desk, Every: time.Second, Log: p.log})
	if err != nil {
		return err
	}
	left := unfinished(o)
	p.introduce(o, left)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	ended := make(chan error, 1)
	go func() {
		if len(left) > 0 {
			err := p.resume(ctx, watcher, desk, left)
			if err == nil {
				err = expert.Run(ctx)
			}
			ended <- err
			return
		}
		if _, err := p.plant.Break("", simulated.Cure{}); err != nil {
			ended <- err
			return
		}
		ended <- expert.Run(ctx)
	}()
	if err := p.console.watchSystem(ctx, watcher); err != nil {
		return err
	}
	cancel()
	return <-ended
}

// unfinished lists the recoveries that an earlier run left open.
func unfinished(o schema.Overview) []schema.Summary {
	var left []schema.Summary
	if o.UnderWay != nil {
		left = append(left, *o.UnderWay)
	}
	return append(left, o.Postponed...)
}

// introduce says what goes on, and what to type.
func (p *play) introduce(o schema.Overview, left []schema.Summary) {
	ask := p.console.self
	for _, s := range left {
		p.console.say("resuming: %s %s", s.Token, inWords(s.State))
	}
	var token, answer string
	if len(left) > 0 {
		token = left[0].Token
		if prompt := left[0].Prompt; prompt != nil {
			answer = p.console.hint(token, prompt)
		}
	} else {
		if len(o.Recent) > 0 {
			p.console.say("resuming: %s was the last one, it is %s", o.Recent[0].Token, o.Recent[0].State)
		}
		token = p.nextToken()
		answer = p.console.hint(token, &schema.Prompt{Kind: schema.PromptApprove})
		p.console.say("the simulated plant is about to break; its expert will ask for a recovery, %s", token)
	}
	p.point(left)
	p.console.say("  %s --system %s watch", ask, demoSystem)
	if answer != "" {
		p.console.say("%s", answer)
	}
	p.console.say("  %s show %s", ask, token)
	p.console.say("")
	p.console.say("Ctrl-C ends the demo; the next run goes on from here. What follows is what watch shows:")
}

// point shows where the dashboard is, and what to do there.
func (p *play) point(left []schema.Summary) {
	p.console.say("")
	if p.replica.page == "" {
		p.console.say("in another terminal:")
		return
	}
	what := "click Approve step"
	if len(left) > 0 {
		what = "see how it goes on"
		if prompt := left[0].Prompt; prompt != nil {
			what = map[string]string{
				schema.PromptApprove: "click Approve step",
				schema.PromptConfirm: "click Done when it is done",
				schema.PromptClarify: "tell how it was",
			}[prompt.Kind]
		}
	}
	p.console.say("  %s   open it in a browser, say who you are, and %s", paint(p.console.colourErr, call, p.replica.page), what)
	p.console.say("")
	p.console.say("or in another terminal:")
}
