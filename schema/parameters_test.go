package schema

import (
	"encoding/json"
	"strings"
	"testing"
)

const takes = `{"type":"object","properties":{
	"unit":{"type":"string","pattern":"^[a-z]+$"},"count":{"type":"integer","minimum":1,"maximum":9},
	"red":{"type":"array","items":{"enum":["HCAL","ECAL"]}},
	"password":{"secret":true,"type":"object","properties":{"secret":{"enum":["db"]}},"required":["secret"],"additionalProperties":false}},
	"required":["unit"],"additionalProperties":false}`

func TestParametersAreHeldToTheirSchema(t *testing.T) {
	p, err := CompileParameters(json.RawMessage(takes))
	if err != nil {
		t.Fatal(err)
	}
	for values, want := range map[string]string{
		`{"unit":"web"}`: "",
		`{"unit":"web","count":3,"red":["HCAL"],"password":{"secret":"db"}}`: "",
		``:                                 "parameters.unit: is missing: give text that matches \"^[a-z]+$\"",
		`{"unit":"a b"}`:                   `parameters.unit: is "a b": give text that matches "^[a-z]+$"`,
		`{"unit":"$(reboot)"}`:             `parameters.unit: is "$(reboot)": give text that matches "^[a-z]+$"`,
		`{"unit":"a","count":"3"}`:         `parameters.count: is the text "3": give a whole number from 1 to 9, without quotes`,
		`{"unit":"a","red":["X"]}`:         `parameters.red[0]: is "X": give one of HCAL, ECAL`,
		`{"unit":"a","nit":"a"}`:           "parameters.nit: is not known here: did you mean unit? Correct the name, or leave it out",
		`{"unit":"a","unit":"b"}`:          "parameters.unit: is given twice: give it once",
		`[]`:                               "parameters: is a list: give an object of ",
		`{"unit":"a","password":"geheim"}`: `parameters.password: doesn't name a secret: give {"secret": "NAME"} with the name of one of the agent's secrets, never the secret itself`,
		`{"unit":"a","password":{"secret":"geheim"}}`: `parameters.password: doesn't name a secret`,
		`{"unit":"a","password":{"geheim":1}}`:        `parameters.password: doesn't name a secret`,
	} {
		refusal := p.Check(json.RawMessage(values))
		switch {
		case want == "" && refusal != nil:
			t.Errorf("%s: refused: %v", values, refusal)
		case want != "" && refusal == nil:
			t.Errorf("%s: taken, want %q", values, want)
		case want != "" && strings.Contains(refusal.Error(), "geheim"):
			t.Errorf("%s: the refusal repeats it: %v", values, refusal)
		case want != "" && !strings.HasPrefix(refusal.Error(), strings.TrimSuffix(want, "of ")):
			t.Errorf("%s: refused with\n%s\nwant\n%s", values, refusal, want)
		}
	}
}

// A schema that hides where a secret belongs behind branches still doesn't make
// anybody repeat it.
func TestNoBranchRepeatsASecret(t *testing.T) {
	p, err := CompileParameters(json.RawMessage(`{"$defs":{"s":{"secret":true,"type":"object"}},"properties":{"p":{"$ref":"#/$defs/s"}}}`))
	if err != nil {
		t.Fatal(err)
	}
	if refusal := p.Check(json.RawMessage(`{"p":"geheim"}`)); refusal == nil || strings.Contains(refusal.Error(), "geheim") {
		t.Errorf("%v", refusal)
	}
}

func TestASchemaOfParametersLeadsNowhere(t *testing.T) {
	for raw, want := range map[string]string{
		`{"$ref":"file:///etc/passwd"}`:        "leads outside",
		`{"$ref":"http://127.0.0.1/x"}`:        "leads outside",
		`{"type":"strung"}`:                    "is none",
		`{"properties":{"a":{"pattern":"("}}}`: "is none",
		`{`:                                    "reading the schema",
	} {
		if _, err := CompileParameters(json.RawMessage(raw)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", raw, err, want)
		}
	}
}
