// Package bridgetest holds what a bridge answers against the document that it serves.
package bridgetest

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

const address = "http://bridge/openapi.json"

// Body is what is sent or answered: its schemas by content type.
type Body struct {
	Content map[string]struct{ Schema map[string]string }
}

// ref is where its schema stands in the document; empty: nowhere.
func (b Body) ref() string { return b.Content["application/json"].Schema["$ref"] }

// Operation is one method of one path.
type Operation struct {
	Parameters  []struct{ Name, In string }
	RequestBody *Body
	// Responses go by the code, or default.
	Responses map[string]Body
}

// Document is an OpenAPI document.
type Document struct {
	OpenAPI string
	// Paths go by path and method, the method in small letters.
	Paths   map[string]map[string]Operation
	schemas *jsonschema.Compiler
}

// Read reads a document.
func Read(text string) (*Document, error) {
	d := &Document{schemas: jsonschema.NewCompiler()}
	if err := json.Unmarshal([]byte(text), d); err != nil {
		return nil, err
	}
	whole, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		return nil, err
	}
	return d, d.schemas.AddResource(address, whole)
}

// Fits tells what of a body is not as described; what is not described never fits.
func (d *Document) Fits(as Body, body string) error {
	if as.ref() == "" {
		return fmt.Errorf("it is not described")
	}
	s, err := d.schemas.Compile(address + as.ref())
	if err != nil {
		return err
	}
	v, err := jsonschema.UnmarshalJSON(strings.NewReader(body))
	if err != nil {
		return err
	}
	return s.Validate(v)
}
