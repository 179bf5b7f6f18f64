package predecessor

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"expertcontroller/schema"
)

// What the expert's texts say becomes what the recorded requests of this project ask for.
func TestTextsBecomeTheRecordedRequests(t *testing.T) {
	for name, texts := range map[string][]string{
		"fed-stuck-hcal.json": {
			"<<StopAndStartTheRun>> with <<RedAndGreenRecycle::HCAL>> (Try up to 2 times)",
			"Problem fixed: Make a log entry", "Problem fixed: Inform the HCAL expert on call", "Problem not fixed: Call the HCAL expert on call",
		},
		"partition-problem-default.json": {"<<TTCHardReset>>", "<<TTCHardReset>> again", "<<StopAndStartTheRun>> with <<RedAndGreenRecycle::[CSC]>>, try up to 2 times"},
		"partition-problem-pixel.json":   {"Pause and resume the run", "<<GreenRecycle::PIXEL>>", "<<RedAndGreenRecycle::PIXEL>>"},
		"continuous-soft-error-ctpps.json": {
			"<<RedRecycle::CTPPS>>",
		},
	} {
		t.Run(name, func(t *testing.T) {
			recorded, err := os.ReadFile(filepath.Join("..", "..", "testdata", "requests", name))
			if err != nil {
				t.Fatal(err)
			}
			v, refusal := schema.Decode(schema.KindRequest, recorded)
			if refusal != nil {
				t.Fatal(refusal)
			}
			body, err := json.Marshal(map[string]any{"problemId": 1, "recoveryRequestSteps": texts})
			if err != nil {
				t.Fatal(err)
			}
			got, _, err := Convert(body)
			if err != nil {
				t.Fatal(err)
			}
			want := v.(*schema.Request)
			if !reflect.DeepEqual(got.Aftercare, want.Aftercare) {
				t.Errorf("aftercare is %+v, not %+v", got.Aftercare, want.Aftercare)
			}
			if len(got.Steps) != len(want.Steps) {
				t.Fatalf("%d steps, not %d: %+v", len(got.Steps), len(want.Steps), got.Steps)
			}
			for i, w := range want.Steps {
				g := got.Steps[i]
				if g.Action != w.Action || g.ByHand != w.ByHand || max(g.Attempts, 1) != max(w.Attempts, 1) || !same(t, g.Parameters, w.Parameters) {
					t.Errorf("step %d is %+v %s, not %+v %s", i, g, g.Parameters, w, w.Parameters)
				}
			}
		})
	}
}

func same(t *testing.T, a, b json.RawMessage) bool {
	t.Helper()
	var x, y any
	for _, each := range []struct {
		raw json.RawMessage
		to  *any
	}{{a, &x}, {b, &y}} {
		if len(each.raw) == 0 {
			continue
		}
		if err := json.Unmarshal(each.raw, each.to); err != nil {
			t.Fatal(err)
		}
	}
	return reflect.DeepEqual(x, y)
}

// The steps that DAQExpert sends have no markup any more: sets and a text.
func TestStepsBecomeActions(t *testing.T) {
	for _, c := range []struct{ step, action, parameters, title string }{
		{`{}`, ActionStopStart, ``, "Stop and start the run"},
		{`{"fault":["ECAL"],"humanReadable":"Stop and start the run"}`, ActionStopStart, `{"fault":["ECAL"]}`, "Stop and start the run"},
		{`{"issueTTCHardReset":true,"humanReadable":"TTC hard reset"}`, ActionTTCHardReset, ``, "TTC hard reset"},
		{`{"greenRecycle":["DT"],"fault":["DT"],"humanReadable":"Green recycle of DT"}`, ActionRecycle, `{"fault":["DT"],"green":["DT"]}`, "Green recycle of DT"},
		{`{"redRecycle":["DT"],"humanReadable":"Stop and start the run with red recycle"}`, ActionStopStartRecycle, `{"red":["DT"]}`, "Stop and start the run with red recycle"},
		{`{"reset":["DT"],"issueTTCHardReset":true}`, ActionRecycle, `{"reset":["DT"],"ttc_hard_reset":true}`, "Recycle"},
		{`"<<RedRecycle::[ECAL, ES]>> and <<GreenRecycle::ES>>"`, ActionRecycle, `{"fault":["ECAL","ES"],"green":["ES"],"red":["ECAL","ES"]}`, "Red recycle of ECAL, ES and green recycle of ES"},
	} {
		req, _, err := Convert([]byte(`{"problemId":1,"recoverySteps":[` + c.step + `]}`))
		if err != nil {
			t.Errorf("%s: %v", c.step, err)
			continue
		}
		s := req.Steps[0]
		if s.Action != c.action || string(s.Parameters) != c.parameters || s.Title != c.title {
			t.Errorf("%s became %s %s %q", c.step, s.Action, s.Parameters, s.Title)
		}
	}
}

// What a converted request says is a valid request, whatever texts it came with.
func FuzzConvert(f *testing.F) {
	f.Add(`{"problemId":101,"problemTitle":"FED stuck","isProbe":true,"withInterrupt":true,"recoveryRequestSteps":[{"stepIndex":7,"humanReadable":"<<RedRecycle::[A,B]>> up to 3 times"},"by hand","Problem fixed: rest"]}`)
	f.Add(`{"problemId":"-1","problemTitle":"\u0000\ud800","recoverySteps":["<<","<<>>","<<a::[>>"]}`)
	f.Add(`{"problemId":1,"recoverySteps":[{"humanReadable":"(up to 2 times)"}]}`)
	f.Fuzz(func(t *testing.T, body string) {
		req, relation, err := Convert([]byte(body))
		if err != nil {
			if strings.TrimSpace(err.Error()) == "" {
				t.Error("refused without a word")
			}
			return
		}
		if relation != "" && relation != schema.Preempt && relation != schema.Continue && relation != schema.Postpone {
			t.Errorf("relation %q", relation)
		}
		payload, err := schema.Encode(req)
		if err != nil {
			t.Fatal(err)
		}
		if len(payload) > schema.MaxInput {
			return
		}
		if _, refusal := schema.Decode(schema.KindRequest, payload); refusal != nil && refusal.Field != "steps" {
			t.Errorf("%s became %s, which is refused: %v", body, payload, refusal)
		}
	})
}
