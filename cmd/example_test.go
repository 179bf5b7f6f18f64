package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"path/filepath"
	"strings"
	"time"

	"expertcontroller/client"
	"expertcontroller/schema"
)

// Two recoveries in a row, the second only if the first succeeded.
func Example_oneAfterTheOther() {
	defer system("cms")()
	ctx := context.Background()
	c, err := client.Connect(ctx, client.Options{System: "cms", Role: schema.RoleExpert, As: "daqexpert"})
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()

	for _, action := range []string{"check", "fail", "never"} {
		answer, err := c.Submit(ctx, asking(action))
		if err != nil {
			log.Fatal(err)
		}
		status, err := c.Wait(ctx, answer.Token, client.WaitOptions{Push: true})
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(action, status.State, status.Reason.Code)
		if client.ExitCode(status) != client.ExitCompleted {
			break
		}
	}
	// Output:
	// check completed step_done
	// fail failed step_failed
}

// Three recoveries at once, on three systems: all of them, the first that ends, the
// first that fails.
func Example_atOnce() {
	defer system("cms", "atlas", "plant")()
	ctx := context.Background()
	c, err := client.Connect(ctx, client.Options{Role: schema.RoleExpert, As: "daqexpert"})
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()

	var tokens []string
	for system, action := range map[string]string{"cms": "check", "atlas": "check", "plant": "fail"} {
		answer, err := c.In(system).Submit(ctx, asking(action))
		if err != nil {
			log.Fatal(err)
		}
		tokens = append(tokens, answer.Token)
	}
	often := client.WaitOptions{Interval: 50 * time.Millisecond, Growth: 1.5, Max: time.Second, Jitter: 0.1}
	all, err := c.WaitAll(ctx, tokens, often)
	var codes []int
	for _, status := range all {
		codes = append(codes, client.ExitCode(status))
	}
	fmt.Println("all have ended:", client.ExitCodes(codes), err)

	_, first, err := c.WaitAny(ctx, tokens, often)
	fmt.Println("one has ended:", first.Terminal, err)

	i, _, err := c.WaitFirstFailure(ctx, tokens, often)
	fmt.Println("not cured:", tokens[i], err)
	// Output:
	// all have ended: 3 <nil>
	// one has ended: true <nil>
	// not cured: plant-1 <nil>
}

// The reply was lost, or the program died before it came: the same id again is the same
// recovery, and it can be found by it.
func Example_lostReply() {
	defer system("cms")()
	ctx := context.Background()
	c, err := client.Connect(ctx, client.Options{System: "cms", Role: schema.RoleExpert, As: "daqexpert"})
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()

	request := asking("check")
	request.ID = "7f1c" // an id of one's own, kept where it survives
	if _, err := c.Submit(ctx, request); err != nil {
		log.Fatal(err)
	}
	again, err := c.Submit(ctx, request)
	fmt.Println(again.Verdict, again.Token, err)

	byID, err := c.Find(ctx, "daqexpert", "7f1c")
	fmt.Println(byID.Token, err)
	byProblem, err := c.FindProblem(ctx, "daqexpert", "check")
	fmt.Println(byProblem.Token, err)
	_, err = c.Find(ctx, "daqexpert", "another")
	fmt.Println(errors.Is(err, client.ErrUnknown))
	// Output:
	// accepted cms-1 <nil>
	// cms-1 <nil>
	// cms-1 <nil>
	// true
}

// An operator follows what happens and answers the first prompt that she sees; the
// watch is resumed after the entry that she saw last.
func Example_operator() {
	defer system("cms")()
	ctx := context.Background()
	expert, err := client.Connect(ctx, client.Options{System: "cms", Role: schema.RoleExpert, As: "daqexpert"})
	if err != nil {
		log.Fatal(err)
	}
	defer expert.Close()
	request := asking("check")
	request.Automatic = false
	answer, err := expert.Submit(ctx, request)
	if err != nil {
		log.Fatal(err)
	}

	anna := expert.As(schema.RoleOperator, "anna")
	prompted, seen := errors.New("a prompt is open"), uint64(0)
	err = anna.Watch(ctx, answer.Token, 0, func(u client.Update) error {
		for _, status := range u.Statuses {
			if status.Prompt != nil {
				seen = u.Entry.Entry
				decided, err := anna.Decide(ctx, schema.Decide{Prompt: status.Prompt.ID, Decision: schema.Approve})
				fmt.Println(status.Prompt.ID, decided.Verdict, err)
				return prompted
			}
		}
		return nil
	})
	fmt.Println(err)
	ended := errors.New("it has ended")
	err = anna.Watch(ctx, answer.Token, seen, func(u client.Update) error {
		for _, event := range u.Events {
			fmt.Println(event.Kind, "by", event.By)
		}
		if n := len(u.Statuses); n > 0 && u.Statuses[n-1].Terminal {
			return ended
		}
		return nil
	})
	fmt.Println(err)
	for record, err := range anna.HistoryAll(ctx, schema.HistoryQuery{Operator: "an*", State: []string{schema.Completed}}) {
		fmt.Println(record.Token, record.State, err)
	}
	// Output:
	// cms-1.p1 recorded <nil>
	// a prompt is open
	// approved by operator anna
	// offered by the controller
	// granted by agent simulator
	// step_done by agent simulator
	// completed by agent simulator
	// it has ended
	// cms-1 completed <nil>
}

// asking is a request that starts by itself and whose success is enough.
func asking(action string) schema.Request {
	step := schema.Step{Action: "check"}
	if action == "fail" {
		step.Parameters = []byte(`{"simulate":"fail"}`)
	}
	return schema.Request{Problem: schema.Problem{ID: action, Title: "needs " + action}, Steps: []schema.Step{step},
		Automatic: true, Cure: schema.CureResult}
}

// system starts a controller with its own broker and an agent that plays, in mode
// automatic; NATS_URL says where. The function that it gives ends it.
func system(names ...string) func() {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		log.Fatal(err)
	}
	policy := filepath.Join(dir, "policy.yaml")
	if err := os.WriteFile(policy, []byte("mode: automatic\nautomation: true\nobserve: 0s\n"), 0o600); err != nil {
		log.Fatal(err)
	}
	args := []string{"serve", "--simulate", "--speed", "20", "--listen", "127.0.0.1:0", "--http", "off", "--data", filepath.Join(dir, "data"), "--policy", policy}
	for _, name := range names {
		args = append(args, "--system", name)
	}
	ctx, stop := context.WithCancel(context.Background())
	said := &lockedBuffer{}
	ended := make(chan int, 1)
	go func() { ended <- Main(ctx, args, strings.NewReader(""), io.Discard, said) }()
	end := func() {
		stop()
		if code := <-ended; code != 0 {
			log.Fatalf("the controller ended with code %d:\n%s", code, said)
		}
		if err := errors.Join(os.Unsetenv("NATS_URL"), os.RemoveAll(dir)); err != nil {
			log.Fatal(err)
		}
	}
	var ready []string
	for began := time.Now(); ready == nil; time.Sleep(5 * time.Millisecond) {
		ready = readyLine.FindStringSubmatch(said.String())
		if time.Since(began) > longest {
			log.Fatalf("the controller is not ready:\n%s", said)
		}
	}
	if err := os.Setenv("NATS_URL", ready[2]); err != nil {
		log.Fatal(err)
	}
	waitForAgents(names)
	return end
}

// waitForAgents waits until the agent of each system has asked for work: a request for
// what nobody offers is rejected.
func waitForAgents(systems []string) {
	ctx, cancel := context.WithTimeout(context.Background(), longest)
	defer cancel()
	c, err := client.Connect(ctx, client.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()
	for _, system := range systems {
		for {
			o, err := c.In(system).Overview(ctx)
			if err != nil {
				log.Fatal(err)
			}
			if len(o.Agents) > 0 {
				break
			}
			time.Sleep(5 * time.Millisecond)
		}
	}
}
