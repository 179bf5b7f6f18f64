package schema

import "time"

// Retention is how long records are kept, per outcome. What is left out is kept for
// ever; of an age and a count, either lets a record go.
type Retention struct {
	// Completed is how long recoveries that completed are kept.
	Completed *Keep `json:"completed,omitempty"`
	// Failed is how long those that failed are kept.
	Failed *Keep `json:"failed,omitempty"`
	// Cancelled is how long those that were cancelled are kept.
	Cancelled *Keep `json:"cancelled,omitempty"`
	// Rejected is how long rejected requests are kept.
	Rejected *Keep `json:"rejected,omitempty"`
	// Joined is how long requests that joined another recovery are kept.
	Joined *Keep `json:"joined,omitempty"`
	// Consumed is how long polls are still answered after all who asked have said "I have seen it"; then the answer is removed. Left out: as long as the record is kept. Record and audit trail stay.
	Consumed *Duration `json:"consumed,omitempty"`
}

// Keep says how long, or how many.
type Keep struct {
	// Age is how long after its end a record is kept.
	Age *Duration `json:"age,omitempty"`
	// Count is how many are kept: the newest.
	Count *int `json:"count,omitempty" check:"min=0,max=1000000000"`
}

// Of gives what is said of an outcome, by the name of the terminal state; nil: for ever.
func (r *Retention) Of(state string) *Keep {
	if r == nil {
		return nil
	}
	return map[string]*Keep{
		Completed: r.Completed, Failed: r.Failed, Cancelled: r.Cancelled, Rejected: r.Rejected, Joined: r.Joined,
	}[state]
}

// Limited tells whether anything may ever go.
func (r *Retention) Limited() bool {
	for _, state := range []string{Completed, Failed, Cancelled, Rejected, Joined} {
		if k := r.Of(state); k != nil && (k.Age != nil || k.Count != nil) {
			return true
		}
	}
	return false
}

// KeyRetention: a RetentionDocument, what was let go last.
const KeyRetention = "retention"

// TokenRange is the numbers of some tokens, from and to included.
type TokenRange struct {
	// From is the first number.
	From uint64 `json:"from" check:"required,min=1"`
	// To is the last number.
	To uint64 `json:"to" check:"required,min=1"`
}

// Cut is where a trimmed log begins: with the first part of a checkpoint.
type Cut struct {
	// Entry is that part's number.
	Entry uint64 `json:"entry" check:"required,min=1"`
	// Sequence is where it stands in the stream.
	Sequence uint64 `json:"sequence" check:"required,min=1"`
	// Hash is its hash.
	Hash string `json:"hash" check:"required,max=64"`
}

// Trim: what a controller found may go, by the policy. The entry that holds it says so
// first; then records, and the log before the cut, are removed.
type Trim struct {
	Type string `json:"type" check:"required"`
	// Records are the tokens of records that are kept no longer.
	Records []TokenRange `json:"records,omitempty" check:"maxitems=1000"`
	// Cut is where the log begins from now on.
	Cut *Cut `json:"cut,omitempty"`
	// Why is the rule of the policy.
	Why string `json:"why,omitzero" check:"max=500"`
}

// RetentionDocument is what was let go last, and where the log begins.
type RetentionDocument struct {
	At time.Time `json:"at"`
	// Entry is the entry that said so.
	Entry uint64 `json:"entry"`
	// Records are those that this entry lets go.
	Records []TokenRange `json:"records,omitempty"`
	// Through is the highest number that was ever let go.
	Through uint64 `json:"through,omitzero"`
	// Cut is where the log begins; absent: with entry 1.
	Cut *Cut `json:"cut,omitempty"`
}
