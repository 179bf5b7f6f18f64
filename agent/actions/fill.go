package actions

import (
	"encoding/json"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"
	"unicode"
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

// Headers fills the values of headers; none may become two.
func (b *Bound) Headers(headers map[string]string) (map[string]string, error) {
	return b.texts(headers, func(ref *reference, v any, _ string) (string, error) {
		s, err := textOf(ref, v)
		if err == nil && strings.ContainsFunc(s, unicode.IsControl) {
			err = refused(ref, "holds a line break or another control character, which no header can: take it out")
		}
		return s, err
	})
}

// Form fills a web form, and gives it encoded.
func (b *Bound) Form(form map[string]string) (string, error) {
	filled, err := b.texts(form, plainly)
	if err != nil {
		return "", err
	}
	out := url.Values{}
	for name, text := range filled {
		out.Set(name, text)
	}
	return out.Encode(), nil
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

// JSON fills the texts of an object; one that is a reference alone becomes the value
// itself, and is left out where that is missing.
func (b *Bound) JSON(raw json.RawMessage) ([]byte, error) {
	var v any
	dec := json.NewDecoder(strings.NewReader(string(raw)))
	dec.UseNumber()
	if err := dec.Decode(&v); err != nil {
		return nil, err
	}
	filled, _, err := b.fillValue(v)
	if err != nil {
		return nil, err
	}
	return json.Marshal(filled)
}

func (b *Bound) fillValue(v any) (any, bool, error) {
	switch v := v.(type) {
	case string:
		t, err := parse(v)
		if err != nil {
			return nil, false, err
		}
		if ref := t.alone(); ref != nil {
			value, there, err := b.value(ref)
			if err == nil && !there && !ref.optional {
				err = refused(ref, "is missing: give it")
			}
			return value, there, err
		}
		return unwrap(b.fill(t, plainly))
	case map[string]any:
		out := map[string]any{}
		for name, member := range v {
			filled, there, err := b.fillValue(member)
			if err != nil {
				return nil, false, err
			}
			if there {
				out[name] = filled
			}
		}
		return out, true, nil
	case []any:
		out := []any{}
		for _, item := range v {
			filled, there, err := b.fillValue(item)
			if err != nil {
				return nil, false, err
			}
			if there {
				out = append(out, filled)
			}
		}
		return out, true, nil
	}
	return v, true, nil
}

func unwrap(s string, there bool, err error) (any, bool, error) { return s, there, err }

// URL fills a URL: what stands in the path is one part of it, what stands behind ? is
// one value.
func (b *Bound) URL(text string) (string, error) {
	t, err := parse(text)
	if err != nil {
		return "", err
	}
	out, _, err := b.fill(t, func(ref *reference, v any, before string) (string, error) {
		s, err := textOf(ref, v)
		if err != nil {
			return "", err
		}
		if strings.Contains(before, "?") {
			return url.QueryEscape(s), nil
		}
		if s == "" || s == "." || s == ".." || strings.ContainsAny(s, `/\`) || strings.ContainsFunc(s, unicode.IsControl) {
			return "", refused(ref, "stands for one part of a URL's path here, and holds / or a control character, or is empty, . or ..: give one name")
		}
		return url.PathEscape(s), nil
	})
	if err != nil {
		return "", err
	}
	was, err := url.Parse(t[0].text)
	if err != nil {
		return "", err
	}
	is, err := url.Parse(out)
	if err != nil {
		return "", err
	}
	if is.Host != was.Host || is.Scheme != was.Scheme {
		return "", fmt.Errorf("the URL would lead to another host: correct the parameters")
	}
	return out, nil
}

// Subject fills a subject: each value is one part of it.
func (b *Bound) Subject(text string) (string, error) {
	t, err := parse(text)
	if err != nil {
		return "", err
	}
	out, _, err := b.fill(t, func(ref *reference, v any, _ string) (string, error) {
		s, err := textOf(ref, v)
		if err == nil && (s == "" || strings.ContainsAny(s, ".*>") || strings.ContainsFunc(s, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) })) {
			err = refused(ref, "stands for one part of a subject here, and is empty or holds a dot, *, > or white space: give one name")
		}
		return s, err
	})
	return out, err
}

// Program is the name of what is run, for people.
func (b *Bound) Program() string { return filepath.Base(b.Exec.Command[0]) }
