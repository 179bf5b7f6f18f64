package agent

import (
	"slices"
	"time"

	"expertcontroller/schema"
)

// States of a claim, as the journal's lines say them.
const (
	// opened: the journal's first line; it names the agent.
	stateOpened = "opened"
	// claiming: a claim was made; nothing may have been begun. Left by refused, acting or ended.
	stateClaiming = "claiming"
	// refused: the controller said no. Final.
	stateRefused = "refused"
	// acting: it was granted, and the action begins after this line. Left by ended.
	stateActing = "acting"
	// ended: it is over, or never began; the result has to be told. Left by settled.
	stateEnded = "ended"
	// settled: the controller has answered the result. Final.
	stateSettled = "settled"
	// tombstone: the attempt must never be begun, whatever is granted later. Final.
	stateTombstone = "tombstone"
)

// record is a line of the journal.
type record struct {
	State string    `json:"state"`
	At    time.Time `json:"at"`
	// Agent and System stand in the first line.
	Agent  string      `json:"agent,omitzero"`
	System string      `json:"system,omitzero"`
	Work   schema.Work `json:"work,omitzero"`
	Claim  string      `json:"claim,omitzero"`
	Action string      `json:"action,omitzero"`
	// Acted says that "acting" was written for this claim.
	Acted bool `json:"acted,omitzero"`
	// Result is what is told: from ended on.
	Result *schema.Result `json:"result,omitempty"`
	// Verdict is what the controller answered.
	Verdict string `json:"verdict,omitzero"`
	// Abort is why there is a tombstone.
	Abort *schema.Abort `json:"abort,omitempty"`
}

func (r record) valid() bool {
	switch r.State {
	case stateOpened:
		return r.Agent != ""
	case stateClaiming, stateRefused, stateActing, stateSettled:
		return r.Claim != ""
	case stateEnded:
		return r.Claim != "" && r.Result != nil
	case stateTombstone:
		return r.Work.Token != ""
	}
	return false
}

// permits tells whether something is done because the line stands on disk.
func (r record) permits() bool { return r.State == stateClaiming || r.State == stateActing }

// How much of what is settled stays: enough to answer an abort that comes late and
// never to begin an attempt again.
const (
	keepSettled    = 200
	keepTombstones = 1000
)

// memory is the fold of the journal's lines.
type memory struct {
	opened     record
	claims     map[string]record
	order      []string
	tombstones []record
}

func newMemory(agent, system string) memory {
	return memory{opened: record{State: stateOpened, Agent: agent, System: system}, claims: map[string]record{}}
}

func (m *memory) fold(rec record) {
	switch rec.State {
	case stateOpened:
		m.opened = rec
		return
	case stateTombstone:
		if m.buried(rec.Work) == nil {
			m.tombstones = append(m.tombstones, rec)
		}
		return
	}
	before, known := m.claims[rec.Claim]
	if !known {
		m.order = append(m.order, rec.Claim)
	}
	rec.Acted = rec.Acted || before.Acted || rec.State == stateActing
	if rec.Action == "" {
		rec.Action = before.Action
	}
	if rec.Result == nil {
		rec.Result = before.Result
	}
	if rec.Work.Token == "" {
		rec.Work = before.Work
	}
	m.claims[rec.Claim] = rec
}

// snapshot gives what takes the fold of rec back again.
func (m *memory) snapshot(rec record) (undo func()) {
	before, known := m.claims[rec.Claim]
	return func() {
		if known {
			m.claims[rec.Claim] = before
			return
		}
		delete(m.claims, rec.Claim)
		m.order = slices.DeleteFunc(m.order, func(claim string) bool { return claim == rec.Claim })
	}
}

func (m *memory) buried(work schema.Work) *schema.Abort {
	for _, t := range m.tombstones {
		if t.Work == work && t.Abort != nil {
			return t.Abort
		}
		if t.Work == work {
			return &schema.Abort{Work: work} // nobody wrote down why
		}
	}
	return nil
}

// spent tells whether an attempt must not be begun: it was carried out before, or
// it was aborted before it began.
func (m *memory) spent(work schema.Work) bool {
	if m.buried(work) != nil {
		return true
	}
	for _, rec := range m.claims {
		if rec.Work == work && rec.Acted {
			return true
		}
	}
	return false
}

// of lists the claims made for an attempt, oldest first.
func (m *memory) of(work schema.Work) []record {
	var out []record
	for _, claim := range m.order {
		if rec := m.claims[claim]; rec.Work == work {
			out = append(out, rec)
		}
	}
	return out
}

// open lists the claims whose result the controller has not answered, oldest first.
func (m *memory) open() []record {
	var out []record
	for _, claim := range m.order {
		if rec := m.claims[claim]; rec.State != stateSettled && rec.State != stateRefused {
			out = append(out, rec)
		}
	}
	return out
}

// keep forgets what is long settled and gives the lines of a new file.
func (m *memory) keep() []record {
	settled := 0
	for i := len(m.order) - 1; i >= 0; i-- {
		rec := m.claims[m.order[i]]
		final := rec.State == stateSettled || rec.State == stateRefused
		if !final {
			continue
		}
		if settled++; settled > keepSettled || rec.State == stateRefused {
			delete(m.claims, rec.Claim)
			m.order = slices.Delete(m.order, i, i+1)
			continue
		}
		if rec.Result != nil {
			short := bare(*rec.Result)
			rec.Result = &short
			m.claims[rec.Claim] = rec
		}
	}
	if over := len(m.tombstones) - keepTombstones; over > 0 {
		m.tombstones = slices.Delete(m.tombstones, 0, over)
	}
	out := []record{m.opened}
	out = append(out, m.tombstones...)
	for _, claim := range m.order {
		out = append(out, m.claims[claim])
	}
	return out
}
