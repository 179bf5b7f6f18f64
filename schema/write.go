package schema

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf8"
)

// Encode writes a message. Every payload that leaves is made here.
func Encode(v any) ([]byte, error) { return Append(nil, v) }

// Append writes a message behind what is there already.
//
// Entries and statuses are most of what a controller writes, many times a second, and
// encoding/json looks at every type anew as it goes. So a writer is made once for each
// type. It writes what encoding/json would write, byte for byte, which the tests hold;
// for what it does not know, encoding/json does it.
func Append(to []byte, v any) ([]byte, error) {
	if r := reflect.ValueOf(v); r.IsValid() {
		if w := writerOf(r.Type()); w != nil {
			if to == nil {
				to = make([]byte, 0, 2048)
			}
			if out, ok := w(to, r); ok {
				return out, nil
			}
		}
	}
	out, err := encodeSlowly(v)
	if err != nil {
		return nil, fmt.Errorf("encoding %T: %w", v, err)
	}
	return append(to, out...), nil
}

func encodeSlowly(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	// Nothing is put into HTML as it is, and <, > and & would take six bytes each: a
	// message within its limit could become a status or an entry beyond its own.
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return b.Bytes()[:b.Len()-1], nil
}

// writer writes one value; false means that encoding/json has to.
type writer func(to []byte, v reflect.Value) ([]byte, bool)

var writers sync.Map // reflect.Type -> writer, nil where there is none

func writerOf(t reflect.Type) writer {
	if w, ok := writers.Load(t); ok {
		return w.(writer)
	}
	w := makeWriter(t)
	writers.Store(t, w)
	return w
}

var (
	marshalerType = reflect.TypeFor[json.Marshaler]()
	texterType    = reflect.TypeFor[interface{ MarshalText() ([]byte, error) }]()
	zeroerType    = reflect.TypeFor[interface{ IsZero() bool }]()
	timeType      = reflect.TypeFor[time.Time]()
	durationType  = reflect.TypeFor[Duration]()
	rawType       = reflect.TypeFor[json.RawMessage]()
	textsType     = reflect.TypeFor[map[string]string]()
)

// makeWriter gives nil for what encoding/json has to write: values of any type, numbers
// with a point, types that write themselves.
func makeWriter(t reflect.Type) writer {
	switch t {
	case timeType:
		return writeTime
	case durationType:
		return func(to []byte, v reflect.Value) ([]byte, bool) {
			return append(append(append(to, '"'), Duration(v.Int()).String()...), '"'), true
		}
	case rawType:
		return writeRaw
	}
	if t.Kind() == reflect.Pointer {
		inner := makeWriter(t.Elem())
		if inner == nil {
			return nil
		}
		return func(to []byte, v reflect.Value) ([]byte, bool) {
			if v.IsNil() {
				return append(to, "null"...), true
			}
			return inner(to, v.Elem())
		}
	}
	for _, own := range []reflect.Type{marshalerType, texterType} {
		if t.Implements(own) || reflect.PointerTo(t).Implements(own) {
			return nil
		}
	}
	switch t.Kind() {
	case reflect.String:
		return func(to []byte, v reflect.Value) ([]byte, bool) { return appendText(to, v.String()), true }
	case reflect.Bool:
		return func(to []byte, v reflect.Value) ([]byte, bool) { return strconv.AppendBool(to, v.Bool()), true }
	case reflect.Int, reflect.Int64:
		return func(to []byte, v reflect.Value) ([]byte, bool) { return strconv.AppendInt(to, v.Int(), 10), true }
	case reflect.Uint64:
		return func(to []byte, v reflect.Value) ([]byte, bool) { return strconv.AppendUint(to, v.Uint(), 10), true }
	case reflect.Slice:
		return listWriter(t)
	case reflect.Map:
		return mapWriter(t)
	case reflect.Struct:
		return structWriter(t)
	}
	return nil
}

func listWriter(t reflect.Type) writer {
	item := makeWriter(t.Elem())
	if item == nil || t.Elem().Kind() == reflect.Uint8 {
		return nil
	}
	return func(to []byte, v reflect.Value) ([]byte, bool) {
		if v.IsNil() {
			return append(to, "null"...), true
		}
		to = append(to, '[')
		ok := true
		for i := range v.Len() {
			if i > 0 {
				to = append(to, ',')
			}
			if to, ok = item(to, v.Index(i)); !ok {
				return to, false
			}
		}
		return append(to, ']'), true
	}
}

// mapWriter writes names in their order, as encoding/json does.
func mapWriter(t reflect.Type) writer {
	item := makeWriter(t.Elem())
	if item == nil || t.Key() != reflect.TypeFor[string]() {
		return nil
	}
	if t == textsType {
		return writeTexts
	}
	return func(to []byte, v reflect.Value) ([]byte, bool) {
		if v.IsNil() {
			return append(to, "null"...), true
		}
		keys := v.MapKeys()
		slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) })
		to = append(to, '{')
		ok := true
		for i, k := range keys {
			if i > 0 {
				to = append(to, ',')
			}
			to = append(appendText(to, k.String()), ':')
			if to, ok = item(to, v.MapIndex(k)); !ok {
				return to, false
			}
		}
		return append(to, '}'), true
	}
}

func writeTexts(to []byte, v reflect.Value) ([]byte, bool) {
	if v.IsNil() {
		return append(to, "null"...), true
	}
	texts := v.Interface().(map[string]string)
	var few [16]string
	keys := few[:0]
	for k := range texts {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	to = append(to, '{')
	for i, k := range keys {
		if i > 0 {
			to = append(to, ',')
		}
		to = appendText(append(appendText(to, k), ':'), texts[k])
	}
	return append(to, '}'), true
}

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

func writeTime(to []byte, v reflect.Value) ([]byte, bool) {
	out, err := timeOf(v).AppendText(append(to, '"')) // refuses what RFC 3339 can't say
	return append(out, '"'), err == nil
}

// timeOf copies a time only where it has no address.
func timeOf(v reflect.Value) *time.Time {
	if v.CanAddr() {
		return v.Addr().Interface().(*time.Time)
	}
	t := v.Interface().(time.Time)
	return &t
}

// writeRaw leaves out the white space, as encoding/json does.
func writeRaw(to []byte, v reflect.Value) ([]byte, bool) {
	if v.IsNil() {
		return append(to, "null"...), true
	}
	b := bytes.NewBuffer(to)
	err := json.Compact(b, v.Bytes())
	return b.Bytes(), err == nil
}

const hexDigits = "0123456789abcdef"

// appendText writes a string with quotes. What is no UTF-8 becomes U+FFFD.
func appendText(to []byte, s string) []byte {
	to = append(to, '"')
	from := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' && c < utf8.RuneSelf {
			i++
			continue
		}
		if c < utf8.RuneSelf {
			to = append(to, s[from:i]...)
			switch c {
			case '"', '\\':
				to = append(to, '\\', c)
			case '\b':
				to = append(to, '\\', 'b')
			case '\f':
				to = append(to, '\\', 'f')
			case '\n':
				to = append(to, '\\', 'n')
			case '\r':
				to = append(to, '\\', 'r')
			case '\t':
				to = append(to, '\\', 't')
			default:
				to = append(to, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
			}
			i++
			from = i
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			to = append(append(to, s[from:i]...), `\ufffd`...)
			from = i + n
		case r == '\u2028' || r == '\u2029': // lines end there in JavaScript
			to = append(append(append(to, s[from:i]...), `\u202`...), hexDigits[r&15])
			from = i + n
		}
		i += n
	}
	return append(append(to, s[from:]...), '"')
}
