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
)

// Encode writes a message. Every payload that leaves is made here.
//
// How long it gets is known only afterwards: it is written where the last one was, and
// then copied as long as it is. Growing from nothing copies it several times, and what is
// kept for long (an entry's documents) would keep room that it does not fill.
func Encode(v any) ([]byte, error) {
	desk := desks.Get().(*[]byte)
	defer desks.Put(desk)
	out, err := Append((*desk)[:0], v)
	if err != nil {
		return nil, err
	}
	if cap(out) <= largestDesk {
		*desk = out
	}
	return bytes.Clone(out), nil
}

// largestDesk is how much room for writing is kept: nearly everything fits.
const largestDesk = 16 << 10

var desks = sync.Pool{New: func() any { b := make([]byte, 0, 4<<10); return &b }}

// Append writes a message behind what is there already.
//
// Entries and statuses are most of what a controller writes, many times a second, and
// encoding/json looks at every type anew as it goes. So a writer is made once for each
// type. It writes what encoding/json would write, byte for byte, which the tests hold;
// for what it does not know, encoding/json does it.
func Append(to []byte, v any) ([]byte, error) {
	if r := reflect.ValueOf(v); r.IsValid() {
		if w := writerOf(r.Type()); w != nil {
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
