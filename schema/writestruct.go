package schema

import (
	"reflect"
	"slices"
	"strings"
)

// member is a field of a struct: how it is named, found, left out and written.
type member struct {
	name  string // with quotes and colon
	index []int
	write writer
	left  func(reflect.Value) bool // nil: never left out
}

func structWriter(t reflect.Type) writer {
	var members []member
	for _, f := range reflect.VisibleFields(t) {
		tag, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case f.Anonymous && tag == "" && f.Type.Kind() == reflect.Struct:
			continue // its own fields follow
		case f.Anonymous || !f.IsExported() && len(f.Index) > 1:
			return nil
		case !f.IsExported() || tag == "-":
			continue
		}
		if tag == "" {
			tag = f.Name
		}
		m := member{name: string(appendText(nil, tag)) + ":", index: f.Index, write: makeWriter(f.Type)}
		if m.write == nil || slices.ContainsFunc(members, func(o member) bool { return o.name == m.name }) {
			return nil
		}
		for _, o := range strings.Split(options, ",") {
			switch o {
			case "":
			case "omitempty":
				m.left = either(m.left, empty)
			case "omitzero":
				zero := reflect.Value.IsZero
				if f.Type == timeType {
					zero = func(v reflect.Value) bool { return timeOf(v).IsZero() }
				} else if f.Type.Implements(zeroerType) || reflect.PointerTo(f.Type).Implements(zeroerType) {
					return nil
				}
				m.left = either(m.left, zero)
			default:
				return nil
			}
		}
		members = append(members, m)
	}
	return func(to []byte, v reflect.Value) ([]byte, bool) {
		to = append(to, '{')
		start, ok := len(to), true
		for i := range members {
			m := &members[i]
			f := v
			for _, n := range m.index {
				f = f.Field(n)
			}
			if m.left != nil && m.left(f) {
				continue
			}
			if len(to) > start {
				to = append(to, ',')
			}
			if to, ok = m.write(append(to, m.name...), f); !ok {
				return to, false
			}
		}
		return append(to, '}'), true
	}
}

func either(a, b func(reflect.Value) bool) func(reflect.Value) bool {
	if a == nil {
		return b
	}
	return func(v reflect.Value) bool { return a(v) || b(v) }
}

func empty(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.String, reflect.Slice, reflect.Map:
		return v.Len() == 0
	case reflect.Struct:
		return false
	}
	return v.IsZero()
}
