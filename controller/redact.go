package controller

import (
	"bytes"
	"encoding/json"
	"fmt"

	"expertcontroller/schema"
)

// redactedText stands where a secret stood: it came in before any agent said that the
// parameter is one.
const redactedText = "(redacted)"

// Redact takes secrets out of a JSON document, as far as Secrets tells which parameters
// of which actions are some; where there are none, it gives back the same bytes.
func Redact(raw json.RawMessage, secrets map[string][]string) (json.RawMessage, error) {
	there := false
	for _, names := range secrets {
		for _, name := range names {
			there = there || bytes.Contains(raw, []byte(name))
		}
	}
	if !there {
		return raw, nil
	}
	var tree any
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	if err := decoder.Decode(&tree); err != nil {
		return nil, fmt.Errorf("taking secrets out of an answer: %w", err)
	}
	if !redactTree(tree, secrets) {
		return raw, nil
	}
	return schema.Encode(tree)
}

// redactTree looks for actions with their parameters, however deep, and tells whether
// it took anything out.
func redactTree(v any, secrets map[string][]string) (did bool) {
	switch v := v.(type) {
	case []any:
		for _, each := range v {
			did = redactTree(each, secrets) || did
		}
	case map[string]any:
		action, _ := v["action"].(string)
		if parameters, ok := v["parameters"].(map[string]any); ok && action != "" {
			for _, name := range secrets[action] {
				if value, there := parameters[name]; there && value != redactedText && !namesSecret(value) {
					parameters[name], did = redactedText, true
				}
			}
		}
		for _, each := range v {
			did = redactTree(each, secrets) || did
		}
	}
	return did
}

func namesSecret(value any) bool {
	named, ok := value.(map[string]any)
	name, isText := named["secret"].(string)
	return ok && isText && name != "" && len(named) == 1
}
