package client

import (
	"strings"
	"time"

	"expertcontroller/schema"
)

// Update is one entry of the log as a watch shows it.
type Update struct {
	// Entry is the entry, whole.
	Entry schema.Entry
	// Events are what happened in it, each with its entry's number; of a watched token
	// only its own.
	Events []schema.Event
	// Statuses are the recoveries that changed in it, as they now stand; of a watched token
	// only itself and what it joined. A checkpoint repeats recoveries and changes none.
	Statuses []schema.Status
	// Missed is how many entries before this one are no longer kept, since the one before
	// it, or since where the watch began.
	Missed uint64
}

// entryOf reads an entry that was heard. unread leaves out what came in, which is half of
// what there is to read in a flood of requests.
func entryOf(payload []byte, unread bool) (schema.Entry, error) {
	if !unread {
		return schema.Read[schema.Entry](payload)
	}
	e, err := schema.Read[outcome](payload)
	return schema.Entry{
		Type: e.Type, System: e.System, Entry: e.Entry, Lineage: e.Lineage, Previous: e.Previous, ID: e.ID, At: e.At, Replica: e.Replica,
		Rules: e.Rules, Build: e.Build, Events: e.Events, Documents: e.Documents, Checkpoint: e.Checkpoint,
	}, err
}

// outcome is an entry without its inputs.
type outcome struct {
	Type       string                 `json:"type"`
	System     string                 `json:"system"`
	Entry      uint64                 `json:"entry"`
	Lineage    string                 `json:"lineage"`
	Previous   string                 `json:"previous"`
	ID         string                 `json:"id"`
	At         time.Time              `json:"at"`
	Replica    string                 `json:"replica"`
	Rules      int                    `json:"rules"`
	Build      string                 `json:"build"`
	Events     []schema.Event         `json:"events"`
	Documents  []schema.Document      `json:"documents"`
	Checkpoint *schema.CheckpointPart `json:"checkpoint"`
}

// update reads an entry; a document that can't be read is an error, since what is
// shown would be wrong.
func update(e schema.Entry, unread bool) (Update, error) {
	if unread {
		e.Inputs = nil
	}
	u := Update{Entry: e, Events: make([]schema.Event, len(e.Events))}
	for i, ev := range e.Events {
		ev.Entry = e.Entry
		u.Events[i] = ev
	}
	if e.Checkpoint != nil || unread {
		return u, nil
	}
	for _, d := range e.Documents {
		if len(d.Value) == 0 || !(strings.HasPrefix(d.Key, schema.KeyRecovery) || strings.HasPrefix(d.Key, schema.KeyRecord)) {
			continue
		}
		s, err := schema.Read[schema.Status](d.Value)
		if err != nil {
			return u, err
		}
		u.Statuses = append(u.Statuses, s)
	}
	return u, nil
}

// only keeps what concerns the tokens; a recovery that joined another adds that one.
// It tells whether anything is left.
func (u *Update) only(tokens map[string]bool) bool {
	var statuses []schema.Status
	for _, s := range u.Statuses {
		if !tokens[s.Token] {
			continue
		}
		statuses = append(statuses, s)
		if s.Joined != "" {
			tokens[s.Joined] = true
		}
	}
	// Once more, for the joined one that changed in the same entry but stood before it.
	for _, s := range u.Statuses {
		if tokens[s.Token] && !has(statuses, s.Token) {
			statuses = append(statuses, s)
		}
	}
	var events []schema.Event
	for _, ev := range u.Events {
		if tokens[ev.Token] {
			events = append(events, ev)
		}
	}
	u.Statuses, u.Events = statuses, events
	return len(statuses) > 0 || len(events) > 0
}

func has(statuses []schema.Status, token string) bool {
	for _, s := range statuses {
		if s.Token == token {
			return true
		}
	}
	return false
}
