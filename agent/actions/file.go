package actions

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"expertcontroller/schema"
)

// maxFile is the largest actions file, in bytes.
const maxFile = 1 << 20

// Set is what an actions file says, checked.
type Set struct {
	// Warnings are what is allowed and worth a look.
	Warnings []Complaint
	name     string
	secrets  []schema.SecretSource
	actions  []*Action
	offered  []schema.Action
}

// Action is one action of a file.
type Action struct {
	schema.Recipe
	// takes is the schema of its parameters as it is offered; defaults are what it fills in.
	takes    *schema.Parameters
	offer    json.RawMessage
	defaults map[string]json.RawMessage
	// members are the parameters that the schema names, required those that are always there,
	// hidden those that name a secret.
	members, required, hidden map[string]bool
}

// Load reads an actions file and checks it. What is wrong comes as *Complaints.
func Load(path string) (*Set, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("reading the actions: %w; name the file with --actions", err)
	}
	if info.Size() > maxFile {
		return nil, fmt.Errorf("reading the actions: %s has %d bytes: at most %d are read; split it between agents", path, info.Size(), maxFile)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("reading the actions: %w; let the agent's user read it", err)
	}
	return Read(path, text)
}

// Read checks the text of an actions file; name is the file's, for complaints.
func Read(name string, text []byte) (*Set, error) {
	all := &Complaints{Name: name}
	doc, value, wrong := parseYAML(text)
	if wrong != nil {
		all.List = append(all.List, *wrong)
		return nil, all
	}
	file := decodeFile(doc, value, all)
	c := &checker{doc: doc, all: all}
	set := &Set{name: name, secrets: file.Secrets}
	c.secrets(file.Secrets)
	names := map[string]bool{}
	for i, recipe := range file.Actions {
		if recipe == nil {
			continue
		}
		field := fmt.Sprintf("actions[%d]", i)
		if names[recipe.Name] {
			c.complain(field+".name", "%s is there twice: give each action a name of its own", recipe.Name)
		}
		names[recipe.Name] = true
		set.actions = append(set.actions, c.action(field, *recipe))
	}
	if len(all.List) == 0 {
		set.offered = set.offers()
		if next, err := schema.Encode(schema.Next{Actions: set.offered}); err != nil || len(next) > schema.MaxInput-4<<10 {
			c.complain("actions", "have descriptions and schemas of %d bytes together, and at most %d can be offered: shorten them, or split the file between agents", len(next), schema.MaxInput-4<<10)
		}
	}
	set.Warnings = c.warnings
	if len(all.List) > 0 {
		all.sort()
		return nil, all
	}
	return set, nil
}

// file is a decoded file; an action that could not be decoded is nil.
type file struct {
	Secrets []schema.SecretSource
	Actions []*schema.Recipe
}

// decodeFile decodes each action by itself, so that the first wrong one doesn't hide
// the others.
func decodeFile(doc document, value any, all *Complaints) file {
	complain := func(field, text string) {
		all.List = append(all.List, Complaint{Line: doc.line(field), Field: field, Text: text})
	}
	var out file
	root, ok := value.(map[string]any)
	if !ok {
		complain("", "is no actions file: begin with actions:, and list each with - name:")
		return out
	}
	if _, there := root["type"]; !there {
		root["type"] = schema.Type(schema.KindActionsFile)
	}
	decode := func(of map[string]any) (*schema.ActionsFile, *schema.Error) {
		payload, err := json.Marshal(of)
		if err != nil {
			return nil, &schema.Error{Text: err.Error() + ": write plain values"}
		}
		v, refusal := schema.Decode(schema.KindActionsFile, payload)
		if refusal != nil {
			return nil, refusal
		}
		return v.(*schema.ActionsFile), nil
	}
	listed, isList := root["actions"].([]any)
	if !isList || len(listed) == 0 || len(listed) > 100 {
		if _, refusal := decode(root); refusal != nil {
			complain(refusal.Field, refusal.Text)
		}
		return out
	}
	around := map[string]any{}
	for name, v := range root {
		around[name] = v
	}
	around["actions"] = []any{map[string]any{"name": "a", "description": "a", "nats": map[string]any{"subject": "a"}}}
	if frame, refusal := decode(around); refusal != nil {
		complain(refusal.Field, refusal.Text)
	} else {
		out.Secrets = frame.Secrets
	}
	for i, one := range listed {
		alone, refusal := decode(map[string]any{"type": root["type"], "actions": []any{one}})
		if refusal != nil {
			if strings.HasPrefix(refusal.Field, "actions[0]") || refusal.Field == "" {
				complain(fmt.Sprintf("actions[%d]%s", i, strings.TrimPrefix(refusal.Field, "actions[0]")), refusal.Text)
			}
			out.Actions = append(out.Actions, nil)
			continue
		}
		out.Actions = append(out.Actions, &alone.Actions[0])
	}
	return out
}

// Name is the file's.
func (s *Set) Name() string { return s.name }

// Offered is what the agent tells about its actions.
func (s *Set) Offered() []schema.Action { return s.offered }

// Find gives the action of a name.
func (s *Set) Find(name string) *Action {
	for _, a := range s.actions {
		if a.Name == name {
			return a
		}
	}
	return nil
}

func (s *Set) offers() []schema.Action {
	out := make([]schema.Action, 0, len(s.actions))
	for _, a := range s.actions {
		abortable := a.Stops()
		offer := schema.Action{
			Name: a.Name, Description: a.Description, Parameters: a.offer, Harmless: a.Harmless,
			Usual: a.Usual, Timeout: a.Timeout, Abortable: &abortable,
		}
		if a.CutOff != nil && a.CutOff.Do == schema.CutOffStop {
			offer.CutOff = a.CutOff.After
		}
		out = append(out, offer)
	}
	return out
}

// Stops tells whether the action ends when it is told to: a program does unless its
// author says never; a service needs a way to be asked.
func (a *Action) Stops() bool {
	if a.Abort != nil && a.Abort.Do == schema.AbortNever {
		return false
	}
	switch {
	case a.HTTP != nil:
		return a.HTTP.Abort != nil
	case a.NATS != nil:
		return a.NATS.Abort != nil
	}
	return true
}

// compact writes JSON without white space.
func compact(raw json.RawMessage) json.RawMessage {
	var out bytes.Buffer
	if json.Compact(&out, raw) != nil {
		return raw
	}
	return out.Bytes()
}
