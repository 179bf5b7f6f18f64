package controller

import (
	"fmt"

	"expertcontroller/schema"
)

// DocumentsOf encodes changed documents as an entry carries them, each once: the same
// bytes go into the log, the database and the status subjects.
func DocumentsOf(changes []Change) ([]schema.Document, error) {
	if len(changes) == 0 {
		return nil, nil
	}
	docs := make([]schema.Document, len(changes))
	var room schema.Status
	for i := range changes {
		var err error
		if docs[i], err = changes[i].document(&room); err != nil {
			return nil, err
		}
	}
	return docs, nil
}

// document encodes what changed. room is for a status on its way into the log, which is
// large, and is left empty, so that nothing that it pointed to is kept.
func (c *Change) document(room *schema.Status) (schema.Document, error) {
	doc := schema.Document{Key: c.Key()}
	if c.Value == nil {
		return doc, nil
	}
	value, err := encodeValue(c.Value, room)
	if err != nil {
		return doc, fmt.Errorf("document %s: %w", doc.Key, err)
	}
	doc.Value = value
	return doc, nil
}

// encodeValue encodes a document as the log keeps it: a request as it came in, and a
// status without it.
func encodeValue(v any, room *schema.Status) ([]byte, error) {
	switch v := v.(type) {
	case *given:
		if len(v.raw) > 0 {
			return v.raw, nil
		}
	case *schema.Status:
		*room = *v
		room.Request = nil
		out, err := schema.Encode(room)
		*room = schema.Status{}
		return out, err
	case *record:
		bare := v.status()
		bare.Request = nil
		return schema.Encode(bare)
	}
	return schema.Encode(v)
}
