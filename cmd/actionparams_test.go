package cmd

import (
	"encoding/json"
	"testing"
)

// A --param's value gets the type that the action's schema says; what doesn't fit
// stays text, so that the check refuses it with the remedy.
func TestParametersGetTheirTypes(t *testing.T) {
	for _, c := range []struct{ property, text, want string }{
		{`{"type":"string"}`, "5", `"5"`},
		{`{"type":"integer"}`, "5", `5`},
		{`{"type":"integer"}`, "five", `"five"`},
		{`{"type":"integer"}`, "0x5", `"0x5"`},
		{`{"type":"number"}`, "1.5", `1.5`},
		{`{"type":"number"}`, "NaN", `"NaN"`},
		{`{"type":"boolean"}`, "true", `true`},
		{`{"type":"boolean"}`, "yes", `"yes"`},
		{`{"type":"array","items":{"type":"string"}}`, "HCAL,ECAL", `["HCAL","ECAL"]`},
		{`{"type":"array","items":{"type":"integer"}}`, "1,2", `[1,2]`},
		{`{"type":"array"}`, `["a,b"]`, `["a,b"]`},
		{`{"type":"array"}`, "", `[]`},
		{`{"type":"object"}`, `{"a":1}`, `{"a":1}`},
		{`{"secret":true,"type":"object"}`, "db", `{"secret":"db"}`},
		{``, "x", `"x"`},
		{`{`, "x", `"x"`},
	} {
		got, err := json.Marshal(typed(json.RawMessage(c.property), c.text))
		if err != nil || string(got) != c.want {
			t.Errorf("%s of %s: %s, %v; want %s", c.text, c.property, got, err, c.want)
		}
	}
}
