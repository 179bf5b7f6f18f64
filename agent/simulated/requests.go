package simulated

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"slices"

	"expertcontroller/schema"
)

// Requests reads the recorded requests of a directory: its *.json files, by name.
func Requests(files fs.FS) ([]schema.Request, error) {
	names, err := fs.Glob(files, "*.json")
	if err != nil {
		return nil, fmt.Errorf("looking for recorded requests: %w", err)
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("there are no recorded requests: give a directory with files *.json")
	}
	var out []schema.Request
	for _, name := range names {
		data, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, fmt.Errorf("reading the recorded request %s: %w", name, err)
		}
		v, bad := schema.Decode(schema.KindRequest, data)
		if bad != nil {
			return nil, fmt.Errorf("reading the recorded request %s: %w", name, bad)
		}
		request := *v.(*schema.Request)
		if !slices.ContainsFunc(request.Steps, func(s schema.Step) bool { return s.Action != "" }) {
			return nil, fmt.Errorf("reading the recorded request %s: no step has an action, so that nothing could cure the plant", name)
		}
		out = append(out, request)
	}
	return out, nil
}

// subsystemOf is the part of the plant that a request is about.
func subsystemOf(r schema.Request) string {
	if name := r.Problem.Context["subsystem"]; name != "" {
		return name
	}
	for _, step := range r.Steps {
		if names := namesIn(step.Parameters); len(names) > 0 {
			return names[0]
		}
	}
	return "DAQ"
}

// keyOf is the kind of a request's problem.
func keyOf(r schema.Request) string {
	if r.Problem.Key != "" {
		return r.Problem.Key
	}
	return r.Problem.Title
}

// namesIn lists the subsystems that an action's parameters name, sorted.
func namesIn(parameters json.RawMessage) []string {
	var fields map[string]json.RawMessage
	if json.Unmarshal(parameters, &fields) != nil {
		return nil
	}
	var out []string
	for _, field := range []string{"red", "green", "fault", "reset", "subsystem", "subsystems"} {
		var many []string
		var one string
		switch {
		case json.Unmarshal(fields[field], &many) == nil:
			out = append(out, many...)
		case json.Unmarshal(fields[field], &one) == nil:
			out = append(out, one)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
