package schema

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// bothWays writes a value with its writer and with encoding/json: the same bytes, or the
// same refusal.
func bothWays(t tester, v any) {
	t.Helper()
	quick, err := Encode(v)
	slow, refused := encodeSlowly(v)
	if (err == nil) != (refused == nil) || !bytes.Equal(quick, slow) {
		t.Fatalf("%T is written as\n%s, %v\nencoding/json writes\n%s, %v", v, quick, err, slow, refused)
	}
}

// Every kind has a writer, and it writes what encoding/json does.
func TestEveryKindIsWrittenAsEver(t *testing.T) {
	for _, kind := range Kinds() {
		v := reflect.ValueOf(New(kind))
		if writerOf(v.Type()) == nil {
			t.Errorf("%s has no writer: encoding/json writes it, slowly", kind)
		}
		bothWays(t, v.Interface())
		bothWays(t, v.Elem().Interface())
		for _, payload := range samples(t, validSamples, kind) {
			v := New(kind)
			if err := json.Unmarshal(payload, v); err == nil {
				bothWays(t, v)
			}
		}
	}
}

// Values of all kinds filled at random, with the texts and times that are hard to write.
func TestRandomValuesAreWrittenAsEver(t *testing.T) {
	kinds := Kinds()
	rapid.Check(t, func(t *rapid.T) {
		v := reflect.ValueOf(New(rapid.SampledFrom(kinds).Draw(t, "kind")))
		fill(t, v.Elem(), 0)
		bothWays(t, v.Interface())
	})
}

// What was encoded stays as it was, whatever is encoded after it in the same place.
func TestAPayloadIsItsOwn(t *testing.T) {
	encode := func(v any) []byte {
		out, err := Encode(v)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	for _, n := range []int{1, 1000, largestDesk - 2, largestDesk, 4 * largestDesk} {
		first, other := strings.Repeat("a", n), strings.Repeat("b", n)
		out := encode(&first)
		for range 10 {
			encode(&other)
		}
		if string(out) != `"`+first+`"` {
			t.Errorf("another payload stands where one of %d bytes stood", n)
		}
	}
}

var hardTexts = []string{"", "plain", "a\"b\\c/", "<&>", "\x00\x1f\x7f\b\f\n\r\t", "ä€𝄞", "\xff\xc3", "\u2028\u2029", "\ufffd", "\xe2\x80"}

func fill(t *rapid.T, v reflect.Value, depth int) {
	switch v.Type() {
	case timeType:
		times := []time.Time{{}, time.Unix(0, 0).UTC(), time.Date(2026, 11, 21, 12, 0, 0, 120, time.UTC), time.Date(-1, 1, 1, 0, 0, 0, 0, time.UTC),
			time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2026, 1, 1, 0, 0, 0, 0, time.FixedZone("", 5400)), time.Date(2026, 1, 1, 0, 0, 0, 0, time.FixedZone("", 100000))}
		v.Set(reflect.ValueOf(times[max(0, rapid.IntRange(-len(times), len(times)-1).Draw(t, "time"))]))
		return
	case rawType:
		v.Set(reflect.ValueOf(json.RawMessage(rapid.SampledFrom([]string{`{}`, ` { "a" : [ 1 , "b c" ] } `, `null`, `"<>"`, `{"x"`, ``}).Draw(t, "raw"))))
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		if depth < 8 && rapid.Bool().Draw(t, "there") {
			v.Set(reflect.New(v.Type().Elem()))
			fill(t, v.Elem(), depth+1)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			fill(t, v.Field(i), depth+1)
		}
	case reflect.Slice:
		if n := rapid.IntRange(-1, 2).Draw(t, "items"); n >= 0 && depth < 8 {
			v.Set(reflect.MakeSlice(v.Type(), n, n))
			for i := range n {
				fill(t, v.Index(i), depth+1)
			}
		}
	case reflect.Map:
		if n := rapid.IntRange(-1, 3).Draw(t, "names"); n >= 0 {
			v.Set(reflect.MakeMap(v.Type()))
			for range n {
				item := reflect.New(v.Type().Elem()).Elem()
				fill(t, item, depth+1)
				v.SetMapIndex(reflect.ValueOf(rapid.SampledFrom(hardTexts).Draw(t, "name")), item)
			}
		}
	case reflect.String:
		v.SetString(rapid.SampledFrom(hardTexts).Draw(t, "text"))
	case reflect.Bool:
		v.SetBool(rapid.Bool().Draw(t, "bool"))
	case reflect.Int, reflect.Int64:
		v.SetInt(rapid.Int64Range(-5, 5).Draw(t, "number") * rapid.SampledFrom([]int64{1, 1e9, 1 << 60}).Draw(t, "size"))
	case reflect.Uint64:
		v.SetUint(rapid.Uint64().Draw(t, "number"))
	default:
		t.Fatalf("no values for %s", v.Type())
	}
}

// A status as most are: what a controller writes most.
func BenchmarkEncodeStatus(b *testing.B) {
	status := benchStatus(b)
	for name, encode := range map[string]func(any) ([]byte, error){"writer": Encode, "encoding-json": encodeSlowly} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				out, err := encode(status)
				if err != nil {
					b.Fatal(err)
				}
				b.SetBytes(int64(len(out)))
			}
		})
	}
}

func benchStatus(b *testing.B) *Status {
	b.Helper()
	request, err := Read[Request](benchRequest(b))
	if err != nil {
		b.Fatal(err)
	}
	at := time.Date(2026, 11, 21, 12, 2, 10, 123456789, time.UTC)
	by := By{Role: RoleExpert, Name: "daqexpert", Via: ViaCall, Auth: "subject"}
	s := &Status{
		Type: Type(KindStatus), Token: "cms-37", Revision: 3, Entry: 4711, System: "cms", State: AwaitingApproval, AskedBy: by,
		Problems: []ProblemStatus{{Expert: "daqexpert", ID: "101", Key: request.Problem.Title, Title: request.Problem.Title, Description: request.Problem.Description, Context: request.Problem.Context}},
		Prompt:   &Prompt{ID: "cms-37.p1", Kind: "approve", Why: "this step needs an operator's approval", Opened: at, Expires: &at}, Deadline: &at, PollAfter: Duration(2 * time.Second),
		Event: Event{Kind: EventPrompted, At: at, By: by, Text: "asks to approve", Token: "cms-37"}, Created: at, Updated: at, RequestID: "7f1c",
	}
	for i, step := range request.Steps {
		s.Steps = append(s.Steps, StepStatus{Index: i, Title: step.Title, Action: step.Action, Agent: "l0", State: StepWaiting, Attempts: []Attempt{}})
	}
	return s
}
