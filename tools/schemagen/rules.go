package main

import (
	"encoding/json"

	"expertcontroller/schema"
)

// rules are what no tag can say: how fields of one type go together. Package
// schema says the same in Go (Check), with a better sentence; a test holds both
// together. Only inputs carry them.
var rules = map[string][]any{
	"Request": {
		// cure probe needs a probe.
		raw(`{"if":{"properties":{"cure":{"const":"probe"}},"required":["cure"]},"then":{"required":["probe"]}}`),
	},
	"Step": {
		// A step has an action, or is by hand.
		raw(`{"if":{"properties":{"by_hand":{"const":true}},"required":["by_hand"]},"then":{"properties":{"action":false}},"else":{"required":["action"]}}`),
	},
	"Relation": {
		// Only by_priority needs no other recovery's token.
		raw(`{"if":{"properties":{"kind":{"const":"by_priority"}}},"else":{"required":["to"]}}`),
	},
	"Decide": {
		// choose says which step.
		raw(`{"if":{"properties":{"decision":{"const":"choose"}},"required":["decision"]},"then":{"required":["step"]}}`),
	},
	"Hold": {
		// Either a key or a problem.
		raw(`{"oneOf":[{"properties":{"key":{"minLength":1}},"required":["key"]},{"properties":{"problem":{"minLength":1}},"required":["problem"]}]}`),
	},
	"Policy": {
		// A route is for an action, or for the rest.
		raw(`{"properties":{"routes":{"propertyNames":{"anyOf":[{"const":"*"},{"pattern":` + quoted(schema.PatternName) + `}]}}}}`),
	},
	"SecretSource": {
		// A file, or a variable.
		raw(`{"oneOf":[{"properties":{"file":{"minLength":1}},"required":["file"]},{"properties":{"env":{"minLength":1}},"required":["env"]}]}`),
	},
	"Recipe": {
		// One way to carry it out.
		raw(`{"oneOf":[{"required":["exec"]},{"required":["http"]},{"required":["nats"]}]}`),
	},
	"CutOffRecipe": {
		// stop says after how long.
		raw(`{"if":{"properties":{"do":{"const":"stop"}},"required":["do"]},"then":{"required":["after"]}}`),
	},
	"StatusQuery": {
		// A token, or an expert with a request's id or a problem's.
		raw(`{"anyOf":[{"required":["token"]},` +
			`{"properties":{"id":{"minLength":1}},"required":["id","expert"]},` +
			`{"properties":{"problem":{"minLength":1}},"required":["problem","expert"]}]}`),
	},
}

func raw(s string) json.RawMessage { return json.RawMessage(s) }

func quoted(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		panic(err) // a string always encodes
	}
	return string(b)
}
