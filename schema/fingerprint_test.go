package schema

import (
	"bytes"
	"encoding/json"
	"os"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

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
