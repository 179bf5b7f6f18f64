package schema

// rereadRequest reads a request that Decode took before, from its own bytes, as the log
// keeps them. As of Read, fields that this build does not know are ignored; but what
// Decode took must always be read, or nobody could fold that entry: also 2.0 for a whole
// number, which Go's types don't take.
func rereadRequest(payload []byte) (Request, error) {
	v, err := Read[Request](payload)
	if err == nil {
		return v, nil
	}
	tree, whole, refusal := scan(payload)
	if refusal != nil || whole {
		return v, err
	}
	sch, bad := compiled[KindRequest]()
	if bad != nil {
		return v, bad
	}
	return Read[Request](wholeNumbers(sch, tree, payload))
}
