package actions

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
)

// Command gives the program's arguments, the program first. Each item of the file is
// one argument, or none where a parameter that may be missing is.
func (b *Bound) Command() ([]string, error) {
	out := []string{b.Exec.Command[0]}
	// Behind -- nothing is taken for an option.
	guarded := false
	for _, text := range b.Exec.Command[1:] {
		t, err := parse(text)
		if err != nil {
			return nil, err
		}
		if ref := t.alone(); ref != nil && ref.spread {
			items, err := b.items(ref)
			if err != nil {
				return nil, err
			}
			for _, item := range items {
				if err := argument(ref, item, "", guarded); err != nil {
					return nil, err
				}
				out = append(out, item)
			}
			continue
		}
		arg, there, err := b.fill(t, func(ref *reference, v any, before string) (string, error) {
			s, err := textOf(ref, v)
			if err == nil {
				_, number := v.(json.Number)
				err = argument(ref, s, before, guarded || number || ref.of != ofParameter)
			}
			return s, err
		})
		if err != nil {
			return nil, err
		}
		if there {
			out = append(out, arg)
		}
		guarded = guarded || text == "--"
	}
	return out, nil
}

// items gives the items of a list, or a single value as the only one.
func (b *Bound) items(ref *reference) ([]string, error) {
	v, there, err := b.value(ref)
	if err != nil || !there {
		return nil, err
	}
	list, ok := v.([]any)
	if !ok {
		list = []any{v}
	}
	var out []string
	for _, item := range list {
		s, err := textOf(ref, item)
		if err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, nil
}

// maxArgument is the longest argument or variable, in bytes: the system takes 128 KiB.
const maxArgument = 100 << 10

// argument refuses a value that would not stay what it is within an argument.
func argument(ref *reference, value, before string, guarded bool) error {
	switch {
	case strings.ContainsRune(value, 0):
		return refused(ref, "holds a zero byte, which no argument can: take it out")
	case len(value) > maxArgument:
		return refused(ref, "has %d bytes, and an argument takes at most %d: shorten it", len(value), maxArgument)
	case before == "" && !guarded && strings.HasPrefix(value, "-"):
		return refused(ref, "begins with -, so that the program could take it for an option: give another value (the action's author can put an argument -- before it, where the program knows that)")
	}
	return withinPath(ref, value, before)
}

// withinPath refuses a value that stands for a part of a path and would lead elsewhere.
func withinPath(ref *reference, value, before string) error {
	if !strings.HasSuffix(before, "/") {
		return nil
	}
	if value == "" || value == "." || value == ".." || strings.ContainsAny(value, `/\`) || strings.Contains(value, "../") {
		return refused(ref, "stands for one part of a path here, and holds / or is empty, . or ..: give one name")
	}
	return nil
}

func refused(ref *reference, format string, args ...any) error {
	name := "parameters." + ref.name
	if ref.of != ofParameter {
		name = ref.String()
	}
	return fmt.Errorf("%s: %s", name, fmt.Sprintf(format, args...))
}

// textOf writes a value as text: a list by its items with commas between, an object as JSON.
func textOf(ref *reference, v any) (string, error) {
	if s, ok := Plain(v); ok {
		return s, nil
	}
	list, ok := v.([]any)
	if !ok {
		b, err := json.Marshal(v)
		return string(b), err
	}
	var out []string
	for _, item := range list {
		s, ok := Plain(item)
		if !ok {
			b, err := json.Marshal(v)
			return string(b), err
		}
		if strings.Contains(s, ",") {
			return "", refused(ref, "an item holds a comma, which stands between items here: give items without")
		}
		out = append(out, s)
	}
	return strings.Join(out, ","), nil
}

// fill puts the values in their places, each as write gives it; before is what stands
// in front of it. False: a parameter that may be missing is, and so the text is left out.
func (b *Bound) fill(t template, write func(ref *reference, v any, before string) (string, error)) (string, bool, error) {
	var out strings.Builder
	for _, p := range t {
		if p.ref == nil {
			out.WriteString(p.text)
			continue
		}
		v, there, err := b.value(p.ref)
		if err != nil {
			return "", false, err
		}
		if !there {
			if p.ref.optional {
				return "", false, nil
			}
			return "", false, refused(p.ref, "is missing: give it")
		}
		s, err := write(p.ref, v, out.String())
		if err != nil {
			return "", false, err
		}
		out.WriteString(s)
	}
	return out.String(), true, nil
}

func plainly(ref *reference, v any, _ string) (string, error) { return textOf(ref, v) }

// Environment gives the variables that the file states, with their values.
func (b *Bound) Environment() (map[string]string, error) {
	return b.texts(b.Exec.Environment, func(ref *reference, v any, before string) (string, error) {
		s, err := textOf(ref, v)
		if err == nil {
			err = argument(ref, s, before, true)
		}
		return s, err
	})
}

func (b *Bound) texts(in map[string]string, write func(*reference, any, string) (string, error)) (map[string]string, error) {
	out := map[string]string{}
	for name, text := range in {
		t, err := parse(text)
		if err != nil {
			return nil, err
		}
		filled, there, err := b.fill(t, write)
		if err != nil {
			return nil, err
		}
		if there {
			out[name] = filled
		}
	}
	return out, nil
}

// Program is the name of what is run, for people.
func (b *Bound) Program() string { return filepath.Base(b.Exec.Command[0]) }
