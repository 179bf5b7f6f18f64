package cmd

import (
	"encoding/json"

	"expertcontroller/controller"
	"expertcontroller/schema"
)

// redacted takes secrets out of an answer, as far as any agent's schema tells which
// parameters are some.
func (s *served) redacted(v any) (any, error) {
	var secrets map[string][]string
	s.actor.View(func(state *controller.State) { secrets = state.Secrets() })
	if len(secrets) == 0 {
		return v, nil
	}
	raw, ok := v.(json.RawMessage)
	if !ok {
		out, err := schema.Encode(v)
		if err != nil {
			return nil, err
		}
		raw = out
	}
	return controller.Redact(raw, secrets)
}
