// Command ask asks for a recovery, says when the problem is gone, waits for the end:
// ask PROBLEM [system]. It needs nats.go alone.
package main

import (
	"cmp"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"time"

	"github.com/nats-io/nats.go"
)

type object map[string]any

// said is what matters here of an answer or a status, refused of an error.
type (
	said struct {
		Verdict, Token, State, Joined string
		Terminal                      bool
		Entry                         uint64
		PollAfter                     string `json:"poll_after"`
		Reason                        struct{ Code string }
	}
	refused struct {
		Type, Field, Text string
		Code              int
	}
)

var (
	nc     *nats.Conn
	system = "default"
)

// ask asks until somebody answers: the id makes a repeat harmless. What is refused ends it; 503 says "not now".
func ask(subject string, message object) said {
	for payload := encode(message); ; time.Sleep(time.Second) {
		reply, err := nc.Request("recovery."+system+"."+subject, payload, 5*time.Second)
		if err != nil {
			log.Printf("%s: %v; asked again", subject, err)
		} else if no := decode[refused](reply.Data); no.Type != "recovery.v1.error" {
			return decode[said](reply.Data)
		} else if no.Code != 503 {
			log.Fatalf("%s: %s", cmp.Or(no.Field, subject), no.Text)
		}
	}
}

// gone tells whether the problem is: a real expert looks at the system; this one believes it once the step is done.
func gone(status said) bool { return status.State == "observing" }

func main() {
	if len(os.Args) > 2 {
		system = os.Args[2]
	}
	var err error
	if nc, err = nats.Connect(cmp.Or(os.Getenv("NATS_URL"), nats.DefaultURL), nats.MaxReconnects(-1)); err != nil {
		log.Fatal(err)
	}
	problem := os.Args[1]

	answer := ask("call.expert.go.request", object{
		"type": "recovery.v1.request", "id": rand.Text(),
		"problem": object{"id": problem, "title": "FED stuck"}, "steps": []object{{"title": "Send a TTC hard reset", "action": "ttc_hard_reset"}},
	})
	fmt.Println(answer.Verdict, answer.Token)

	status, cleared := answer, false
	for !status.Terminal || status.Joined != "" {
		status = ask("query.status", object{"token": cmp.Or(status.Joined, status.Token), "after": status.Entry})
		if gone(status) && !cleared {
			ask("call.expert.go.cleared", object{"type": "recovery.v1.cleared", "problem": problem})
			cleared = true
		}
		pause, err := time.ParseDuration(status.PollAfter)
		if err != nil {
			log.Fatal(err)
		}
		time.Sleep(pause)
	}
	fmt.Println(status.Token, status.State, status.Reason.Code)
	if status.State != "completed" {
		os.Exit(1)
	}
}

func encode(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		log.Fatal(err)
	}
	return b
}

func decode[T any](b []byte) (v T) {
	if err := json.Unmarshal(b, &v); err != nil {
		log.Fatal(err)
	}
	return v
}
