package agent

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"expertcontroller/schema"
)

// Where a crash test's child finds what it needs, and where it is to be killed.
const (
	childDir   = "AGENT_TEST_DIR"
	childCrash = "AGENT_TEST_CRASH"
)

// childUnlessParent runs the agent of a crash test when this process is its child:
// journal, device and what the controller knows are files, as the world that
// survives a kill.
func childUnlessParent() {
	dir := os.Getenv(childDir)
	if dir == "" {
		return
	}
	if err := child(dir, os.Getenv(childCrash)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

func die() {
	_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
	select {}
}

func child(dir, crash string) error {
	f := newFake()
	f.path, f.pollAfter = filepath.Join(dir, "controller"), 100*time.Millisecond
	b, err := os.ReadFile(f.path)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(b, &f.kept); err != nil {
		return err
	}
	f.grant = func(_ schema.Claim, g schema.Grant) (schema.Grant, error) {
		if crash == "refused" {
			g.Granted = false
		}
		return g, nil
	}
	want := crash
	if crash == "refused" {
		want = "journal.refused"
	}
	Failpoint = func(name string) {
		if name == want {
			die()
		}
	}
	device := DeviceFunc(func(work schema.Work, _ string, _ json.RawMessage) error {
		if crash == "before the effect" {
			die()
		}
		file, err := os.OpenFile(filepath.Join(dir, "device"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
		if err != nil {
			return err
		}
		if _, err := file.WriteString("x"); err != nil {
			return err
		}
		if crash == "after the effect" {
			die()
		}
		return file.Close()
	})
	a, err := New(Config{
		Name: "l0", System: "cms", Controller: f, Runner: NewSimulator(1000, 1, device),
		Journal: filepath.Join(dir, "agent.journal"), Every: 10 * time.Millisecond,
	})
	if err != nil {
		return err
	}
	if crash == "journal.tombstone" {
		f.locked(func() { f.aborts = []schema.Abort{{Work: f.Offers[0].Work}} })
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	go func() {
		// Settled: nothing is offered, and every result is answered.
		for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
			f.mu.Lock()
			idle := len(f.asked) >= 3 && (len(f.Offers) == 0 || a.journal.spent(f.Offers[0].Work))
			f.mu.Unlock()
			if idle && len(a.journal.open()) == 0 {
				break
			}
		}
		cancel()
	}()
	return a.Run(ctx)
}

// Ensures that an agent that is killed anywhere tells the truth after its restart,
// and that the device never counts an attempt twice.
func TestKilledAnywhere(t *testing.T) {
	t.Parallel()
	// want is what the controller has heard at the end, about the granted claim.
	type truth struct {
		outcome string
		device  int
	}
	cases := map[string]truth{
		// Never granted: the restarted agent claims it anew.
		"journal.claiming":  {schema.OutcomeDone, 1},
		"claim.sent":        {schema.OutcomeFailed, 0},
		"journal.acting":    {schema.OutcomeUnknown, 0},
		"acting":            {schema.OutcomeUnknown, 0},
		"before the effect": {schema.OutcomeUnknown, 0},
		"after the effect":  {schema.OutcomeUnknown, 1},
		"journal.ended":     {schema.OutcomeDone, 1},
		"result.sent":       {schema.OutcomeDone, 1},
		"journal.settled":   {schema.OutcomeDone, 1},
		"refused":           {"", 0},
		"journal.tombstone": {"", 0},
	}
	for _, point := range Failpoints {
		if _, ok := cases[point]; !ok && point != "journal.refused" {
			t.Errorf("failpoint %s has no case", point)
		}
	}
	for crash, want := range cases {
		t.Run(crash, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			world := newFake(offer("cms-1", ""))
			world.path = filepath.Join(dir, "controller")
			world.save()
			if err := spawn(t, dir, crash); err == nil {
				t.Fatal("the child was not killed")
			}
			if err := spawn(t, dir, ""); err != nil {
				t.Fatal(err)
			}
			b, err := os.ReadFile(world.path)
			if err != nil {
				t.Fatal(err)
			}
			var end kept
			if err := json.Unmarshal(b, &end); err != nil {
				t.Fatal(err)
			}
			heard := ""
			for _, r := range end.Results {
				if _, granted := end.Granted[r.Claim]; granted && heard == "" {
					heard = r.Outcome
				}
			}
			device, err := os.ReadFile(filepath.Join(dir, "device"))
			if err != nil && !os.IsNotExist(err) {
				t.Fatal(err)
			}
			if crash == "refused" {
				heard = "" // granted by the fake's book, refused by its word
			}
			if heard != want.outcome || len(device) != want.device {
				t.Fatalf("heard %q, device %d; want %+v; %+v", heard, len(device), want, end.Results)
			}
		})
	}
}

func spawn(t *testing.T, dir, crash string) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, os.Args[0])
	cmd.Env = append(os.Environ(), childDir+"="+dir, childCrash+"="+crash)
	cmd.Stderr = os.Stderr
	return cmd.Run()
}
