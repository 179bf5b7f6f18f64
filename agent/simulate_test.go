package agent

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"expertcontroller/schema"
)

func played(t *testing.T, s *Simulator, ctx context.Context, action, parameters string, attempt int) (Outcome, time.Duration, []string) {
	t.Helper()
	var said []string
	began := time.Now()
	out := s.Run(ctx, Job{
		Work: schema.Work{Token: "cms-1", Attempt: attempt}, Action: action, Parameters: json.RawMessage(parameters),
		Report: func(text string, percent int, output string) {
			if percent > 100 {
				t.Errorf("%d percent", percent)
			}
			said = append(said, text)
		},
	})
	return out, time.Since(began), said
}

// Ensures that the same seed and attempt play the same, others differ, and that speed scales it.
func TestPlaysTheSame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		seen := map[time.Duration]bool{}
		for _, action := range []string{"stop_start", "recycle", "ttc_hard_reset", "check", "anything"} {
			for attempt := 1; attempt <= 3; attempt++ {
				out, took, said := played(t, NewSimulator(1, 7, nil), t.Context(), action, `{"green":["GEM"]}`, attempt)
				_, again, _ := played(t, NewSimulator(1, 7, nil), t.Context(), action, `{"green":["GEM"]}`, attempt)
				_, fast, _ := played(t, NewSimulator(10, 7, nil), t.Context(), action, `{"green":["GEM"]}`, attempt)
				if out.Outcome != schema.OutcomeDone || took != again || seen[took] || len(said) < 3 || fast < took/11 || fast > took/9 {
					t.Errorf("%s: %+v took %s, %s, %s at ten times the speed; said %q", action, out, took, again, fast, said)
				}
				seen[took] = true
			}
		}
	})
}

// Ensures that each mode plays what it says, set for all or by the request.
func TestModes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, c := range []struct {
			mode       Mode
			parameters string
			abort      time.Duration // 0: none
			want       string
			effects    int
			least      time.Duration
		}{
			{ModeOK, `{}`, 0, schema.OutcomeDone, 1, 4 * time.Second},
			{ModeOK, ``, time.Second, schema.OutcomeAborted, 0, time.Second},
			{ModeOK, `{"simulate":"fail"}`, 0, schema.OutcomeFailed, 0, time.Second},
			{ModeFail, `{}`, 0, schema.OutcomeFailed, 0, time.Second},
			{ModeFail, `{"simulate":"ok"}`, 0, schema.OutcomeDone, 1, 4 * time.Second},
			{ModeSlow, `{}`, 0, schema.OutcomeDone, 1, 20 * time.Second},
			{ModeHang, `{}`, time.Hour, schema.OutcomeAborted, 0, time.Hour},
			{ModeOK, `{"simulate":{"mode":"hang","for":"3s"}}`, 0, schema.OutcomeDone, 1, 3 * time.Second},
			{ModeIgnoreAbort, `{}`, time.Second, schema.OutcomeDone, 1, time.Minute},
			{ModeOK, `{"simulate":{"mode":"vanish","for":"1h"}}`, time.Minute, schema.OutcomeUnknown, 0, time.Hour},
			{ModeOK, `{"simulate":{"mode":"vanish","for":"1h","effect":true}}`, 0, schema.OutcomeUnknown, 1, time.Hour},
			{ModeOK, `{"simulate":"explode"}`, 0, schema.OutcomeFailed, 0, 0},
			{ModeOK, `{"simulate":7}`, 0, schema.OutcomeFailed, 0, 0},
			{ModeOK, `[]`, 0, schema.OutcomeFailed, 0, 0},
		} {
			d := newCounting()
			s := NewSimulator(1, 1, d)
			s.SetMode(c.mode)
			ctx, cancel := context.WithCancelCause(t.Context())
			if c.abort > 0 {
				time.AfterFunc(c.abort, func() { cancel(&Aborted{schema.Abort{By: anna}}) })
			}
			out, took, _ := played(t, s, ctx, "stop_start", c.parameters, 1)
			cancel(nil)
			if out.Outcome != c.want || d.total() != c.effects || took < c.least || out.Text == "" {
				t.Errorf("%+v: %+v after %s, %d effects", c, out, took, d.total())
			}
		}
	})
}

// Ensures that a device that refuses makes the action fail.
func TestDeviceRefuses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := NewSimulator(1, 1, DeviceFunc(func(schema.Work, string, json.RawMessage) error { return errors.New("no power") }))
		if out, _, _ := played(t, s, t.Context(), "recycle", "", 1); out.Outcome != schema.OutcomeFailed || out.Text != "no power" {
			t.Errorf("%+v", out)
		}
	})
}

// Ensures that a machine that vanishes is not heard, is still there when it is told to
// come back, and then says that it doesn't know.
func TestVanish(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, d := newFake(offer("cms-1", "")), newCounting()
		s := NewSimulator(1, 1, d)
		s.SetMode(ModeVanish)
		start(t, s.Line(f), s, journalIn(t))
		until(t, "it vanishes", s.Vanished)
		var asked, said int
		f.locked(func() { asked, said = len(f.asked), len(f.progress) })
		f.rings(schema.Bell{})
		time.Sleep(time.Hour)
		f.locked(func() {
			if len(f.asked) != asked || len(f.progress) != said || len(f.Results) != 0 {
				t.Error("something was heard")
			}
		})
		s.SetMode(ModeOK)
		s.ComeBack()
		until(t, "the result", told(f))
		if r := one(t, f); r.Outcome != schema.OutcomeUnknown || !strings.Contains(r.Text, "was away") || d.total() != 0 || s.Vanished() {
			t.Fatalf("%+v", r)
		}
		f.locked(func() { f.Offers = append(f.Offers, offer("cms-2", "")) })
		until(t, "it works again", func() bool { return d.total() == 1 })
	})
}
