package client

import (
	"reflect"
	"testing"
	"time"

	"expertcontroller/schema"
)

// Who follows hears everything of an entry but what came in.
func TestFollowedEntryIsWhole(t *testing.T) {
	noon := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	whole := schema.Entry{
		Type: schema.Type(schema.KindEntry), System: "cms", Entry: 7, Lineage: "l", Previous: "p", ID: "i", At: noon, Replica: "r", Rules: 1, Build: "b",
		Inputs: []schema.EntryInput{{Kind: schema.KindCleared, At: noon}}, Events: []schema.Event{{Kind: schema.EventNote, At: noon}},
		Documents: []schema.Document{{Key: schema.KeyMode, Value: []byte(`{"mode":"manual"}`)}}, Checkpoint: &schema.CheckpointPart{Part: 1, Of: 2},
	}
	for v, i := reflect.ValueOf(whole), 0; i < v.NumField(); i++ {
		if v.Field(i).IsZero() {
			t.Fatalf("the test leaves out %s", v.Type().Field(i).Name)
		}
	}
	payload, err := schema.Encode(whole)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := entryOf(payload, false); err != nil || !reflect.DeepEqual(got, whole) {
		t.Errorf("%+v, %v", got, err)
	}
	whole.Inputs = nil
	if got, err := entryOf(payload, true); err != nil || !reflect.DeepEqual(got, whole) {
		t.Errorf("without inputs: %+v, %v", got, err)
	}
}
