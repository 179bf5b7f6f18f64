package controller

import (
	"bytes"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"expertcontroller/schema"
)

// The entry put together from its parts is the entry, whatever it holds.
func TestEncodeEntry(t *testing.T) {
	at := time.Date(2026, 11, 21, 12, 0, 0, 5, time.UTC)
	answer := schema.Answer{Verdict: schema.Accepted, Token: "cms-1"}
	inputs := []schema.EntryInput{{ID: "<a>", Kind: "note", At: at, Message: []byte("{\n \"text\": \"<&>\"}"), Answer: &answer}, {Kind: "silent", At: at}}
	docs := []schema.Document{{Key: "id/a\"b", Value: []byte(`{"x":1}`)}, {Key: "gone"}}
	for range 100 {
		inputs = append(inputs, inputs[0])
	}
	for _, e := range []schema.Entry{
		{Type: "t", At: at},
		{Type: "t", At: at, Inputs: inputs},
		{Type: "t", At: at, Documents: docs, Checkpoint: &schema.CheckpointPart{Part: 1, Of: 2}},
		{Type: "t", At: at, Inputs: inputs[:1], Documents: docs[1:], Events: []schema.Event{{Kind: "note", At: at, Text: "]}"}}},
	} {
		whole := mustEncode(t, &e)
		parts, err := encodeEntry(&e)
		if err != nil {
			t.Fatal(err)
		}
		a, err := schema.Read[schema.Entry](whole)
		if err != nil {
			t.Fatal(err)
		}
		b, err := schema.Read[schema.Entry](parts)
		if err != nil {
			t.Fatalf("%v: %s", err, parts)
		}
		if x, y := mustEncode(t, &a), mustEncode(t, &b); !bytes.Equal(x, y) {
			t.Fatalf("%s\n%s", x, y)
		}
	}
}

// What stands behind a message would stand in the log: it is refused.
func TestDecodeInputTakesOneValue(t *testing.T) {
	for payload, ok := range map[string]bool{
		`{"type":"recovery.v1.note","token":"cms-1","text":"x"}`:    true,
		`{"type":"recovery.v1.note","token":"cms-1","text":"x"}}`:   false,
		`{"type":"recovery.v1.note","token":"cms-1","text":"x"} {}`: false,
	} {
		if _, bad := schema.Decode(schema.KindNote, []byte(payload)); (bad == nil) != ok {
			t.Errorf("%s: %v", payload, bad)
		}
	}
}

// A message may come with new lines between its values, asked or told: an entry is one
// line all the same, since an export has a line for each.
func TestAnEntryIsOneLine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t)
		r := c.start("r1", nil)
		r.ready()
		spread := func(problem string) []byte {
			return bytes.ReplaceAll(mustEncode(t, testRequest(problem, "x"+problem)), []byte(`,"`), []byte(",\r\n  \""))
		}
		c.inbox.tell(testSystem, schema.RoleExpert, "daq", schema.KindRequest, spread("1"))
		await(t, "the told one to be decided", func() bool { return r.Counters().Decided == 1 })
		if _, bad := r.Call(t.Context(), sender(schema.RoleExpert, "daq", schema.KindRequest), spread("2")); bad != nil {
			t.Fatal(bad)
		}
		synctest.Wait()
		requests := 0
		for _, e := range c.log.entries(t) {
			for _, d := range e.Documents {
				if strings.HasPrefix(d.Key, schema.KeyRequest) {
					requests++
				}
				if bytes.ContainsAny(d.Value, "\r\n") {
					t.Errorf("entry %d: %s has new lines: %q", e.Entry, d.Key, d.Value)
				}
			}
			for _, in := range e.Inputs {
				if bytes.ContainsAny(in.Message, "\r\n") {
					t.Errorf("entry %d: a message has new lines: %q", e.Entry, in.Message)
				}
			}
		}
		if requests != 2 {
			t.Errorf("%d requests stand in the log", requests)
		}
		r.stop()
	})
}
