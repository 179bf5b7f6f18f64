package actions

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// parsePointer splits a JSON pointer (RFC 6901) into its names.
func parsePointer(text string) ([]string, error) {
	if text == "" {
		return nil, nil
	}
	if text[0] != '/' {
		return nil, fmt.Errorf("%q is no JSON pointer: begin with /, as in /state or /result/0/id", text)
	}
	names := strings.Split(text[1:], "/")
	for i, name := range names {
		names[i] = strings.ReplaceAll(strings.ReplaceAll(name, "~1", "/"), "~0", "~")
	}
	return names, nil
}

// At gives what stands at a pointer of a JSON value; false: nothing.
func At(value any, pointer string) (any, bool) {
	names, err := parsePointer(pointer)
	if err != nil {
		return nil, false
	}
	for _, name := range names {
		switch v := value.(type) {
		case map[string]any:
			member, there := v[name]
			if !there {
				return nil, false
			}
			value = member
		case []any:
			i, err := strconv.Atoi(name)
			if err != nil || i < 0 || i >= len(v) {
				return nil, false
			}
			value = v[i]
		default:
			return nil, false
		}
	}
	return value, true
}

// Plain gives a text, a number or a truth value as text; false for anything else.
func Plain(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case json.Number:
		return v.String(), true
	case bool:
		return strconv.FormatBool(v), true
	}
	return "", false
}
