package schema

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
)

// The properties of a schema are the fields of its Go type, all the way down.
func TestSchemaPropertiesAreGoFields(t *testing.T) {
	for _, kind := range Kinds() {
		text, err := Schema(kind)
		if err != nil {
			t.Fatal(err)
		}
		var doc node
		if err := json.Unmarshal(text, &doc); err != nil {
			t.Fatal(err)
		}
		sameFields(t, kind, reflect.TypeOf(New(kind)), &doc, doc.Defs)
	}
}

type node struct {
	Ref                  string `json:"$ref"`
	Description          string
	Properties           map[string]*node
	Items                *node
	AdditionalProperties any
	AnyOf                []*node
	Defs                 map[string]*node `json:"$defs"`
}

func sameFields(t *testing.T, where string, typ reflect.Type, n *node, defs map[string]*node) {
	t.Helper()
	for typ.Kind() == reflect.Pointer {
		typ = typ.Elem()
	}
	if len(n.AnyOf) > 0 {
		n = n.AnyOf[0]
	}
	if name, ok := strings.CutPrefix(n.Ref, "#/$defs/"); ok {
		n = defs[name]
	}
	switch {
	case typ.Kind() == reflect.Slice && n.Items != nil:
		sameFields(t, where+"[]", typ.Elem(), n.Items, defs)
	case typ.Kind() == reflect.Struct && n.Properties != nil:
		fields := map[string]reflect.Type{}
		for _, f := range reflect.VisibleFields(typ) {
			if name, _, _ := strings.Cut(f.Tag.Get("json"), ","); !f.Anonymous && name != "-" {
				fields[name] = f.Type
			}
		}
		for name, ft := range fields {
			p := n.Properties[name]
			if p == nil {
				t.Errorf("%s: the schema has no %s", where, name)
				continue
			}
			if p.Description == "" {
				t.Errorf("%s.%s: nothing says what it means; give the Go field a comment", where, name)
			}
			sameFields(t, where+"."+name, ft, p, defs)
		}
		for name := range n.Properties {
			if fields[name] == nil {
				t.Errorf("%s: the Go type has no %s", where, name)
			}
		}
	case typ.Kind() == reflect.Struct && !strings.HasSuffix(typ.String(), "Time"):
		t.Errorf("%s: a %s without properties", where, typ)
	}
}
