// Package schema holds the words of the project: every message and document
// that crosses a process boundary, the subjects they travel on, one strict
// decode, one encode, and a one-line text for every event.
//
// What it promises: the title of a JSON Schema, the constant in "type" and the
// file's name are one and the same; an input with a field that the schema does
// not know is refused with a sentence that names the field and the remedy; an
// output may gain fields, and readers ignore those that they do not know.
//
// What it refuses to know: the machine that decides, the broker that carries,
// the database that remembers. It imports nothing else of this project.
package schema
