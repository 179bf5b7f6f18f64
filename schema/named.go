package schema

import "time"

// Named is a message that its sender can name, and give a time after which it is not
// decided any more; nil: any time.
type Named interface {
	Name() (id string, deadline *time.Time)
}

// Name gives the message's id and deadline.
func (m *Request) Name() (string, *time.Time) { return m.ID, m.Deadline }

// Name gives the message's id and deadline.
func (m *Cleared) Name() (string, *time.Time) { return m.ID, m.Deadline }

// Name gives the message's id and deadline.
func (m *Consumed) Name() (string, *time.Time) { return m.ID, m.Deadline }

// Name gives the message's id and deadline.
func (m *Decide) Name() (string, *time.Time) { return m.ID, m.Deadline }

// Name gives the message's id and deadline.
func (m *Interrupt) Name() (string, *time.Time) { return m.ID, m.Deadline }

// Name gives the message's id and deadline.
func (m *Mode) Name() (string, *time.Time) { return m.ID, m.Deadline }

// Name gives the message's id and deadline.
func (m *Hold) Name() (string, *time.Time) { return m.ID, m.Deadline }

// Name gives the message's id and deadline.
func (m *Note) Name() (string, *time.Time) { return m.ID, m.Deadline }

// Name gives the message's id and deadline.
func (m *ApplyPolicy) Name() (string, *time.Time) { return m.ID, m.Deadline }

// Name gives the message's id; what agents send has no deadline.
func (m *Claim) Name() (string, *time.Time) { return m.ID, nil }

// Name gives the message's id; what agents send has no deadline.
func (m *Result) Name() (string, *time.Time) { return m.ID, nil }
