package predecessor

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"expertcontroller/schema"
)

// asked is what the expert posts to /recover.
type asked struct {
	ProblemID          number `json:"problemId"`
	ProblemTitle       string `json:"problemTitle"`
	ProblemDescription string `json:"problemDescription"`
	// Three flags, one relation: at most one of them is meant. Each has been called
	// differently by one version or another of the expert.
	WithInterrupt    bool `json:"withInterrupt"`
	SameProblem      bool `json:"sameProblem"`
	IsSameProblem    bool `json:"isSameProblem"`
	WithPostponement bool `json:"withPostponement"`
	// IsProbe marks a request that somebody sent to try things.
	IsProbe                    bool `json:"isProbe"`
	Probe                      bool `json:"probe"`
	AutomatedRecoveryEnabled   bool `json:"automatedRecoveryEnabled"`
	IsAutomatedRecoveryEnabled bool `json:"isAutomatedRecoveryEnabled"`

	Steps []step `json:"recoveryRequestSteps"`
	// OlderSteps is how the first versions called them.
	OlderSteps []step `json:"recoverySteps"`
}

// step is one step as the expert describes it, or only its text.
type step struct {
	// text says that only a text was given: without markup a person carries it out.
	text          bool
	Index         int      `json:"stepIndex"`
	HumanReadable string   `json:"humanReadable"`
	TTCHardReset  bool     `json:"issueTTCHardReset"`
	Red           []string `json:"redRecycle"`
	Green         []string `json:"greenRecycle"`
	Fault         []string `json:"fault"`
	Reset         []string `json:"reset"`
}

// UnmarshalJSON reads a step, or a text.
func (s *step) UnmarshalJSON(b []byte) error {
	if bytes.HasPrefix(bytes.TrimSpace(b), []byte(`"`)) {
		s.text = true
		return json.Unmarshal(b, &s.HumanReadable)
	}
	type plain step
	return json.Unmarshal(b, (*plain)(s))
}

// number is a condition's id: a whole number, or one in quotes.
type number struct {
	given bool
	n     int64
}

// UnmarshalJSON reads 101 and "101"; null is none.
func (n *number) UnmarshalJSON(b []byte) error {
	text := strings.Trim(string(b), `"`)
	if text == "null" {
		return nil
	}
	v, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return fmt.Errorf("%s is no condition's id: send a whole number", schema.Shorten(string(b), 40))
	}
	*n = number{given: true, n: v}
	return nil
}

func (n number) String() string { return strconv.FormatInt(n.n, 10) }

// decision answers /recover. What does not apply is null, as it was.
type decision struct {
	AcceptanceDecision       string  `json:"acceptanceDecision"`
	RecoveryProcedureID      *uint64 `json:"recoveryProcedureId"`
	RejectedDueToConditionID *int64  `json:"rejectedDueToConditionId"`
	ContinuesTheConditionIDs []int64 `json:"continuesTheConditionIds"`
}

// The decisions, in the predecessor's words.
const (
	accepted                    = "accepted"
	acceptedWithPreemption      = "acceptedWithPreemption"
	acceptedToContinue          = "acceptedToContinue"
	acceptedToPostpone          = "acceptedToPostpone"
	rejected                    = "rejected"
	rejectedDueToManualRecovery = "rejectedDueToManualRecovery"
)

// serviceStatus answers /service-status.
type serviceStatus struct {
	ExecutorState       string           `json:"executorState"`
	LastProcedureStatus *procedureStatus `json:"lastProcedureStatus"`
}

// procedureStatus is a recovery as the predecessor showed it.
type procedureStatus struct {
	ID             uint64          `json:"id"`
	Status         string          `json:"status"`
	ActionSummary  []happened      `json:"actionSummary"`
	AutomatedSteps []automatedStep `json:"automatedSteps"`
	StartDate      *string         `json:"startDate"`
	EndDate        *string         `json:"endDate"`
	ConditionIDs   []int64         `json:"conditionIds"`
}

// happened is a line of what happened.
type happened struct {
	Date      string `json:"date"`
	Type      string `json:"type"`
	Content   string `json:"content"`
	StepIndex *int   `json:"stepIndex"`
}

// automatedStep is a step and what became of it.
type automatedStep struct {
	StepIndex     int     `json:"stepIndex"`
	Started       *string `json:"started"`
	Finished      *string `json:"finished"`
	Status        *string `json:"status"`
	TimesExecuted int     `json:"timesExecuted"`
}

// procedure is a line of /procedures.
type procedure struct {
	ID           uint64     `json:"id"`
	ProblemIDs   []int64    `json:"problemIds"`
	ProblemTitle string     `json:"problemTitle"`
	Start        *string    `json:"start"`
	End          *string    `json:"end"`
	State        string     `json:"state"`
	EventSummary []happened `json:"eventSummary"`
}

// record is a line of /records: a recovery, or one try of a step.
type record struct {
	ID          uint64  `json:"id"`
	Name        string  `json:"name"`
	Description string  `json:"description"`
	Start       *string `json:"start"`
	End         *string `json:"end"`
}

// interrupted answers /interrupt.
type interrupted struct {
	Status  string `json:"status"`
	Message string `json:"message"`
}
