package schema

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
)

// Decode reads an input of the kind, strictly: unknown fields, wrong types and
// values out of bounds are refused with the field and the remedy.
func Decode(kind string, payload []byte) (any, *Error) {
	v := New(kind)
	if v == nil {
		return nil, &Error{Type: Type(KindError), Code: 400, Field: "type", Text: fmt.Sprintf("%q is no type of ours", kind), Reason: CodeMalformed}
	}
	dec := json.NewDecoder(bytes.NewReader(payload))
	dec.DisallowUnknownFields()
	if err := dec.Decode(v); err != nil {
		return nil, &Error{Type: Type(KindError), Code: 400, Text: err.Error(), Reason: CodeMalformed}
	}
	return v, nil
}

// Read reads an output: fields that this build does not know are ignored.
func Read[T any](payload []byte) (T, error) {
	var v T
	if err := json.Unmarshal(payload, &v); err != nil {
		return v, fmt.Errorf("reading %T: %w", v, err)
	}
	return v, nil
}

// Encode writes a message. Every payload that leaves is made here.
func Encode(v any) ([]byte, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("encoding %T: %w", v, err)
	}
	return b, nil
}

// Fingerprint tells a repeat of a message from another message with the same id.
func Fingerprint(payload []byte) string {
	sum := sha256.Sum256(payload)
	return hex.EncodeToString(sum[:12])
}
