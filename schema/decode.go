package schema

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"unicode/utf8"
)

// checker is a message with rules between its fields, which its Go type says
// and a validator of its schema finds, too.
type checker interface {
	Check() *Error
}

// Decode reads a message of the kind, strictly, and gives a pointer to its type.
// What is refused is refused with one sentence: which field, what is wrong with
// it, what to do. The refusal is always about the first of what is wrong, in the
// order of the message.
//
// A query may be empty, and without a type; all other messages name theirs.
func Decode(kind string, payload []byte) (any, *Error) {
	if v := planned(kind, payload); v != nil {
		return checked(v)
	}
	return decode(kind, payload)
}

// planned decodes what is plainly right, and gives nil for all else.
func planned(kind string, payload []byte) any {
	if len(payload) > MaxInput || !utf8.Valid(payload) {
		return nil
	}
	make := plans[kind]
	if make == nil {
		return nil
	}
	p := make()
	if p == nil {
		return nil
	}
	v := New(kind)
	s := scanner{in: string(payload)}
	s.space()
	if !p.read(&s, reflect.ValueOf(v).Elem(), 0) {
		return nil
	}
	s.space()
	if s.pos != len(s.in) {
		return nil
	}
	return v
}

// decode goes the long way: it decides whatever is not plainly right, and finds the words.
func decode(kind string, payload []byte) (any, *Error) {
	v := New(kind)
	if v == nil {
		return nil, malformed("type", "there is no kind %s here: ask `expertcontroller schema ls` for those that there are", quote(kind))
	}
	if len(payload) > MaxInput && Input(kind) {
		return nil, &Error{
			Type: Type(KindError), Code: 413, Reason: CodeTooLarge,
			Text: fmt.Sprintf("the message has %d bytes: at most %d are taken; shorten descriptions, context or parameters", len(payload), MaxInput),
		}
	}
	if queries[kind] && len(bytes.TrimSpace(payload)) == 0 {
		payload = []byte("{}")
	}
	tree, whole, refusal := scan(payload)
	if refusal != nil {
		return nil, refusal
	}
	if refusal := checkType(kind, tree); refusal != nil {
		return nil, refusal
	}
	sch, err := compiled[kind]()
	if err != nil {
		return nil, &Error{Type: Type(KindError), Code: 503, Reason: CodeInternal, Text: err.Error()}
	}
	if err := sch.Validate(tree); err != nil {
		return nil, refuse(sch, tree, payload, err)
	}
	if !Input(kind) && withoutShadows(sch, tree) {
		if payload, err = json.Marshal(tree); err != nil {
			return nil, malformed("", "cannot be read: %s; correct it", Clean(err.Error()))
		}
	}
	if !whole {
		payload = wholeNumbers(sch, tree, payload)
	}
	if err := json.Unmarshal(payload, v); err != nil {
		return nil, malformed("", "cannot be read: %s; correct it", Clean(err.Error()))
	}
	return checked(v)
}

func checked(v any) (any, *Error) {
	if c, ok := v.(checker); ok {
		if refusal := c.Check(); refusal != nil {
			return nil, refusal
		}
	}
	return v, nil
}

// checkType says early, and clearly, when a message is another one than its
// subject says: every other complaint would be beside the point.
func checkType(kind string, tree any) *Error {
	root, ok := tree.(map[string]any)
	if !ok {
		return malformed("", "the message is %s: send one JSON object", nameOf(tree))
	}
	typ, there := root["type"]
	switch {
	case typ == Type(kind):
		return nil
	case !there && queries[kind]:
		return nil
	case !there:
		return malformed("type", `is missing: add "type": %q`, Type(kind))
	}
	if s, ok := typ.(string); ok {
		if New(Kind(s)) != nil {
			return malformed("type", "is %s, but %s is expected here: send it where it belongs, or correct the type", quote(s), quote(Type(kind)))
		}
		return malformed("type", "is %s: write %q", quote(s), Type(kind))
	}
	return malformed("type", "is %s: write %q", nameOf(typ), Type(kind))
}

// Read reads an output: fields that this build does not know are ignored.
func Read[T any](payload []byte) (T, error) {
	var v T
	if swift(payload, &v) {
		return v, nil
	}
	if err := json.Unmarshal(payload, &v); err != nil {
		return v, fmt.Errorf("reading %T: %w", v, err)
	}
	return v, nil
}
