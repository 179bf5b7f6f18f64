package client_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"os"
	"strings"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/micro"

	"expertcontroller/client"
	"expertcontroller/schema"
)

// Ask for a recovery, wait until it has ended, and leave with the contract's exit code.
func ExampleClient_Submit() {
	defer demo()()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()

	c, err := client.Connect(ctx, client.Options{System: "cms", Role: schema.RoleExpert, As: "daqexpert"})
	if err != nil {
		log.Fatal(err) // no broker answers at …: start `expertcontroller serve`, or say --server
	}
	defer c.Close()

	answer, err := c.Submit(ctx, schema.Request{
		Problem: schema.Problem{ID: "101", Key: "FED stuck/HCAL", Title: "FED stuck"},
		Steps:   []schema.Step{{Title: "Stop and start the run with red & green recycle of HCAL", Action: "recycle"}},
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(answer.Verdict, answer.Token)

	status, err := c.Wait(ctx, answer.Token, client.WaitOptions{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(status.State, status.Reason.Code, client.ExitCode(status))
	// Output:
	// accepted cms-1
	// completed cured 0
}

// An expert in ten lines: ask when a problem appears, say when it has cleared.
func Example_expert() {
	defer demo()()
	ctx := context.Background()

	c, err := client.Connect(ctx, client.Options{System: "cms", Role: schema.RoleExpert, As: "daqexpert", Patient: true})
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()
	for problem := range problems() {
		if problem.gone {
			answer, err := c.Clear(ctx, schema.Cleared{Problem: problem.id})
			fmt.Println(problem.id, answer.Verdict, err)
			continue
		}
		answer, err := c.Submit(ctx, schema.Request{Problem: schema.Problem{ID: problem.id, Title: "FED stuck"},
			Steps: []schema.Step{{Action: "recycle", Attempts: 2}}})
		fmt.Println(problem.id, answer.Verdict, err)
	}
	// Output:
	// 101 accepted <nil>
	// 101 recorded <nil>
}

// Follow everything that happens on a system, each entry once and in order, until a
// recovery has ended.
func ExampleClient_Watch() {
	defer demo()()
	ctx := context.Background()

	c, err := client.Connect(ctx, client.Options{System: "cms", Role: schema.RoleExpert, As: "daqexpert"})
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()
	if _, err := c.Submit(ctx, schema.Request{Problem: schema.Problem{ID: "101", Title: "FED stuck"}, Steps: []schema.Step{{Action: "recycle"}}}); err != nil {
		log.Fatal(err)
	}

	ended := errors.New("it has ended")
	err = c.Watch(ctx, "", 0, func(u client.Update) error {
		for _, status := range u.Statuses {
			fmt.Println(u.Entry.Entry, status.Token, status.State)
			if status.Terminal {
				return ended
			}
		}
		return nil
	})
	fmt.Println(err)
	// Output:
	// 1 cms-1 awaiting_approval
	// 2 cms-1 running
	// 3 cms-1 completed
	// it has ended
}

// problems stands for what an expert sees.
func problems() func(yield func(struct {
	id   string
	gone bool
}) bool) {
	type seen = struct {
		id   string
		gone bool
	}
	return func(yield func(seen) bool) {
		_ = yield(seen{"101", false}) && yield(seen{"101", true})
	}
}

// demo starts a broker and a stand-in for a controller that accepts every request and
// has it done a poll later; NATS_URL says where. The function that it gives ends them.
func demo() func() {
	dir, err := os.MkdirTemp("", "client-example")
	must(err)
	b, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: -1, StoreDir: dir, NoSigs: true, NoLog: true})
	must(err)
	b.Start()
	if !b.ReadyForConnections(5 * time.Second) {
		log.Fatal("the broker is not ready")
	}
	nc, err := nats.Connect(b.ClientURL())
	must(err)
	svc, err := micro.AddService(nc, micro.Config{Name: schema.ServiceName, Version: "0.0.1"})
	must(err)
	state := func(entry uint64, state string) schema.Status {
		s := schema.Status{Token: "cms-1", Entry: entry, Revision: int(entry), State: state, Terminal: schema.Terminal(state), PollAfter: schema.Duration(10 * time.Millisecond)}
		if s.Terminal {
			s.Reason.Code = schema.CodeCured
		}
		return s
	}
	states := []schema.Status{state(1, schema.AwaitingApproval), state(2, schema.Running), state(3, schema.Completed)}
	polls := 0
	must(svc.AddEndpoint("all", micro.HandlerFunc(func(r micro.Request) {
		kind := r.Subject()[strings.LastIndexByte(r.Subject(), '.')+1:]
		switch kind {
		case schema.KindRequest:
			must(r.RespondJSON(schema.Answer{Verdict: schema.Accepted, Token: "cms-1", Entry: 1}))
		case schema.KindCleared:
			must(r.RespondJSON(schema.Answer{Verdict: schema.Recorded}))
		case schema.QueryStatus:
			must(r.RespondJSON(states[min(polls, 2)]))
			polls++
		case schema.QueryEntries:
			q, err := schema.Read[schema.EntriesQuery](r.Data())
			must(err)
			page := schema.Entries{Lineage: "L1", First: 1, Last: 3}
			for _, s := range states[min(q.After, 3):] {
				value, err := json.Marshal(s)
				must(err)
				page.Entries = append(page.Entries, schema.Entry{Entry: s.Entry, Lineage: "L1", Documents: []schema.Document{{Key: schema.KeyRecovery + s.Token, Value: value}}})
			}
			must(r.RespondJSON(page))
		}
	}), micro.WithEndpointSubject("recovery.cms.>")))
	must(nc.Flush())
	before, had := os.LookupEnv("NATS_URL")
	must(os.Setenv("NATS_URL", b.ClientURL()))
	return func() {
		if had {
			must(os.Setenv("NATS_URL", before))
		} else {
			must(os.Unsetenv("NATS_URL"))
		}
		nc.Close()
		b.Shutdown()
		b.WaitForShutdown()
		must(os.RemoveAll(dir))
	}
}

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
