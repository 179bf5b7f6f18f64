package actions

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"unicode"
)

// How what is sent to services is filled.

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
