package schema

import (
	"bytes"
	"encoding/json"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
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
	for n, ok := range map[int]bool{1: true, 60: true, 61: false, 62: false, 10_000: false} {
		// The message, its steps, a step and its parameters are four.
		payload := []byte(`{"type":"recovery.v1.request","problem":{"id":"1","title":"t"},"steps":[{"action":"a","parameters":{"n":` +
			strings.Repeat("[", n) + strings.Repeat("]", n) + `}}]}`)
		_, refusal := Decode(KindRequest, payload)
		if ok != (refusal == nil) {
			t.Errorf("%d deep: %v", n, refusal)
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

// Unknown kinds are refused, whatever they hold.
func TestUnknownKind(t *testing.T) {
	for _, kind := range []string{"", "nonsense", "recovery.v1.request"} {
		if v, refusal := Decode(kind, []byte(`{}`)); refusal == nil || refusal.Field != "type" {
			t.Errorf("%q gave %v, %v", kind, v, refusal)
		}
	}
}

// An id brings a fingerprint; without one nobody compares.
func TestFingerprintComesWithAnID(t *testing.T) {
	for payload, want := range map[string]bool{
		`{"type":"recovery.v1.cleared","problem":"1","id":"a"}`: true,
		`{"type":"recovery.v1.cleared","problem":"1","id":""}`:  false,
		`{"type":"recovery.v1.cleared","problem":"1"}`:          false,
	} {
		v, print, refusal := DecodeInput(KindCleared, []byte(payload))
		if refusal != nil || v == nil || (print != "") != want {
			t.Errorf("%s: fingerprint %q, refused %v", payload, print, refusal)
		}
	}
	if _, print, refusal := DecodeInput(KindAlive, []byte(`{"type":"recovery.v1.alive"}`)); print != "" || refusal != nil {
		t.Errorf("alive: fingerprint %q, refused %v", print, refusal)
	}
}

// A fingerprint is about what a message says, not how it is written.
func TestFingerprintIsAboutContent(t *testing.T) {
	const message = `{"type":"recovery.v1.request","id":"a","problem":{"id":"1","title":"FED stuck"},"steps":[{"action":"a","attempts":2,"parameters":{"x":[1,2.5,true,null]}},{"by_hand":true}]}`
	want := Fingerprint([]byte(message))
	for _, same := range []string{
		` { "steps":[{"parameters":{"x":[1.0,25e-1,true,null]},"attempts":2e0,"action":"a"} , {"by_hand":true}],
			"problem":{"title":"FED stuck","id":"1"},"type":"recovery.v1.request","id":"a"} `,
		strings.Replace(message, `"id":"a"`, `"id":"b","deadline":"2026-11-21T12:02:10Z"`, 1),
		strings.Replace(message, `"id":"a",`, ``, 1),
		strings.Replace(message, `FED`, `\u0046\u0045D`, 1),
	} {
		if got := Fingerprint([]byte(same)); got != want {
			t.Errorf("%s: %s, not %s", same, got, want)
		}
	}
	for _, other := range []string{
		strings.Replace(message, `"id":"1"`, `"id":"2"`, 1),
		strings.Replace(message, `"attempts":2`, `"attempts":3`, 1),
		strings.Replace(message, `"attempts":2`, `"attempts":"2"`, 1),
		strings.Replace(message, `[1,2.5`, `[2.5,1`, 1),
		strings.Replace(message, `true,null`, `null,true`, 1),
		strings.Replace(message, `"x":[1,2.5,true,null]`, `"x":1,"y":[2.5,true,null]`, 1),
		strings.Replace(message, `{"by_hand":true}`, `{"by_hand":false,"action":"a"}`, 1),
		message + "x", "", "{", "[]", "{}",
	} {
		if got := Fingerprint([]byte(other)); got == want {
			t.Errorf("%s has the same fingerprint", other)
		}
	}
}

// It stands in logs: the same message gives the same fingerprint for ever.
func TestFingerprintNeverChanges(t *testing.T) {
	payload, err := os.ReadFile(requestSamples + "/fed-stuck-hcal.json")
	if err != nil {
		t.Fatal(err)
	}
	if got := Fingerprint(payload); got != "8e774aed9a9746b7" {
		t.Errorf("fingerprint %s", got)
	}
}

// The order of names makes no difference anywhere; any other change of a value does.
func TestFingerprintOfAnyValue(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := anyValue(4).Draw(t, "value")
		b, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		indented := new(bytes.Buffer)
		if err := json.Indent(indented, b, "", "\t"); err != nil {
			t.Fatal(err)
		}
		if Fingerprint(b) != Fingerprint(indented.Bytes()) || Fingerprint(b) != Fingerprint(shuffled(t, v)) {
			t.Fatalf("%s: white space or order makes a difference", b)
		}
		other := anyValue(4).Draw(t, "other")
		if same := reflect.DeepEqual(v, other); same != (Fingerprint(b) == Fingerprint(shuffled(t, other))) {
			t.Fatalf("%v and %v: equal %t", v, other, same)
		}
	})
}

func anyValue(depth int) *rapid.Generator[any] {
	leaf := []*rapid.Generator[any]{
		rapid.Just(any(nil)), rapid.Bool().AsAny(),
		rapid.Map(rapid.IntRange(-3, 3), func(i int) any { return float64(i) / 2 }),
		rapid.SampledFrom([]string{"", "a", "b", "ab", "x\"y\\z", "\u2028é", "longer than eight bytes"}).AsAny(),
	}
	if depth == 0 {
		return rapid.OneOf(leaf...)
	}
	names := rapid.SampledFrom([]string{"a", "b", "ab", "c"})
	return rapid.OneOf(append(leaf,
		rapid.SliceOfN(rapid.Deferred(func() *rapid.Generator[any] { return anyValue(depth - 1) }), 0, 3).AsAny(),
		rapid.MapOfN(names, rapid.Deferred(func() *rapid.Generator[any] { return anyValue(depth - 1) }), 0, 3).AsAny(),
	)...)
}

// shuffled writes a value with its names in some order.
func shuffled(t *rapid.T, v any) []byte {
	switch v := v.(type) {
	case map[string]any:
		names := make([]string, 0, len(v))
		for name := range v {
			names = append(names, name)
		}
		if len(names) > 0 {
			names = rapid.Permutation(names).Draw(t, "order")
		}
		out := []byte("{")
		for i, name := range names {
			if i > 0 {
				out = append(out, ',')
			}
			key, _ := json.Marshal(name)
			out = append(append(append(out, key...), ':'), shuffled(t, v[name])...)
		}
		return append(out, '}')
	case []any:
		out := []byte("[")
		for i, item := range v {
			if i > 0 {
				out = append(out, ',')
			}
			out = append(out, shuffled(t, item)...)
		}
		return append(out, ']')
	}
	b, _ := json.Marshal(v)
	return b
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

// A typical request: about a kilobyte, two steps.
func BenchmarkDecode(b *testing.B) {
	payload := benchRequest(b)
	b.SetBytes(int64(len(payload)))
	b.ReportAllocs()
	for b.Loop() {
		if _, refusal := Decode(KindRequest, payload); refusal != nil {
			b.Fatal(refusal)
		}
	}
}

// The same with its fingerprint.
func BenchmarkDecodeInput(b *testing.B) {
	payload := benchRequest(b)
	b.SetBytes(int64(len(payload)))
	b.ReportAllocs()
	for b.Loop() {
		if _, _, refusal := DecodeInput(KindRequest, payload); refusal != nil {
			b.Fatal(refusal)
		}
	}
}

func BenchmarkFingerprint(b *testing.B) {
	payload := benchRequest(b)
	b.SetBytes(int64(len(payload)))
	b.ReportAllocs()
	for b.Loop() {
		Fingerprint(payload)
	}
}

// What encoding/json alone takes, for comparison.
func BenchmarkUnmarshalAlone(b *testing.B) {
	payload := benchRequest(b)
	b.SetBytes(int64(len(payload)))
	b.ReportAllocs()
	for b.Loop() {
		var r Request
		if err := json.Unmarshal(payload, &r); err != nil {
			b.Fatal(err)
		}
	}
}

// The way of a message that is not plainly right: scan, validator, encoding/json.
func BenchmarkLongWay(b *testing.B) {
	payload := benchRequest(b)
	b.SetBytes(int64(len(payload)))
	b.ReportAllocs()
	for b.Loop() {
		if _, refusal := decode(KindRequest, payload); refusal != nil {
			b.Fatal(refusal)
		}
	}
}

// A refusal with the validator's help: positions, nearest names.
func BenchmarkRefusal(b *testing.B) {
	payload := bytes.Replace(benchRequest(b), []byte(`"attempts"`), []byte(`"atempts"`), 1)
	b.ReportAllocs()
	for b.Loop() {
		if _, refusal := Decode(KindRequest, payload); refusal == nil {
			b.Fatal("taken")
		}
	}
}

func benchRequest(b *testing.B) []byte {
	b.Helper()
	var flat bytes.Buffer
	if err := json.Compact(&flat, samples(b, validSamples, KindRequest)["full"]); err != nil {
		b.Fatal(err)
	}
	return flat.Bytes()
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
