package bridge

import (
	"fmt"
	"slices"
	"testing"

	"expertcontroller/schema"
)

// Of the records of one entry a picture is told the last ones by their number, in
// whatever order the entry has them: by key, cms-10 stands before cms-9.
func TestTheLastRecordsAreTold(t *testing.T) {
	var documents []schema.Document
	for n := range 2 * schema.PictureEnded {
		documents = append(documents, schema.Document{Key: fmt.Sprint(schema.KeyRecord, "cms-", n+schema.PictureEnded)})
	}
	documents = append(documents, schema.Document{Key: schema.KeyRecovery + "cms-1"})
	slices.SortFunc(documents, func(a, b schema.Document) int {
		if a.Key < b.Key {
			return -1
		}
		return 1
	})
	told := map[string]bool{}
	for _, d := range worthTelling(documents) {
		told[d.Key] = true
	}
	for _, d := range documents {
		n, isRecord := neverBegan(d)
		if want := !isRecord || n >= 2*schema.PictureEnded; told[d.Key] != want {
			t.Errorf("%s is told: %t", d.Key, told[d.Key])
		}
	}
}
