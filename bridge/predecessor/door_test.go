package predecessor

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"

	"expertcontroller/client"
	"expertcontroller/schema"
)

// What was decided is answered, though what stands beside it can't be asked for just then:
// an expert that hears of a failure asks again, and that is another request.
func TestADecisionIsAnsweredWithoutWhatStandsBesideIt(t *testing.T) {
	s, err := server.NewServer(&server.Options{DontListen: true, NoSigs: true, NoLog: true})
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	defer func() { s.Shutdown(); s.WaitForShutdown() }()
	nc, err := nats.Connect("", nats.InProcessServer(s))
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	answer := schema.Answer{Type: schema.Type(schema.KindAnswer), Token: "cms-38", Entry: 7}
	// Nobody answers queries there.
	if _, err := nc.Subscribe(schema.SubjectCall("cms", schema.RoleExpert, Expert, schema.KindRequest), func(m *nats.Msg) {
		payload, err := schema.Encode(answer)
		if err == nil {
			err = m.Respond(payload)
		}
		if err != nil {
			t.Error(err)
		}
	}); err != nil {
		t.Fatal(err)
	}
	door := Handler(client.New(nc, client.Options{System: "cms", As: "bridge", Timeout: time.Second}), Options{})
	for verdict, want := range map[string]string{
		schema.Accepted:           `{"acceptanceDecision":"accepted","recoveryProcedureId":38,"rejectedDueToConditionId":null,"continuesTheConditionIds":null}`,
		schema.AcceptedToContinue: `{"acceptanceDecision":"acceptedToContinue","recoveryProcedureId":38,"rejectedDueToConditionId":null,"continuesTheConditionIds":null}`,
		schema.Rejected:           `{"acceptanceDecision":"rejected","recoveryProcedureId":null,"rejectedDueToConditionId":null,"continuesTheConditionIds":null}`,
	} {
		answer.Verdict = verdict
		if verdict == schema.Rejected {
			answer.Reason, answer.BlockedBy = schema.Reason{Code: schema.CodeBusy}, &schema.BlockedBy{Token: "cms-37"}
		}
		w := httptest.NewRecorder()
		r := httptest.NewRequest(http.MethodPost, "/recover", strings.NewReader(`{"problemId":101,"problemTitle":"FED stuck","recoveryRequestSteps":[{"stepIndex":0,"humanReadable":"Stop and start the run"}]}`))
		r.Header.Set("Content-Type", "application/json")
		door.ServeHTTP(w, r)
		if got := w.Body.String(); w.Code != http.StatusCreated || !json.Valid([]byte(got)) || got != want {
			t.Errorf("%s: %d %s\nwant %s", verdict, w.Code, got, want)
		}
	}
}
