package schema

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"pgregory.net/rapid"
)

// FuzzDecode: whatever comes in, decoding does not panic, both ways agree, a
// foreign validator says the same, a refusal is a clean sentence, and what was
// taken can be encoded and is taken again.
func FuzzDecode(f *testing.F) {
	kinds := slices.Sorted(slices.Values(Kinds()))
	foreigns := make([]*jsonschema.Schema, len(kinds))
	for i, kind := range kinds {
		foreigns[i] = foreign(f, kind)
		for _, dir := range []string{validSamples, invalidSamples} {
			for _, payload := range samples(f, dir, kind) {
				f.Add(byte(i), payload)
			}
		}
	}
	f.Fuzz(func(t *testing.T, which byte, payload []byte) {
		i := int(which) % len(kinds)
		fuzzed(t, kinds[i], foreigns[i], payload)
	})
}

func fuzzed(t tester, kind string, sch *jsonschema.Schema, payload []byte) {
	t.Helper()
	agree(t, kind, sch, payload)
	Fingerprint(payload)
	v, refusal := Decode(kind, payload)
	if refusal != nil {
		return
	}
	again, err := Encode(v)
	if err != nil {
		t.Fatalf("%s: %s was taken and can't be encoded: %v", kind, payload, err)
	}
	if _, refusal := Decode(kind, again); refusal != nil && len(again) <= MaxInput {
		t.Fatalf("%s: %s was taken; encoded it is refused: %s\n%v", kind, payload, again, refusal)
	}
}

// A valid message with something changed at random: taken or refused, but by
// everybody alike. This reaches deeper than bytes at random do.
func TestMutatedSamples(t *testing.T) {
	for _, kind := range slices.Sorted(slices.Values(Kinds())) {
		sch := foreign(t, kind)
		all := samples(t, validSamples, kind)
		names := slices.Sorted(maps.Keys(all))
		t.Run(kind, func(t *testing.T) {
			rapid.Check(t, func(rt *rapid.T) {
				payload := all[rapid.SampledFrom(names).Draw(rt, "sample")]
				var tree any
				if len(bytes.TrimSpace(payload)) == 0 {
					tree = map[string]any{}
				} else if err := json.Unmarshal(payload, &tree); err != nil {
					t.Fatal(err)
				}
				for range rapid.IntRange(1, 3).Draw(rt, "changes") {
					tree = changed(rt, tree)
				}
				b, err := json.Marshal(tree)
				if err != nil {
					t.Fatal(err)
				}
				fuzzed(rt, kind, sch, b)
			})
		})
	}
}

// odd are values that are wrong somewhere, and right elsewhere.
// Some are lists and objects that later changes go into: they are made anew.
func odd(t *rapid.T) any {
	return rapid.SampledFrom([]any{
		nil, true, false, 0, 1, -1, 1.5, 1e3, 65, 1001, 1 << 53, -(1 << 53), 1e300,
		"", " ", "x", "cms-37", "cms-37.p1", "cms-0", "20s", "0", "1h30m", "-1s", "5", "2026-11-21T12:02:10Z", "2026-02-29T00:00:00Z", "2026-11-21T12:02:10+01:00",
		"preempt", "by_priority", "probe", "choose", "approval", "done", "*", "a b", "\x00\x1b[2J", "é", "recovery.v1.request", "recovery.v1.query",
		[]any{}, []any{nil}, []any{"x"}, []any{map[string]any{}}, map[string]any{}, map[string]any{"x": 1.0}, map[string]any{"action": "x"},
	}).Draw(t, "odd")
}

var oddNames = []string{"type", "id", "token", "step", "action", "by_hand", "to", "key", "problem", "probe", "x", "", "Type", "a.b", "0"}

// changed puts something odd somewhere, takes something away or repeats it.
func changed(t *rapid.T, v any) any {
	switch v := v.(type) {
	case map[string]any:
		if len(v) > 0 && rapid.IntRange(0, 3).Draw(t, "down") > 0 {
			name := rapid.SampledFrom(slices.Sorted(maps.Keys(v))).Draw(t, "name")
			v[name] = changed(t, v[name])
			return v
		}
		names := slices.Sorted(maps.Keys(v))
		switch rapid.IntRange(0, 2).Draw(t, "how") {
		case 0:
			v[rapid.SampledFrom(append(names, oddNames...)).Draw(t, "added")] = odd(t)
		case 1:
			if len(names) > 0 {
				delete(v, rapid.SampledFrom(names).Draw(t, "removed"))
			}
		default:
			return odd(t)
		}
		return v
	case []any:
		if len(v) > 0 && rapid.IntRange(0, 3).Draw(t, "down") > 0 {
			i := rapid.IntRange(0, len(v)-1).Draw(t, "item")
			v[i] = changed(t, v[i])
			return v
		}
		if len(v) > 0 && rapid.Bool().Draw(t, "repeat") {
			out := slices.Clone(v)
			for range rapid.SampledFrom([]int{1, 16, 64, 200}).Draw(t, "times") {
				out = append(out, v[0])
			}
			return out
		}
	case string:
		if rapid.Bool().Draw(t, "longer") {
			return v + string(bytes.Repeat([]byte("y"), rapid.SampledFrom([]int{1, 64, 200, 2000}).Draw(t, "by")))
		}
	}
	return odd(t)
}
