package store

import (
	"fmt"
	"maps"
	"slices"

	"expertcontroller/schema"
)

// merge is what a batch makes of one system. Documents and records that change several
// times in a batch are written once, as they last stood; what history must never lose
// (events, entries, whom and what a record ever covered) is written for every entry, so
// that the result does not depend on where a batch ends.
type merge struct {
	name   string
	system int64
	at     schema.Position
	// through is the highest number of a record that was ever let go, newest of one that
	// covered a problem before.
	through, newest uint64

	documents map[string]schema.Document
	records   map[uint64]record
	facets    map[[2]int64]struct{}
	// problems are those that records cover; true: it was not known before.
	problems map[problem]bool
	hours    map[int64][2]uint64
}

// problem is one that a record covers.
type problem struct {
	record, whose int64
	id            string
}

// startMerge begins at the system's position; a new system gets a number.
func (s *Store) startMerge(name string) *merge {
	m := &merge{
		name: name, documents: map[string]schema.Document{}, records: map[uint64]record{},
		facets: map[[2]int64]struct{}{}, problems: map[problem]bool{}, hours: map[int64][2]uint64{},
	}
	m.system, m.at, m.through, m.newest = s.place(name)
	return m
}

// add takes in one message of the log.
func (m *merge) add(tx *transaction, a Applied, f folded) error {
	moves, err := follows(m.at, a)
	if err != nil || !moves {
		return err
	}
	if m.system > maxSystem {
		return fmt.Errorf("%d systems are more than one database holds: use another one", m.system)
	}
	e := a.Entry
	if e == nil {
		m.at.Sequence = a.Position.Sequence
		if m.at.Entry == 0 {
			m.at.System, m.at.Created = a.Position.System, a.Position.Created
		}
		return nil
	}
	m.at = a.Position
	for _, d := range f.documents {
		m.documents[d.Key] = d
		if d.Key == schema.KeyRetention {
			if err := m.letGo(tx, e, d); err != nil {
				return err
			}
		}
	}
	if c := e.Checkpoint; c != nil {
		if err := tx.add(tableCheckpoints, idOf(m.system, e.Entry), c.Part, c.Of); err != nil {
			return err
		}
	}
	for _, r := range f.records {
		m.records[r.number] = r
		if err := m.addRecord(tx, r); err != nil {
			return err
		}
	}
	for _, r := range f.requests {
		if err := tx.add(tableRequests, idOf(m.system, r.number), r.value, checksum(schema.Token(m.name, r.number), r.value)); err != nil {
			return err
		}
	}
	for n := range e.Events {
		if err := m.addEvent(tx, e.Entry, n, &e.Events[n]); err != nil {
			return err
		}
	}
	return tx.add(tableEntries, idOf(m.system, e.Entry), nanos(e.At), e.Replica, a.Position.Hash, int64(a.Position.At))
}

// addRecord keeps what a record covers and who took part; it stays even if a later
// status does not name it any more.
func (m *merge) addRecord(tx *transaction, r record) error {
	id := idOf(m.system, r.number)
	facet := func(kind int, text string) error {
		if text == "" {
			return nil
		}
		return m.addFacet(tx, id, kind, text)
	}
	var err error
	switch r.AskedBy.Role {
	case schema.RoleExpert:
		err = facet(termExpert, r.AskedBy.Name)
	case schema.RoleOperator:
		err = facet(termOperator, r.AskedBy.Name)
	}
	if err != nil {
		return err
	}
	for _, p := range r.Problems {
		if err := facet(termKey, p.Key); err != nil {
			return err
		}
		if err := facet(termTitle, p.Title); err != nil {
			return err
		}
		whose, err := tx.terms.number(tx, term{m.system, termWhose, p.Expert})
		if err != nil {
			return err
		}
		covered := problem{id, whose, p.ID}
		if _, ok := m.problems[covered]; ok {
			continue
		}
		known := false
		if r.number <= m.newest {
			if known, err = tx.covers(covered); err != nil {
				return err
			}
		}
		if m.problems[covered] = !known; known {
			continue
		}
		if err := tx.add(tableProblems, id, whose, p.ID); err != nil {
			return err
		}
	}
	for _, s := range r.Steps {
		for _, a := range s.Attempts {
			if err := facet(termAgent, a.Agent); err != nil {
				return err
			}
		}
	}
	for _, a := range r.Probes {
		if err := facet(termAgent, a.Agent); err != nil {
			return err
		}
	}
	hour := hourOf(r.Created)
	span, ok := m.hours[hour]
	if !ok {
		span = [2]uint64{r.number, r.number}
	}
	m.hours[hour] = [2]uint64{min(span[0], r.number), max(span[1], r.number)}
	return nil
}

func (m *merge) addFacet(tx *transaction, id int64, kind int, text string) error {
	number, err := tx.terms.number(tx, term{m.system, kind, text})
	if err != nil {
		return err
	}
	if _, ok := m.facets[[2]int64{id, number}]; ok {
		return nil
	}
	m.facets[[2]int64{id, number}] = struct{}{}
	return tx.add(tableFacets, id, number)
}

// addEvent keeps a line of the audit trail, and what it says about prompts and operators.
func (m *merge) addEvent(tx *transaction, entry uint64, n int, e *schema.Event) error {
	number, known := recordNumber(m.name, e.Token)
	id, token := idOf(m.system, number), ""
	if !known {
		token = e.Token
	}
	here, err := known, error(nil)
	if here && number <= m.through {
		here, err = m.keeps(tx, number)
	}
	if err != nil {
		return err
	}
	if here {
		if e.By.Role == schema.RoleOperator {
			if err := m.addFacet(tx, id, termOperator, e.By.Name); err != nil {
				return err
			}
			if err := m.addFacet(tx, id, termAttended, ""); err != nil {
				return err
			}
		}
		if of, p, err := schema.ParsePromptID(e.Prompt); err == nil && of == e.Token {
			var values []any
			switch e.Kind {
			case schema.EventPrompted:
				values = []any{id, int64(p), nanos(e.At), nil}
			case schema.EventApproved:
				values = []any{id, int64(p), nil, nanos(e.At)}
			}
			if values != nil {
				if err := tx.add(tablePrompts, values...); err != nil {
					return err
				}
			}
		}
	}
	return tx.add(tableEvents, idOf(m.system, entry), int64(n), id, e.Kind, nanos(e.At), e.By.Role, e.By.Name, e.By.Via, e.By.Auth, e.Text,
		token, int64(e.Step), int64(e.Attempt), e.Prompt, e.Code)
}

// write puts down what the batch made of the documents and the records.
func (m *merge) write(tx *transaction) error {
	// In the order of their keys SQLite fills one page after another.
	for _, key := range slices.Sorted(maps.Keys(m.documents)) {
		var err error
		if d := m.documents[key]; gone(d) {
			err = tx.add(tableRemoved, m.system, key)
		} else {
			err = tx.add(tableDocuments, m.system, key, []byte(d.Value), checksum(key, d.Value))
		}
		if err != nil {
			return err
		}
	}
	for _, n := range slices.Sorted(maps.Keys(m.records)) {
		if err := m.writeRecord(tx, n, m.records[n]); err != nil {
			return err
		}
	}
	for hour, span := range m.hours {
		if err := tx.add(tableHours, m.system, hour, int64(span[0]), int64(span[1])); err != nil {
			return err
		}
	}
	return nil
}

func (m *merge) writePosition(tx *transaction) error {
	_, err := tx.stmt(tx.statements.putSystem).Exec(m.system, m.name, nanos(m.at.Created), int64(m.at.Sequence), int64(m.at.At),
		int64(m.at.Entry), m.at.Hash, m.at.Lineage)
	if err != nil {
		return fmt.Errorf("writing the position of %s: %w", m.name, err)
	}
	return nil
}

func (m *merge) writeRecord(tx *transaction, n uint64, r record) error {
	key := ""
	if len(r.Problems) > 0 {
		key = r.Problems[0].Key
	}
	kind, err := tx.terms.number(tx, term{m.system, termKey, key})
	if err != nil {
		return err
	}
	var ended any
	if r.Ended != nil {
		ended = nanos(*r.Ended)
	}
	id := idOf(m.system, n)
	if err := tx.add(tableRecords, id, m.system, r.State, r.Reason.Code, r.AskedBy.Role, r.AskedBy.Name, r.RequestID, kind, nanos(r.Created), ended); err != nil {
		return err
	}
	return tx.add(tableStatuses, id, r.value, checksum(schema.Token(m.name, n), r.value))
}
