package broker

import (
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"expertcontroller/schema"
)

// What a server says to a message of the log is what is read the short way.
func TestAcknowledgementIsPlain(t *testing.T) {
	e, err := StartEmbedded(EmbeddedOptions{Dir: t.TempDir(), Listen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Stop)
	nc, err := e.Connect("test")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	if _, err := Open(t.Context(), nc, StreamOptions{Replicas: 1, Synced: true}); err != nil {
		t.Fatal(err)
	}
	reply, err := nc.RequestMsg(&nats.Msg{Subject: schema.SubjectLog("ack"), Data: []byte("{}")}, 5*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	if n, ok := plainSequence(reply.Data); !ok || n != 1 {
		t.Fatalf("%s was read as %d, %t", reply.Data, n, ok)
	}
}

func TestReadAck(t *testing.T) {
	const log = `{"stream":"` + schema.StreamLog + `"`
	refused := &jetstream.APIError{Code: 400, ErrorCode: 10071}
	for text, want := range map[string]ack{
		log + `,"seq":18446744073709551615}`:      {Stream: schema.StreamLog, Sequence: 1<<64 - 1},
		log + `, "seq": 7}`:                       {Stream: schema.StreamLog, Sequence: 7},
		log + `,"domain":"leaf","seq":7}`:         {Stream: schema.StreamLog, Sequence: 7},
		log + `,"seq":7,"duplicate":true}`:        {Stream: schema.StreamLog, Sequence: 7, Duplicate: true},
		`{"stream":"OTHER","seq":7}`:              {Stream: "OTHER", Sequence: 7},
		`{"error":{"code":400,"err_code":10071}}`: {Error: refused},
	} {
		got, err := readAck([]byte(text))
		same := got.Stream == want.Stream && got.Sequence == want.Sequence && got.Duplicate == want.Duplicate && (got.Error == nil) == (want.Error == nil)
		if err != nil || !same || got.Error != nil && *got.Error != *want.Error {
			t.Errorf("%s was read as %+v, %v", text, got, err)
		}
	}
	for _, text := range []string{``, `{}{}`, log + `,"seq":}`, log + `,"seq":-7}`, log + `,"seq":18446744073709551616}`, log + `,"seq":7`} {
		if got, err := readAck([]byte(text)); err == nil {
			t.Errorf("%q was read as %+v", text, got)
		}
	}
}
