package schema

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

var update = flag.Bool("update", false, "write down what invalid samples are answered; a person reads the diff")

const (
	validSamples   = "../testdata/messages/valid"
	invalidSamples = "../testdata/messages/invalid"
	requestSamples = "../testdata/requests"
)

// samples gives the files of a kind, by name.
func samples(t testing.TB, dir, kind string) map[string][]byte {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, kind, "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][]byte{}
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		out[strings.TrimSuffix(filepath.Base(name), ".json")] = b
	}
	return out
}

// tester is what testing.T and rapid.T share.
type tester interface {
	Helper()
	Fatalf(format string, args ...any)
}

// foreign compiles the file of a kind as anybody else would: none of our
// patterns, formats or shortcuts.
func foreign(t testing.TB, kind string) *jsonschema.Schema {
	t.Helper()
	text, err := Schema(kind)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("foreign:///"+kind, doc); err != nil {
		t.Fatal(err)
	}
	sch, err := c.Compile("foreign:///" + kind)
	if err != nil {
		t.Fatal(err)
	}
	return sch
}

// wellFormed tells whether a message is one that schemas are about: their reader
// knows no size, no names given twice, no halves of characters.
func wellFormed(kind string, payload []byte) bool {
	if queries[kind] && len(bytes.TrimSpace(payload)) == 0 {
		return false
	}
	_, _, refusal := scan(payload)
	return refusal == nil && (len(payload) <= MaxInput || !Input(kind))
}

// agree holds that Decode, the long way and a foreign validator say the same of a
// message, and that the two ways of ours give the same value.
func agree(t tester, kind string, sch *jsonschema.Schema, payload []byte) {
	t.Helper()
	v, refusal := Decode(kind, payload)
	long, longRefusal := decode(kind, payload)
	if !reflect.DeepEqual(refusal, longRefusal) {
		t.Fatalf("%s: %s\ndecode says %v, the long way %v", kind, payload, refusal, longRefusal)
	}
	if refusal == nil && !reflect.DeepEqual(v, long) {
		t.Fatalf("%s: %s\ndecode gives %+v, the long way %+v", kind, payload, v, long)
	}
	if refusal != nil {
		checkRefusal(t, refusal)
	}
	if !wellFormed(kind, payload) {
		return
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(payload))
	if err != nil {
		t.Fatalf("%s: %s\na foreign reader says %v", kind, payload, err)
	}
	err = sch.Validate(doc)
	if (err == nil) != (refusal == nil) {
		t.Fatalf("%s: %s\ndecode says %v, a foreign validator %v", kind, payload, refusal, err)
	}
}

// checkRefusal holds the form of a refusal: a code, a field that fits, a sentence
// with a remedy, nothing raw from outside.
func checkRefusal(t tester, e *Error) {
	t.Helper()
	if e.Type != Type(KindError) || e.Code != 400 && e.Code != 413 || e.Reason != CodeMalformed && e.Reason != CodeTooLarge {
		t.Fatalf("refused as %+v", e)
	}
	if len([]rune(e.Field)) > maxField || len([]rune(e.Text)) > 2000 || Clean(e.Error()) != e.Error() {
		t.Fatalf("refused with raw or endless words: %q", e.Error())
	}
	if !strings.ContainsAny(e.Text, ":;") {
		t.Fatalf("refused without a remedy: %q", e.Error())
	}
}

// Every kind has a type, a schema and at least one valid sample; nothing else
// lies among the samples.
func TestEveryKindHasTypeSchemaAndSamples(t *testing.T) {
	kinds := Kinds()
	for _, kind := range kinds {
		if !strings.HasPrefix(Type(kind), Prefix) || Kind(Type(kind)) != kind {
			t.Errorf("%s: its type is %s", kind, Type(kind))
		}
		text, err := Schema(kind)
		if err != nil {
			t.Error(err)
			continue
		}
		var doc struct {
			Title                string
			Properties           map[string]struct{ Const string }
			AdditionalProperties *bool
		}
		if err := json.Unmarshal(text, &doc); err != nil {
			t.Errorf("%s: %v", kind, err)
		}
		if doc.Title != Type(kind) || doc.Properties["type"].Const != Type(kind) {
			t.Errorf("%s: title %q, type %q", kind, doc.Title, doc.Properties["type"].Const)
		}
		if closed := doc.AdditionalProperties != nil && !*doc.AdditionalProperties; closed != Input(kind) {
			t.Errorf("%s: closed %t, input %t", kind, closed, Input(kind))
		}
		if len(samples(t, validSamples, kind)) == 0 {
			t.Errorf("%s has no valid sample", kind)
		}
		if len(samples(t, invalidSamples, kind)) == 0 {
			t.Errorf("%s has no invalid sample", kind)
		}
	}
	for _, dir := range []string{validSamples, invalidSamples} {
		there, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range there {
			if !slices.Contains(kinds, d.Name()) {
				t.Errorf("%s/%s: there is no such kind", dir, d.Name())
			}
		}
	}
}

// A valid sample is taken, by a foreign validator, too; encoded and decoded again
// it is the same value.
func TestValidSamples(t *testing.T) {
	for _, kind := range Kinds() {
		sch := foreign(t, kind)
		for name, payload := range samples(t, validSamples, kind) {
			t.Run(kind+"/"+name, func(t *testing.T) {
				v, refusal := Decode(kind, payload)
				if refusal != nil {
					t.Fatal(refusal)
				}
				agree(t, kind, sch, payload)
				again, err := Encode(v)
				if err != nil {
					t.Fatal(err)
				}
				w, refusal := Decode(kind, again)
				if refusal != nil {
					t.Fatalf("encoded: %s\n%v", again, refusal)
				}
				if !reflect.DeepEqual(compact(t, v), compact(t, w)) {
					t.Errorf("decoded %+v\nencoded and decoded %+v", v, w)
				}
			})
		}
	}
}

// compact gives a value with the free JSON in it in one form: encoding takes the
// white space out of it.
func compact(t *testing.T, v any) any {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	out := reflect.New(reflect.TypeOf(v).Elem()).Interface()
	if err := json.Unmarshal(b, out); err != nil {
		t.Fatal(err)
	}
	return out
}

// An invalid sample is refused with the sentence beside it, and by a foreign validator.
func TestInvalidSamples(t *testing.T) {
	total := 0
	for _, kind := range Kinds() {
		sch := foreign(t, kind)
		for name, payload := range samples(t, invalidSamples, kind) {
			total++
			t.Run(kind+"/"+name, func(t *testing.T) {
				v, refusal := Decode(kind, payload)
				if refusal == nil {
					t.Fatalf("taken as %+v", v)
				}
				agree(t, kind, sch, payload)
				file := filepath.Join(invalidSamples, kind, name+".txt")
				got := refusal.Error() + "\n"
				if *update {
					if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
						t.Fatal(err)
					}
					return
				}
				want, err := os.ReadFile(file)
				if err != nil {
					t.Fatal(err)
				}
				if got != string(want) {
					t.Errorf("refused with\n%swant\n%s", got, want)
				}
			})
		}
	}
	if total < 60 {
		t.Errorf("%d invalid samples: 60 at least", total)
	}
}

// The recorded requests are requests.
func TestRecordedRequests(t *testing.T) {
	sch := foreign(t, KindRequest)
	requests := samples(t, requestSamples, "")
	if len(requests) != 9 {
		t.Errorf("%d requests: the table has 9 rows", len(requests))
	}
	for name, payload := range requests {
		v, refusal := Decode(KindRequest, payload)
		if refusal != nil {
			t.Errorf("%s: %v", name, refusal)
			continue
		}
		agree(t, KindRequest, sch, payload)
		r := v.(*Request)
		if r.Expires != nil || r.NotBefore != nil || r.Deadline != nil || r.Problem.Since != nil {
			t.Errorf("%s holds a time: the sender gives times of now", name)
		}
		for i, s := range r.Steps {
			if s.Agent != "" || s.Title == "" {
				t.Errorf("%s: step %d names agent %q, title %q: routes decide who acts, and people read a title", name, i, s.Agent, s.Title)
			}
		}
	}
}
