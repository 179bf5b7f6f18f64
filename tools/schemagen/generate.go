package main

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"expertcontroller/schema"
)

// maxSafe is the largest whole number that every JSON reader holds exactly.
const maxSafe = 1<<53 - 1

// generator makes the schema of one kind. Inputs are closed: what they do not
// know is refused. Outputs are open: they may gain fields.
type generator struct {
	comments *comments
	input    bool
	defs     *object
	kinds    map[reflect.Type]string
}

func kindsByType() map[reflect.Type]string {
	out := map[reflect.Type]string{}
	for _, kind := range schema.Kinds() {
		out[reflect.TypeOf(schema.New(kind)).Elem()] = kind
	}
	return out
}

// document makes the whole schema of a kind.
func (g *generator) document(kind string) (*object, error) {
	t := reflect.TypeOf(schema.New(kind)).Elem()
	body, err := g.structure(t)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", kind, err)
	}
	out := newObject(
		"$schema", "https://json-schema.org/draft/2020-12/schema",
		"title", schema.Type(kind),
		"description", g.comments.types[t.Name()],
	)
	for _, name := range body.names {
		if name != "description" {
			out.set(name, body.values[name])
		}
	}
	if len(g.defs.names) > 0 {
		out.set("$defs", g.defs)
	}
	return out, nil
}

// structure describes a struct: its fields in order, embedded ones flattened.
func (g *generator) structure(t reflect.Type) (*object, error) {
	properties := newObject()
	var required []string
	if err := g.fields(t, properties, &required); err != nil {
		return nil, err
	}
	out := newObject("type", "object")
	if text := g.comments.types[t.Name()]; text != "" {
		out.set("description", text)
	}
	out.set("properties", properties)
	if len(required) > 0 {
		out.set("required", required)
	}
	if g.input {
		out.set("additionalProperties", false)
		if extra := rules[t.Name()]; len(extra) > 0 {
			out.set("allOf", extra)
		}
	}
	return out, nil
}

func (g *generator) fields(t reflect.Type, properties *object, required *[]string) error {
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Anonymous {
			if err := g.fields(f.Type, properties, required); err != nil {
				return err
			}
			continue
		}
		wire, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if wire == "-" || !f.IsExported() {
			continue
		}
		if wire == "" {
			return fmt.Errorf("%s.%s: name the field in its json tag", t.Name(), f.Name)
		}
		if properties.has(wire) {
			return fmt.Errorf("%s.%s: two fields are called %s", t.Name(), f.Name, wire)
		}
		optional := strings.Contains(options, "omit")
		check, err := parseCheck(f.Tag.Get("check"))
		if err != nil {
			return fmt.Errorf("%s.%s: %w", t.Name(), f.Name, err)
		}
		value, err := g.value(f.Type, check, !optional && !g.input)
		if err != nil {
			return fmt.Errorf("%s.%s: %w", t.Name(), f.Name, err)
		}
		if kind := g.kinds[t]; kind != "" && wire == "type" {
			value = newObject("const", schema.Type(kind))
		}
		text, err := g.comments.of(t.Name(), f.Name, wire)
		if err != nil {
			return fmt.Errorf("the comment of %s.%s: %w", t.Name(), f.Name, err)
		}
		if first, _, _ := strings.Cut(text, " "); slices.Contains(check.values(), strings.ToLower(strings.TrimRight(first, ":,;"))) {
			return fmt.Errorf("the comment of %s.%s begins with a value: write it in backticks, so that it stays as it is sent", t.Name(), f.Name)
		}
		if text != "" {
			value.set("description", text)
		}
		if check.has("default") {
			value.set("default", literal(check["default"]))
		} else if standard, ok := policyDefault(t, i); ok {
			value.set("default", standard)
		}
		properties.set(wire, value)
		// An output's field that is always written is one to rely on.
		if check.has("required") || !g.input && !optional {
			*required = append(*required, wire)
		}
	}
	return nil
}

var (
	timeType     = reflect.TypeFor[time.Time]()
	durationType = reflect.TypeFor[schema.Duration]()
	rawType      = reflect.TypeFor[json.RawMessage]()
)

// value describes a field's value; null tells that nil is written as null.
func (g *generator) value(t reflect.Type, c check, null bool) (*object, error) {
	pointer := t.Kind() == reflect.Pointer
	if pointer {
		t = t.Elem()
	}
	nullable := func(typ string) any {
		if null && pointer {
			return []string{typ, "null"}
		}
		return typ
	}
	switch {
	case t == timeType:
		return newObject("type", nullable("string"), "format", "date-time", "pattern", schema.PatternTime), nil
	case t == durationType:
		return newObject("type", nullable("string"), "minLength", 1, "pattern", schema.PatternDuration), nil
	case t == rawType:
		if c.has("object") {
			return newObject("type", "object"), nil
		}
		return newObject(), nil
	}
	switch t.Kind() {
	case reflect.String:
		return c.text(newObject("type", nullable("string"))), nil
	case reflect.Bool:
		return newObject("type", nullable("boolean")), nil
	case reflect.Int, reflect.Uint64:
		low := int64(-maxSafe)
		if t.Kind() == reflect.Uint64 {
			low = 0
		}
		return newObject("type", nullable("integer"), "minimum", c.number("min", low), "maximum", c.number("max", maxSafe)), nil
	case reflect.Slice:
		item, err := g.value(t.Elem(), c.items(), false)
		if err != nil {
			return nil, err
		}
		out := newObject("type", "array", "items", item)
		if null {
			out.set("type", []string{"array", "null"})
		}
		return c.bounds(out, "minItems", "maxItems"), nil
	case reflect.Map:
		item, err := g.value(t.Elem(), c.items(), false)
		if err != nil {
			return nil, err
		}
		out := newObject("type", "object", "additionalProperties", item)
		if null {
			out.set("type", []string{"object", "null"})
		}
		return c.bounds(out, "minProperties", "maxProperties"), nil
	case reflect.Struct:
		ref, err := g.reference(t)
		if err != nil {
			return nil, err
		}
		if null && pointer {
			return newObject("anyOf", []any{ref, newObject("type", "null")}), nil
		}
		return ref, nil
	}
	return nil, fmt.Errorf("the generator knows no schema for %s", t)
}

// reference describes a struct once, among $defs.
func (g *generator) reference(t reflect.Type) (*object, error) {
	name := snake(t.Name())
	if !g.defs.has(name) {
		g.defs.set(name, newObject()) // claims the place, should the type hold itself
		body, err := g.structure(t)
		if err != nil {
			return nil, err
		}
		g.defs.set(name, body)
	}
	return newObject("$ref", "#/$defs/"+name), nil
}

func snake(name string) string {
	var out strings.Builder
	for i, r := range name {
		if unicode.IsUpper(r) && i > 0 {
			out.WriteByte('_')
		}
		out.WriteRune(unicode.ToLower(r))
	}
	return out.String()
}

// policyDefault gives what holds where a policy leaves a field out: the value
// that the program itself uses.
func policyDefault(t reflect.Type, field int) (any, bool) {
	policy := schema.DefaultPolicy()
	for _, v := range []any{policy, *policy.Breaker, *policy.Queue} {
		if reflect.TypeOf(v) == t {
			value := reflect.ValueOf(v).Field(field)
			if value.Kind() == reflect.Pointer {
				value = value.Elem()
			}
			return value.Interface(), value.Kind() != reflect.Struct
		}
	}
	return nil, false
}

// literal reads a default as it stands in a tag.
func literal(s string) any {
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		return n
	}
	switch s {
	case "true":
		return true
	case "false":
		return false
	}
	return s
}
