package schema

import (
	"encoding/json"
	"reflect"
	"regexp"
	"strings"
	"testing"
)

// spellings are other ways to write the same whole number.
var spellings = []func(n string) string{
	func(n string) string { return n + ".0" },
	func(n string) string { return n + "e0" },
	func(n string) string { return n + "0e-1" },
	func(n string) string { return n + ".000E+00" },
}

var wholeNumber = regexp.MustCompile(`([:\[,]\s*)(-?\d+)(\s*[,}\]])`)

// Whatever Decode takes as a request is read alike when it is read again from the same
// bytes: out of the log, by whoever folds it later.
func TestARequestIsReadAgainAsItWasTaken(t *testing.T) {
	requests := samples(t, validSamples, KindRequest)
	requests["numbers"] = []byte(`{"type":"recovery.v1.request","priority":10,"problem":{"id":"1","title":"t"},"steps":[
		{"title":"a","action":"x","attempts":2,"parameters":{"n":2,"m":[1,2]}},{"title":"b","by_hand":true,"attempts":3}]}`)
	respelled := 0
	for name, payload := range requests {
		variants := [][]byte{payload}
		for _, spell := range spellings {
			variant := wholeNumber.ReplaceAllFunc(payload, func(m []byte) []byte {
				p := wholeNumber.FindSubmatch(m)
				respelled++
				return []byte(string(p[1]) + spell(string(p[2])) + string(p[3]))
			})
			variants = append(variants, variant)
		}
		for i, payload := range variants {
			taken, bad := Decode(KindRequest, payload)
			if bad != nil {
				t.Errorf("%s, spelling %d: refused: %v", name, i, bad)
				continue
			}
			var s Status
			if err := s.Take(payload); err != nil {
				t.Errorf("%s, spelling %d: %v", name, i, err)
				continue
			}
			if !reflect.DeepEqual(s.Request, taken) {
				t.Errorf("%s, spelling %d: taken %+v, read again %+v", name, i, taken, s.Request)
			}
		}
	}
	if respelled < 10 {
		t.Fatalf("only %d numbers were spelled otherwise", respelled)
	}
}

// What a newer build knows more of is left out, also where a number is spelled otherwise.
func TestARequestOfANewerBuildIsReadAgain(t *testing.T) {
	var s Status
	payload := `{"type":"recovery.v1.request","problem":{"id":"1","title":"t"},"new":{"n":1e1},"steps":[{"title":"a","by_hand":true,"attempts":2.0,"newer":3.0}]}`
	if err := s.Take([]byte(payload)); err != nil || s.Request.Steps[0].Attempts != 2 {
		t.Fatalf("%+v, %v", s.Request, err)
	}
	if err := s.Take([]byte(strings.Replace(payload, "2.0", "2.5", 1))); err == nil {
		t.Fatal("two and a half attempts were read")
	}
}

func FuzzARequestIsReadAgain(f *testing.F) {
	for _, payload := range samples(f, validSamples, KindRequest) {
		f.Add(payload)
	}
	f.Add([]byte(`{"type":"recovery.v1.request","priority":-1e1,"problem":{"id":"1","title":"t"},"steps":[{"title":"b","by_hand":true,"attempts":20e-1}]}`))
	f.Fuzz(func(t *testing.T, payload []byte) {
		taken, bad := Decode(KindRequest, payload)
		if bad != nil {
			return
		}
		var s Status
		if err := s.Take(payload); err != nil || !reflect.DeepEqual(s.Request, taken) {
			t.Fatalf("%s: taken %+v, read again %+v, %v", payload, taken, s.Request, err)
		}
		if _, err := json.Marshal(s.Request); err != nil {
			t.Fatal(err)
		}
	})
}
