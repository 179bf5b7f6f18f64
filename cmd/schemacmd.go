package cmd

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"expertcontroller/schema"
)

type schemaCmd struct {
	Ls       schemaLsCmd       `cmd:"" help:"List the kinds of messages and documents."`
	Show     schemaShowCmd     `cmd:"" help:"Print a JSON Schema."`
	Validate schemaValidateCmd `cmd:"" help:"Check a message as a controller would, without sending it."`
}

type schemaLsCmd struct{}

// Help shows how it is used.
func (*schemaLsCmd) Help() string { return examples(`expertcontroller schema ls`) }

// Run lists the kinds.
func (*schemaLsCmd) Run(c *console) error {
	kinds := schema.Kinds()
	slices.Sort(kinds)
	if c.json {
		types := make([]string, len(kinds))
		for i, k := range kinds {
			types[i] = schema.Type(k)
		}
		return c.printJSON(types)
	}
	senders := map[string][]string{}
	for _, role := range []string{schema.RoleExpert, schema.RoleOperator, schema.RoleAgent} {
		for _, k := range schema.Asked(role) {
			senders[k] = append(senders[k], role)
		}
	}
	g := newGrid("", "Kind", "Type", "Sent by", "What it is")
	for _, k := range kinds {
		g.row(k, schema.Type(k), strings.Join(senders[k], ", "), cell(descriptionOf(k)))
	}
	c.grid(g, "")
	return nil
}

// descriptionOf gives the sentence with which a schema says what it is for.
func descriptionOf(kind string) string {
	b, err := schema.Schema(kind)
	if err != nil {
		return ""
	}
	var head struct {
		Description string `json:"description"`
	}
	if json.Unmarshal(b, &head) != nil {
		return ""
	}
	return head.Description
}

type schemaShowCmd struct {
	Kind string `arg:"" help:"As ls lists it, with or without recovery.v1."`
}

// Help shows how it is used.
func (*schemaShowCmd) Help() string { return examples(`expertcontroller schema show request`) }

// Run prints a schema.
func (s *schemaShowCmd) Run(c *console) error {
	kind := strings.TrimPrefix(s.Kind, schema.Prefix)
	if schema.New(kind) == nil {
		return usagef("%q is no kind of message; see `expertcontroller schema ls`", s.Kind)
	}
	b, err := schema.Schema(kind)
	if err != nil {
		return err
	}
	b = bytes.TrimSpace(b)
	if c.json {
		var line bytes.Buffer
		if err := json.Compact(&line, b); err != nil {
			return fmt.Errorf("writing the schema of %s: %w", kind, err)
		}
		b = line.Bytes()
	}
	c.print("%s\n", b)
	return nil
}

type schemaValidateCmd struct {
	File string `arg:"" help:"The message as JSON; - reads it from stdin."`
	Kind string `placeholder:"KIND" help:"What it should be (default: what its type says)."`
}

// Help shows how it is used.
func (*schemaValidateCmd) Help() string {
	return `Exit code 0 when it is valid, 1 with the field and the remedy when not.

` + examples(`expertcontroller schema validate fed-stuck.json`, `expertcontroller schema validate - --kind request < fed-stuck.json`)
}

// Run checks a message.
func (v *schemaValidateCmd) Run(c *console) error {
	payload, err := readFile(c.in, v.File)
	if err != nil {
		return fmt.Errorf("reading the message: %w", err)
	}
	kind := strings.TrimPrefix(v.Kind, schema.Prefix)
	if kind == "" {
		var head struct {
			Type string `json:"type"`
		}
		if err := json.Unmarshal(payload, &head); err != nil {
			return fmt.Errorf("reading %s: %s", v.File, noObject(payload, err))
		}
		if head.Type == "" {
			return fmt.Errorf("reading %s: type is missing: give \"type\": \"recovery.v1.request\" or another that `expertcontroller schema ls` lists, or say --kind", v.File)
		}
		if kind = schema.Kind(head.Type); kind == "" {
			return fmt.Errorf("reading %s: its type %q is none of ours; see `expertcontroller schema ls`, or say --kind", v.File, head.Type)
		}
	}
	if schema.New(kind) == nil {
		return usagef("%q is no kind of message; see `expertcontroller schema ls`", kind)
	}
	if _, wrong := schema.Decode(kind, payload); wrong != nil {
		if c.json {
			if err := c.printJSON(wrong); err != nil {
				return err
			}
		}
		return fmt.Errorf("checking %s: %w", v.File, wrong)
	}
	if c.json {
		return c.printJSON(struct {
			Valid bool   `json:"valid"`
			Is    string `json:"is"`
		}{true, schema.Type(kind)})
	}
	c.say("%s is a valid %s", v.File, schema.Type(kind))
	return nil
}
