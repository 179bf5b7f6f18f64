package cmd

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"expertcontroller/agent"
	"expertcontroller/agent/runner"
	"expertcontroller/client"
	"expertcontroller/schema"
)

type agentCmd struct {
	Run   agentRunCmd   `cmd:"" default:"withargs" help:"Run an agent."`
	Abort agentAbortCmd `cmd:"" help:"Stop what the agent on this host is carrying out, without a broker."`
}

// journalOf says where an agent's journal is.
type journalOf struct {
	Name    string `placeholder:"N" help:"The agent's name."`
	Journal string `placeholder:"FILE" env:"EXPERTCONTROLLER_JOURNAL" help:"Its journal (default: agents/SYSTEM/NAME.journal in --data)."`
	Data    string `default:"./expertcontroller-data" placeholder:"DIR" env:"EXPERTCONTROLLER_DATA" help:"Where it keeps its files (default ./expertcontroller-data)."`
}

// path gives the journal; the default is apart for each system.
func (j journalOf) path(f *connection) (string, error) {
	if !schema.ValidName(j.Name) {
		return "", usagef("--name %q: use 1 to %d of A-Z a-z 0-9 _ -", j.Name, schema.MaxName)
	}
	if j.Journal != "" {
		return j.Journal, nil
	}
	systems, err := systemsOf(f)
	if err != nil {
		return "", err
	}
	if len(systems) > 1 {
		return "", usagef("--system: an agent works for one system; say one")
	}
	return filepath.Join(j.Data, "agents", systems[0], j.Name+".journal"), nil
}

type agentRunCmd struct {
	journalOf
	logging  `embed:"" set:"loglevel=info"`
	Actions  string  `xor:"what" placeholder:"FILE" env:"EXPERTCONTROLLER_ACTIONS" help:"The actions that it carries out."`
	Check    string  `xor:"what" placeholder:"FILE" help:"Only check an actions file, and say what is wrong on which line."`
	Simulate bool    `xor:"what" help:"Play every action, with plausible durations."`
	Mode     string  `default:"ok" placeholder:"MODE" help:"How actions are played: ok, fail, hang, ignore_abort, vanish or slow (default ok)."`
	Speed    float64 `default:"1" placeholder:"X" help:"How fast actions are played (default 1)."`
	Effects  string  `placeholder:"FILE" help:"A file that gets a line for each played action that took effect."`
}

// Help shows how it is used.
func (*agentRunCmd) Help() string {
	return `An agent asks for work, claims it, carries it out and tells how it ended. What it does is written to its journal first, so that nothing is carried out twice.

` + examples(`expertcontroller --system cms agent --name l0 --actions /etc/expertcontroller/l0.yaml`, `expertcontroller agent --check l0.yaml`, `expertcontroller schema show actions_file`,
		`expertcontroller agent --name l0 --simulate`, `expertcontroller --system cms agent --name l0 --simulate --mode fail`)
}

// Run runs an agent until it is asked to stop, or checks a file.
func (a *agentRunCmd) Run(ctx context.Context, c *console, f *connection) error {
	if a.Check != "" {
		return checkActions(c, a.Check)
	}
	if a.Actions == "" && !a.Simulate {
		return usagef("say --actions FILE, or --simulate to play every action")
	}
	if a.Name == "" {
		return usagef("--name: say who the agent is, as requests and routes call it")
	}
	journal, err := a.path(f)
	if err != nil {
		return err
	}
	o, err := f.options(schema.RoleAgent)
	if err != nil {
		return err
	}
	o.As, o.Patient, o.Logger = a.Name, true, a.logger(c)
	equip, err := a.runner(c, journal, o.Logger)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(journal), 0o700); err != nil {
		return fmt.Errorf("making the journal's directory: %w; name another one with --data or --journal", err)
	}
	cl, err := client.Connect(ctx, o)
	if err != nil {
		return err
	}
	defer cl.Close()
	armFailpoints()
	does, controller, what := equip(cl)
	worker, err := agent.New(agent.Config{
		Name: a.Name, System: cl.System(), Controller: controller, Runner: does, Journal: journal, Log: o.Logger,
	})
	if err != nil {
		return err
	}
	c.say("agent %s of system %s: %s; journal %s", a.Name, cl.System(), what, journal)
	return worker.Run(ctx)
}

// runner gives what makes the agent's Runner once there is a connection; what can be
// refused is refused before.
func (a *agentRunCmd) runner(c *console, journal string, log *slog.Logger) (func(*client.Client) (agent.Runner, agent.Controller, string), error) {
	if a.Simulate {
		mode, err := agent.ParseMode(a.Mode)
		if err != nil {
			return nil, usage{err}
		}
		if err := checkSpeed(a.Speed); err != nil {
			return nil, err
		}
		return func(cl *client.Client) (agent.Runner, agent.Controller, string) {
			play := agent.NewSimulator(a.Speed, uint64(time.Now().UnixNano()), effects(a.Effects))
			play.SetMode(mode)
			return play, play.Line(cl), fmt.Sprintf("plays every action (%s)", mode)
		}, nil
	}
	set, err := loadActions(c, a.Actions)
	if err != nil {
		return nil, err
	}
	asks := &services{}
	does, err := runner.New(runner.Config{Actions: set, Asker: asks, Beside: journal, Log: log})
	if err != nil {
		return nil, err
	}
	return func(cl *client.Client) (agent.Runner, agent.Controller, string) {
		asks.nc = cl.Conn()
		return does, cl, "the actions of " + set.Name()
	}, nil
}

type agentAbortCmd struct {
	journalOf
	Note string `placeholder:"TEXT" help:"Why."`
}

// Help shows how it is used.
func (*agentAbortCmd) Help() string {
	return examples(`expertcontroller agent abort --name l0 --note "smoke in the rack"`)
}

// Run stops what the agent does.
func (a *agentAbortCmd) Run(ctx context.Context, c *console, f *connection) error {
	journal, err := a.path(f)
	if err != nil {
		return err
	}
	by := f.As
	if by == "" {
		by = userName()
	}
	answer, err := agent.AbortHere(ctx, journal, by, a.Note, func(first agent.HostAnswer) { c.say("%s", clean(first.Text)) })
	if err != nil {
		return err
	}
	if c.json {
		if err := c.printJSON(answer); err != nil {
			return err
		}
	} else if answer.Found {
		c.print("%s\n", clean(answer.Text))
	}
	if answer.Found && !answer.Ended {
		return errors.New("the agent was told to stop, and has not said that it has; look at what it does")
	}
	return nil
}
