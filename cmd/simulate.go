package cmd

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/nats-io/nats.go"

	"expertcontroller/agent"
	"expertcontroller/broker"
	"expertcontroller/client"
	"expertcontroller/controller"
	"expertcontroller/schema"
)

// simulator is the agent that plays every action.
const simulator = "simulator"

// simulatorGrace is how long the simulator may take, when the program stops, to end
// what it plays and tell how it ended.
const simulatorGrace = 3 * time.Second

// Bounds of how fast actions are played: so that each takes a time that can be told.
const (
	leastSpeed = 0.001
	mostSpeed  = 1e9
)

// checkSpeed refuses what nothing can be played at.
func checkSpeed(speed float64) error {
	if speed >= leastSpeed && speed <= mostSpeed {
		return nil
	}
	return usagef("--speed %v: say a number from %v to %v", speed, leastSpeed, mostSpeed)
}

// newSimulator makes what plays actions on a device; nil: on nothing.
func newSimulator(speed float64, on device) *agent.Simulator {
	return agent.NewSimulator(speed, uint64(time.Now().UnixNano()), on)
}

// device is what simulated actions take effect on.
type device = agent.Device

// offersOfSimulator lets a log begin with what the simulator offers, so that a request
// that comes before its first sign of life finds an agent.
func offersOfSimulator(speed float64) controller.Seed {
	return controller.Seed{
		Kind: schema.KindOffered,
		By:   schema.By{Role: schema.RoleAgent, Name: simulator, Via: schema.ViaController},
		Message: &schema.Offered{
			Type: schema.Type(schema.KindOffered), Simulated: true, Actions: agent.NewSimulator(speed, 0, nil).Actions(),
		},
	}
}

// simulate runs the simulator of a system until the context ends.
func (r *replica) simulate(ctx context.Context, system string, o replicaOptions, play *agent.Simulator) error {
	select {
	case <-r.open:
	case <-ctx.Done():
		return nil
	}
	nc, err := r.another("simulator", o)
	if err != nil {
		return err
	}
	defer nc.Close()
	cl := client.New(nc, client.Options{System: system, Role: schema.RoleAgent, As: simulator, Patient: true, Logger: r.log})
	dir := filepath.Join(r.data, "agents", system)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("starting the simulator: %w; name another directory with --data", err)
	}
	a, err := agent.New(agent.Config{
		Name: simulator, System: system, Controller: play.Line(cl), Runner: play,
		Journal: filepath.Join(dir, simulator+".journal"), Log: r.log, Grace: simulatorGrace,
	})
	if err != nil {
		return err
	}
	return a.Run(ctx)
}

// another makes a connection of its own for somebody who asks within this process.
func (r *replica) another(name string, o replicaOptions) (*nats.Conn, error) {
	if r.embedded != nil {
		return r.embedded.Connect(name)
	}
	c := *o.connect
	c.Name = name
	return broker.Connect(c)
}
