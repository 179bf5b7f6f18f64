package schema

import (
	"encoding/json"
	"math/big"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// A plan reads a message of one kind in one pass, straight into its Go type, and
// looks at each value with the very keywords of its compiled schema. It only ever
// says yes: whatever it is not sure about goes the long way (scan, validator,
// encoding/json), which decides and finds the words. So it is speed, not a second
// opinion; the tests hold that it never says yes where the long way says no, and
// that both give the same value.
type plan struct {
	read reader
}

// plans are made at a kind's first use; nil where there is none.
var plans = func() map[string]func() *plan {
	out := make(map[string]func() *plan, len(kinds))
	for kind := range kinds {
		out[kind] = sync.OnceValue(func() *plan {
			sch, err := compiled[kind]()
			if err != nil || !Input(kind) {
				return nil
			}
			read := planValue(reflect.TypeOf(New(kind)).Elem(), sch)
			if read == nil {
				return nil
			}
			return &plan{read: read}
		})
	}
	return out
}()

// planKeywords are the keywords that plans look at. A schema with any other goes the
// long way, so that a new keyword in the generator can't be overlooked here.
var planKeywords = []string{
	"DraftVersion", "Location", "Types", "Enum", "Const", "Format", "Pattern", "MinLength", "MaxLength", "Minimum", "Maximum",
	"MinItems", "MaxItems", "Items2020", "MinProperties", "MaxProperties", "Properties", "Required", "AdditionalProperties",
	"Title", "Description", "Default",
}

func plannable(sch *jsonschema.Schema) bool {
	v := reflect.ValueOf(sch).Elem()
	for i := range v.NumField() {
		f := v.Type().Field(i)
		if f.IsExported() && !v.Field(i).IsZero() && !slices.Contains(planKeywords, f.Name) {
			return false
		}
	}
	return true
}

func planValue(t reflect.Type, sch *jsonschema.Schema) reader {
	if sch == nil || !plannable(sch) {
		return nil
	}
	if t.Kind() == reflect.Pointer {
		inner := planValue(t.Elem(), sch)
		if inner == nil {
			return nil
		}
		return func(s *scanner, v reflect.Value, depth int) bool {
			p := reflect.New(t.Elem())
			if !inner(s, p.Elem(), depth) {
				return false
			}
			v.Set(p)
			return true
		}
	}
	switch t {
	case reflect.TypeFor[time.Time]():
		return planTime(sch)
	case reflect.TypeFor[Duration]():
		return planDuration(sch)
	case reflect.TypeFor[json.RawMessage]():
		return planRaw(sch)
	case reflect.TypeFor[map[string]string]():
		return planTexts(sch)
	}
	switch t.Kind() {
	case reflect.String:
		return planText(sch)
	case reflect.Bool:
		return planBool(sch)
	case reflect.Int, reflect.Uint64:
		return planInteger(t.Kind(), sch)
	case reflect.Slice:
		return planList(t, sch)
	case reflect.Struct:
		return planStruct(t, sch)
	}
	return nil
}

// planStruct reads a closed object: every name known, none twice, none missing.
func planStruct(t reflect.Type, sch *jsonschema.Schema) reader {
	if closed, ok := sch.AdditionalProperties.(bool); !ok || closed || !onlyType(sch, "object") {
		return nil
	}
	var all fields
	var required uint64
	for _, f := range reflect.VisibleFields(t) {
		if f.Anonymous {
			continue
		}
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		read := planValue(f.Type, sch.Properties[name])
		if read == nil {
			return nil
		}
		if slices.Contains(sch.Required, name) {
			required |= 1 << len(all)
		}
		all = append(all, field{name, f.Index, read})
	}
	if len(all) > mostFields || len(all) != len(sch.Properties) {
		return nil
	}
	return func(s *scanner, v reflect.Value, depth int) bool {
		seen, ok := all.read(s, v, depth, nil)
		return ok && seen&required == required
	}
}

func onlyType(sch *jsonschema.Schema, name string) bool {
	return sch.Types != nil && slices.Equal(sch.Types.ToStrings(), []string{name})
}

// bounded gives a schema's numbers as ints, with what holds where there are none.
func bounded(low, high *int, unbounded int) (int, int) {
	l, h := 0, unbounded
	if low != nil {
		l = *low
	}
	if high != nil {
		h = *high
	}
	return l, h
}

func whole(r *big.Rat) (int64, bool) {
	if r == nil || !r.IsInt() || !r.Num().IsInt64() {
		return 0, false
	}
	return r.Num().Int64(), true
}
