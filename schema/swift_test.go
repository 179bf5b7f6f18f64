package schema

import (
	"bytes"
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// swiftly reads a payload both ways: where swift says yes, encoding/json does, too, and
// the values are the same.
func swiftly(t tester, typ reflect.Type, payload []byte) bool {
	t.Helper()
	quick, slow := reflect.New(typ), reflect.New(typ)
	if !swift(payload, quick.Interface()) {
		if !quick.Elem().IsZero() {
			t.Fatalf("%s: %s was given up, and something stays", typ, payload)
		}
		return false
	}
	if err := json.Unmarshal(payload, slow.Interface()); err != nil {
		t.Fatalf("%s: %s was taken, but: %v", typ, payload, err)
	}
	if !reflect.DeepEqual(quick.Interface(), slow.Interface()) {
		t.Fatalf("%s: %s was read as\n%+v, should be\n%+v", typ, payload, quick.Elem(), slow.Elem())
	}
	return true
}

// What our own programs write goes the short way, whole or with fields of a newer build.
func TestSwiftTakesWhatWeWrite(t *testing.T) {
	for _, kind := range Kinds() {
		typ := reflect.TypeOf(New(kind)).Elem()
		for name, payload := range samples(t, validSamples, kind) {
			v := reflect.New(typ)
			if err := json.Unmarshal(payload, v.Interface()); err != nil {
				continue // numbers that only the long way takes
			}
			written, err := Encode(v.Interface())
			if err != nil {
				t.Fatal(err)
			}
			if len(written) == len("{}") {
				continue
			}
			for _, p := range [][]byte{written, append([]byte(`{"newer":[{"a":-1.5e3,"b":null,"c":"\u00e4\n"},true,[]],`), written[1:]...)} {
				if !swiftly(t, typ, p) {
					t.Errorf("%s, %s: %s was given up", kind, name, p)
				}
			}
			swiftly(t, typ, payload)
		}
	}
}

func TestSwiftAndJSONAgree(t *testing.T) {
	entry := reflect.TypeFor[Entry]()
	for payload, want := range map[string]bool{
		`{"entry":1}`: true, `{"entry":0}`: true, ` {"entry" : 1 } `: true, `{"documents":null,"checkpoint":null}`: true, `{"documents":[]}`: true,
		`{"documents":[{"key":"k","value":null},{"key":"k","value":[1,{"a":"b"}]}]}`: true, `{"x":{"entry":"y"}}`: true,
		`{"entry":01}`: false, `{"entry":-1}`: false, `{"entry":1.0}`: false, `{"entry":1e2}`: false, `{"entry":null}`: false, `{"entry":1}x`: false,
		`{"Entry":1}`: false, `{"entry":1,"entry":2}`: false, `{"entry":1,}`: false, `{"entry":18446744073709551616}`: false, `{"x":tru}`: false,
		`{"x":1.}`: false, `{"x":-}`: false, `{"x":"` + "\x01" + `"}`: false, `{"x":"` + "\xff" + `"}`: false, `{"id":"\ud800"}`: false, `{"at":"yesterday"}`: false,
		`{"at":"2026-11-21 12:00:00Z"}`: false, `[]`: false, ``: false, `null`: false, `{`: false, `{"x":[1}`: false, `{"x":{"a"}}`: false,
	} {
		if got := swiftly(t, entry, []byte(payload)); got != want {
			t.Errorf("%s: taken %t, want %t", payload, got, want)
		}
	}
	if payload := bytes.Repeat([]byte(`{"x":`), 100); swiftly(t, entry, append(append(payload, '1'), bytes.Repeat([]byte(`}`), 100)...)) {
		t.Error("deep nesting goes the short way")
	}
}

// Samples with some bytes changed: never a yes where encoding/json says no.
func TestSwiftOnMutatedSamples(t *testing.T) {
	for _, kind := range slices.Sorted(slices.Values(Kinds())) {
		typ, all := reflect.TypeOf(New(kind)).Elem(), samples(t, validSamples, kind)
		maps.DeleteFunc(all, func(_ string, payload []byte) bool { return len(payload) == 0 })
		names := slices.Sorted(maps.Keys(all))
		rapid.Check(t, func(rt *rapid.T) {
			payload := slices.Clone(all[rapid.SampledFrom(names).Draw(rt, "sample")])
			for range rapid.IntRange(1, 3).Draw(rt, "changes") {
				at := rapid.IntRange(0, len(payload)-1).Draw(rt, "at")
				with := rapid.SampledFrom([]string{"", `"`, `\`, `,`, `:`, `{`, `}`, `[`, `]`, `0`, `-`, `.`, `e`, ` `, "\x00", "\xc3", `null`, `true`, `1`, `"x":1,`, `\u0041`, `T`}).Draw(rt, "with")
				cut := rapid.IntRange(0, min(2, len(payload)-at)).Draw(rt, "cut")
				payload = slices.Concat(payload[:at], []byte(with), payload[at+cut:])
				if len(payload) == 0 {
					break
				}
			}
			swiftly(rt, typ, payload)
		})
	}
}

// An entry as it stands in the log.
func BenchmarkRead(b *testing.B) {
	payload := samples(b, validSamples, KindEntry)
	largest := slices.MaxFunc(slices.Collect(maps.Values(payload)), func(x, y []byte) int { return len(x) - len(y) })
	var flat bytes.Buffer
	if err := json.Compact(&flat, largest); err != nil {
		b.Fatal(err)
	}
	for name, read := range map[string]func() error{
		"swift": func() error { _, err := Read[Entry](flat.Bytes()); return err },
		"json":  func() error { return json.Unmarshal(flat.Bytes(), new(Entry)) },
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(flat.Len()))
			b.ReportAllocs()
			for b.Loop() {
				if err := read(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
