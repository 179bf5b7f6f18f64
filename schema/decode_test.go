package schema

import (
	"bytes"
	"encoding/json"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"
)

// sized makes a request of exactly so many bytes.
func sized(t testing.TB, size int) []byte {
	t.Helper()
	const before = `{"type":"recovery.v1.request","problem":{"id":"1","title":"t","context":{"text":"`
	const after = `"}},"steps":[{"by_hand":true}]}`
	return []byte(before + strings.Repeat("x", size-len(before)-len(after)) + after)
}

// The largest input is taken; one byte more is refused as too large, not as malformed.
func TestSizes(t *testing.T) {
	for _, c := range []struct {
		size int
		ok   bool
	}{{MaxInput - 1, true}, {MaxInput, true}, {MaxInput + 1, false}, {10 * MaxInput, false}} {
		payload := sized(t, c.size)
		if len(payload) != c.size {
			t.Fatalf("made %d bytes of %d", len(payload), c.size)
		}
		_, refusal := Decode(KindRequest, payload)
		if c.ok != (refusal == nil) {
			t.Errorf("%d bytes: %v", c.size, refusal)
		}
		if _, long := decode(KindRequest, payload); !reflect.DeepEqual(refusal, long) {
			t.Errorf("%d bytes: %v, the long way %v", c.size, refusal, long)
		}
		if !c.ok && (refusal.Code != 413 || refusal.Reason != CodeTooLarge || !strings.Contains(refusal.Text, "65536")) {
			t.Errorf("%d bytes: %d %s %s", c.size, refusal.Code, refusal.Reason, refusal.Text)
		}
	}
}

// A text may have as many characters, not bytes, as its limit says, and no one more.
func TestLengthsCountCharacters(t *testing.T) {
	for n, ok := range map[int]bool{199: true, 200: true, 201: false} {
		for _, letter := range []string{"x", "é", "停", "🛑"} {
			payload := []byte(`{"type":"recovery.v1.request","problem":{"id":"1","title":"` + strings.Repeat(letter, n) + `"},"steps":[{"by_hand":true}]}`)
			_, refusal := Decode(KindRequest, payload)
			if ok != (refusal == nil) {
				t.Errorf("%d times %s: %v", n, letter, refusal)
			}
			agree(t, KindRequest, foreign(t, KindRequest), payload)
		}
	}
}

// Objects and lists nest 64 deep at most, the message's own included.
func TestNesting(t *testing.T) {
	for n, ok := range map[int]bool{1: true, 60: true, 61: false, 62: false, 5_000: false} {
		for _, brackets := range [][2]string{{"[", "]"}, {`{"n":`, "}"}} {
			// The message, its steps, a step and its parameters are four.
			payload := []byte(`{"type":"recovery.v1.request","problem":{"id":"1","title":"t"},"steps":[{"action":"a","parameters":{"n":` +
				strings.Repeat(brackets[0], n) + "0" + strings.Repeat(brackets[1], n) + `}}]}`)
			_, refusal := Decode(KindRequest, payload)
			if ok != (refusal == nil) {
				t.Errorf("%d times %s: %v", n, brackets[0], refusal)
			}
		}
	}
}

// JSON has one kind of number: a whole one may be written with a point, and is
// read as Go's ints are; in parameters it stays as it was written.
func TestWholeNumbersHoweverWritten(t *testing.T) {
	const payload = `{"type":"recovery.v1.request","priority":-2E1,"problem":{"id":"1","title":"t"},
		"steps":[{"action":"a","attempts":20e-1,"parameters":{"n":1.0,"attempts":[2.00]}},{"action":"b","attempts":3.000}]}`
	v, refusal := Decode(KindRequest, []byte(payload))
	if refusal != nil {
		t.Fatal(refusal)
	}
	r := v.(*Request)
	if r.Priority != -20 || r.Steps[0].Attempts != 2 || r.Steps[1].Attempts != 3 || string(r.Steps[0].Parameters) != `{"n":1.0,"attempts":[2.00]}` {
		t.Errorf("read as %+v", r)
	}
}

// Nothing that is decoded holds on to the message's bytes, nor changes with them.
func TestDecodedValuesStandAlone(t *testing.T) {
	payload := bytes.Clone(samples(t, validSamples, KindRequest)["full"])
	v, refusal := Decode(KindRequest, payload)
	if refusal != nil {
		t.Fatal(refusal)
	}
	before, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	for i := range payload {
		payload[i] = 'x'
	}
	after, err := json.Marshal(v)
	if err != nil || !bytes.Equal(before, after) {
		t.Errorf("was %s\nis %s (%v)", before, after, err)
	}
}

// What is kept of a message for long, such as its id, does not keep the message.
func TestKeepingAnIDKeepsNoMessage(t *testing.T) {
	payload := bytes.Replace(sized(t, MaxInput-20), []byte(`{"type"`), []byte(`{"id":"kept","type"`), 1)
	heap := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := heap()
	ids := make([]string, 200)
	for i := range ids {
		v, refusal := Decode(KindRequest, payload)
		if refusal != nil {
			t.Fatal(refusal)
		}
		ids[i] = v.(*Request).ID
	}
	if grown := int64(heap()) - int64(before); grown > 50*MaxInput {
		t.Errorf("%d ids keep %d bytes", len(ids), grown)
	}
	runtime.KeepAlive(ids)
}

// Unknown kinds are refused, whatever they hold.
func TestUnknownKind(t *testing.T) {
	for _, kind := range []string{"", "nonsense", "recovery.v1.request"} {
		if v, refusal := Decode(kind, []byte(`{}`)); refusal == nil || refusal.Field != "type" {
			t.Errorf("%q gave %v, %v", kind, v, refusal)
		}
	}
}

// Outputs are read by programs that are older than they are: Read takes what it
// does not know; Decode does, too, since an output's schema is open.
func TestOutputsMayGainFields(t *testing.T) {
	payload := samples(t, validSamples, KindStatus)["from-a-newer-program"]
	s, err := Read[Status](payload)
	if err != nil || s.Token != "cms-37" {
		t.Errorf("read %+v, %v", s, err)
	}
	if _, refusal := Decode(KindStatus, payload); refusal != nil {
		t.Error(refusal)
	}
}

// A time is UTC, however deep it stands.
func TestDecodedTimesAreUTC(t *testing.T) {
	v, refusal := Decode(KindRequest, samples(t, validSamples, KindRequest)["full"])
	if refusal != nil {
		t.Fatal(refusal)
	}
	for _, at := range []*time.Time{v.(*Request).Deadline, v.(*Request).Problem.Since, v.(*Request).NotBefore, v.(*Request).Expires} {
		if at == nil || at.Location() != time.UTC {
			t.Errorf("%v is not UTC", at)
		}
	}
}
