package webhook

import (
	"slices"
	"strings"
	"time"

	"expertcontroller/client"
	"expertcontroller/schema"
)

// Notice is what is told: the data of a template, and the body where there is none.
type Notice struct {
	// ID stays the same however often the notice is sent.
	ID string `json:"id"`
	// Kind is prompt or outcome.
	Kind   string    `json:"kind"`
	System string    `json:"system"`
	At     time.Time `json:"at"`
	// Entry is the log's entry in which it happened.
	Entry uint64 `json:"entry"`
	Token string `json:"token"`
	// State is the recovery's at that time.
	State string `json:"state"`
	// Reason says why it ended.
	Reason schema.Reason `json:"reason,omitzero"`
	// Title and Description are of its first problem; Problems are the ids of all.
	Title       string   `json:"title"`
	Description string   `json:"description,omitzero"`
	Problems    []string `json:"problems"`
	// AskedBy is who asked for the recovery.
	AskedBy schema.By `json:"asked_by"`
	// Step is the title of the step that it is about.
	Step string `json:"step,omitzero"`
	// Prompt is the question, where it is one.
	Prompt *schema.Prompt `json:"prompt,omitempty"`
	// Text is the line of the audit trail.
	Text string `json:"text"`
	// Link is where a person looks.
	Link string `json:"link,omitzero"`
	// Simulated says that no action had an effect.
	Simulated bool `json:"simulated,omitzero"`
}

// notices gives what an entry has to tell, in its order. The ids are made of what is
// never used again in a log, and of the log's lineage.
func (c Config) notices(u client.Update) []Notice {
	var out []Notice
	for _, e := range u.Events {
		kind := ""
		switch e.Kind {
		case schema.EventPrompted:
			kind = KindPrompt
		case schema.EventCompleted, schema.EventFailed, schema.EventCancelled:
			kind = KindOutcome
		}
		i := slices.IndexFunc(u.Statuses, func(s schema.Status) bool { return s.Token == e.Token })
		if kind == "" || i < 0 || !slices.Contains(c.Tell, kind) {
			continue
		}
		s := u.Statuses[i]
		n := Notice{
			ID: u.Entry.Lineage + "/" + s.Token + ".end", Kind: kind, System: u.Entry.System, At: e.At, Entry: u.Entry.Entry,
			Token: s.Token, State: s.State, Problems: []string{}, AskedBy: s.AskedBy, Text: e.Text, Simulated: s.Simulated,
			Link: strings.ReplaceAll(c.Link, "{token}", s.Token),
		}
		for j, p := range s.Problems {
			if j == 0 {
				n.Title, n.Description = p.Title, p.Description
			}
			n.Problems = append(n.Problems, p.ID)
		}
		if kind == KindOutcome {
			n.Reason = s.Reason
		} else {
			n.ID = u.Entry.Lineage + "/" + e.Prompt
			if s.Prompt != nil && s.Prompt.ID == e.Prompt {
				n.Prompt = s.Prompt
			}
		}
		if s.Step < len(s.Steps) {
			n.Step = s.Steps[s.Step].Title
		}
		out = append(out, n)
	}
	return out
}
