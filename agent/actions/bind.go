package actions

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strconv"

	"expertcontroller/schema"
)

// Bound is an action with the parameters of one attempt: its templates can be filled.
type Bound struct {
	*Action
	// Mask takes the file's secrets out of what comes out.
	Mask *Mask
	// parameters are those of the attempt with the defaults filled in, as they may be
	// told: a secret by its name.
	parameters map[string]any
	attempt    map[string]string
	secrets    map[string]string
	// unread is why secrets could not be read.
	unread error
	answer map[string]any
}

// Bind holds parameters against the action's schema, fills the defaults in and reads
// the secrets. An error means that nothing may be begun; it says what to do.
func (s *Set) Bind(a *Action, work schema.Work, parameters json.RawMessage) (*Bound, error) {
	given := map[string]json.RawMessage{}
	if len(bytes.TrimSpace(parameters)) > 0 {
		if err := json.Unmarshal(parameters, &given); err != nil {
			return nil, errors.New("the parameters are no object: give one")
		}
	}
	for name, value := range a.defaults {
		if _, there := given[name]; !there {
			given[name] = value
		}
	}
	whole, err := json.Marshal(given)
	if err != nil {
		return nil, fmt.Errorf("reading the parameters: %w; correct them", err)
	}
	if len(given) > 0 {
		// Names given twice are lost above, so that the parameters are held as they came, too.
		if refusal := a.takes.Check(withDefaults(parameters, whole, len(a.defaults) > 0)); refusal != nil {
			return nil, refusal
		}
	} else if refusal := a.takes.Check(nil); refusal != nil {
		return nil, refusal
	}
	b := &Bound{Action: a, attempt: attemptOf(a, work)}
	dec := json.NewDecoder(bytes.NewReader(whole))
	dec.UseNumber()
	if err := dec.Decode(&b.parameters); err != nil {
		return nil, fmt.Errorf("reading the parameters: %w; correct them", err)
	}
	b.secrets, b.unread = readSecrets(s.secrets)
	b.Mask = NewMask(values(b.secrets)...)
	for name := range a.hidden {
		if b.parameters[name] == nil {
			continue
		}
		if _, err := b.secret(nameOfSecret(b.parameters[name])); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// withDefaults gives the parameters to check: as they came where nothing was added.
func withDefaults(came json.RawMessage, whole []byte, filled bool) json.RawMessage {
	if filled {
		return whole
	}
	return came
}

func values(m map[string]string) []string {
	out := make([]string, 0, len(m))
	for _, v := range m {
		out = append(out, v)
	}
	return out
}

func attemptOf(a *Action, work schema.Work) map[string]string {
	kind := "s"
	if work.Probe {
		kind = "p"
	}
	return map[string]string{
		"id":    fmt.Sprintf("%s.%s%d.%d", work.Token, kind, work.Step, work.Attempt),
		"token": work.Token, "step": strconv.Itoa(work.Step), "number": strconv.Itoa(work.Attempt), "action": a.Name,
	}
}

// Answered lets {{answer.NAME}} say what an answer held. An error names what it lacks.
func (b *Bound) Answered(take map[string]string, document any) error {
	b.answer = map[string]any{}
	for name, pointer := range take {
		v, there := At(document, pointer)
		if _, plain := Plain(v); !there || !plain {
			return fmt.Errorf("the answer holds no text or number at %s, where %s was expected", pointer, name)
		}
		b.answer[name] = v
	}
	return nil
}

// ParametersJSON gives the parameters as one JSON object, secrets in their place.
func (b *Bound) ParametersJSON() ([]byte, error) {
	out := maps.Clone(b.parameters)
	if out == nil {
		out = map[string]any{}
	}
	for name := range b.hidden {
		if b.parameters[name] == nil {
			continue
		}
		value, err := b.secret(nameOfSecret(b.parameters[name]))
		if err != nil {
			return nil, err
		}
		out[name] = value
	}
	return schema.Encode(out)
}

func nameOfSecret(v any) string {
	if m, ok := v.(map[string]any); ok {
		if name, ok := m["secret"].(string); ok {
			return name
		}
	}
	return ""
}

func (b *Bound) secret(name string) (string, error) {
	if value, there := b.secrets[name]; there {
		return value, nil
	}
	if b.unread != nil {
		return "", b.unread
	}
	return "", fmt.Errorf("there is no secret %q: name one that the actions file lists", name)
}

// value gives what a reference stands for; false: it is missing.
func (b *Bound) value(ref *reference) (any, bool, error) {
	switch ref.of {
	case ofSecret:
		v, err := b.secret(ref.name)
		return v, true, err
	case ofAttempt:
		return b.attempt[ref.name], true, nil
	case ofAnswer:
		v, there := b.answer[ref.name]
		if !there {
			return nil, false, fmt.Errorf("nothing is known of {{answer.%s}} yet", ref.name)
		}
		return v, true, nil
	}
	v, there := b.parameters[ref.name]
	if !there || v == nil {
		return nil, false, nil
	}
	if b.hidden[ref.name] {
		s, err := b.secret(nameOfSecret(v))
		return s, true, err
	}
	return v, true, nil
}
