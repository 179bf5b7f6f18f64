package schema

// reread reads a message that Decode took before, from its own bytes, as they are kept in
// the log. As of Read, fields that this build does not know are ignored; but what Decode
// took must always be read, or nobody could fold that entry: also 2.0 for a whole number,
// which Go's types don't take.
func reread[T any](kind string, payload []byte) (T, error) {
	v, err := Read[T](payload)
	if err == nil {
		return v, nil
	}
	tree, whole, refusal := scan(payload)
	if refusal != nil || whole {
		return v, err
	}
	sch, bad := compiled[kind]()
	if bad != nil {
		return v, bad
	}
	return Read[T](wholeNumbers(sch, tree, payload))
}
