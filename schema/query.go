package schema

import "time"

// Query is what the query endpoints without filters take.
type Query struct {
	Type string `json:"type,omitzero"`
	// After makes the replica wait, briefly, until it has this entry.
	After uint64 `json:"after,omitzero"`
}

// StatusQuery asks for one recovery: by token, or by its request's id and expert.
type StatusQuery struct {
	Type  string `json:"type,omitzero"`
	Token string `json:"token,omitzero" check:"token"`
	// ID and Expert name the request; the newest one if the id was used again.
	ID     string `json:"id,omitzero" check:"max=128"`
	Expert string `json:"expert,omitzero" check:"name"`
	// Problem and Expert name the newest recovery that covers the problem.
	Problem string `json:"problem,omitzero" check:"max=128"`
	After   uint64 `json:"after,omitzero"`
	// Consume says "I have seen it".
	Consume bool `json:"consume,omitzero"`
}

// EntriesQuery asks for entries of the log, in order.
type EntriesQuery struct {
	Type  string `json:"type,omitzero"`
	After uint64 `json:"after,omitzero"`
	// Limit is how many at most; default 100, at most 1000. An answer holds at most 512 KiB.
	Limit int `json:"limit,omitzero" check:"min=0,max=1000"`
}

// Entries answers EntriesQuery.
type Entries struct {
	Type    string `json:"type"`
	System  string `json:"system"`
	Lineage string `json:"lineage"`
	// Entries are in order, without a gap, from After+1.
	Entries []Entry `json:"entries"`
	// Last is the last entry that the replica has.
	Last uint64 `json:"last"`
	// First is the first one that is still kept.
	First uint64 `json:"first"`
}

// HistoryQuery filters the records. Texts may hold * as a wildcard.
type HistoryQuery struct {
	Type     string     `json:"type,omitzero"`
	State    []string   `json:"state,omitempty" check:"maxitems=16"`
	Problem  string     `json:"problem,omitzero" check:"max=200"`
	Key      string     `json:"key,omitzero" check:"max=200"`
	Expert   string     `json:"expert,omitzero" check:"max=64"`
	Agent    string     `json:"agent,omitzero" check:"max=64"`
	Operator string     `json:"operator,omitzero" check:"max=64"`
	Since    *time.Time `json:"since,omitempty"`
	Until    *time.Time `json:"until,omitempty"`
	// Limit is how many at most; default 50, at most 500.
	Limit int `json:"limit,omitzero" check:"min=0,max=500"`
	// Cursor is the previous page's next: newest first, going back.
	Cursor string `json:"cursor,omitzero" check:"max=64"`
	// Token asks for this recovery's events, too: its audit trail.
	Token string `json:"token,omitzero" check:"token"`
	After uint64 `json:"after,omitzero"`
}

// History answers HistoryQuery.
type History struct {
	Type    string    `json:"type"`
	System  string    `json:"system"`
	Records []Summary `json:"records"`
	// Next is the cursor of the next page; empty when there is none.
	Next string `json:"next,omitzero"`
	// Events are the audit trail of the recovery asked for.
	Events []Event `json:"events,omitempty"`
	// Entry is the entry that the answer reflects.
	Entry uint64 `json:"entry"`
}

// Summary is a recovery in a line.
type Summary struct {
	Token     string     `json:"token"`
	State     string     `json:"state"`
	Terminal  bool       `json:"terminal"`
	Reason    Reason     `json:"reason"`
	Title     string     `json:"title"`
	Problems  []string   `json:"problems"`
	Key       string     `json:"key"`
	AskedBy   By         `json:"asked_by"`
	Step      int        `json:"step"`
	Steps     int        `json:"steps"`
	Prompt    *Prompt    `json:"prompt,omitempty"`
	Deadline  *time.Time `json:"deadline,omitempty"`
	Joined    string     `json:"joined,omitzero"`
	Created   time.Time  `json:"created"`
	Updated   time.Time  `json:"updated"`
	Ended     *time.Time `json:"ended"`
	Priority  int        `json:"priority,omitzero"`
	Entry     uint64     `json:"entry"`
	Simulated bool       `json:"simulated,omitzero"`
}

// Summarise gives a recovery in a line.
func Summarise(s *Status) Summary {
	out := Summary{
		Token: s.Token, State: s.State, Terminal: s.Terminal, Reason: s.Reason,
		AskedBy: s.AskedBy, Step: s.Step, Steps: len(s.Steps), Prompt: s.Prompt, Deadline: s.Deadline,
		Joined: s.Joined, Created: s.Created, Updated: s.Updated, Ended: s.Ended,
		Priority: s.Priority, Entry: s.Entry, Simulated: s.Simulated,
	}
	for i, p := range s.Problems {
		if i == 0 {
			out.Title, out.Key = p.Title, p.Key
		}
		out.Problems = append(out.Problems, p.ID)
	}
	return out
}

// Overview is a system at a glance.
type Overview struct {
	Type    string `json:"type"`
	System  string `json:"system"`
	Lineage string `json:"lineage"`
	// Entry is the entry that the answer reflects.
	Entry uint64       `json:"entry"`
	At    time.Time    `json:"at"`
	Mode  ModeDocument `json:"mode"`
	// UnderWay is the recovery that occupies the system.
	UnderWay *Summary `json:"under_way"`
	// Postponed are in the order of their turns.
	Postponed []Summary `json:"postponed"`
	// Recent are the last ones that ended, newest first.
	Recent []Summary       `json:"recent"`
	Holds  []HoldDocument  `json:"holds"`
	Agents []AgentDocument `json:"agents"`
	// Replica is who answers, Preferred who decided last.
	Replica   string `json:"replica"`
	Preferred string `json:"preferred"`
	// Counters count since this replica's start.
	Counters Counters `json:"counters"`
}

// Counters count what a replica saw since its start.
type Counters struct {
	// Refused are inputs refused before the log.
	Refused uint64 `json:"refused"`
	// Malformed are published inputs that were no valid message.
	Malformed uint64 `json:"malformed"`
	// Skipped are messages in the log that are no valid entries.
	Skipped uint64 `json:"skipped"`
	// Panics are inputs that made the rules panic.
	Panics uint64 `json:"panics"`
}

// StatisticsQuery asks for figures over a time.
type StatisticsQuery struct {
	Type  string     `json:"type,omitzero"`
	Since *time.Time `json:"since,omitempty"`
	Until *time.Time `json:"until,omitempty"`
	After uint64     `json:"after,omitzero"`
}

// Statistics answers StatisticsQuery.
type Statistics struct {
	Type   string    `json:"type"`
	System string    `json:"system"`
	Since  time.Time `json:"since"`
	Until  time.Time `json:"until"`
	// Days count recoveries by the day they were asked for (UTC) and their state.
	Days []DayCount `json:"days"`
	// States count them over the whole time.
	States map[string]int `json:"states"`
	// Approval is how long prompts stayed open until somebody approved.
	Approval Spread `json:"approval"`
	// Expired counts prompts that nobody answered.
	Expired int `json:"expired"`
	// Duration is from the request to a completed end.
	Duration Spread `json:"duration"`
	// Unattended counts recoveries that ended without any operator's decision.
	Unattended int `json:"unattended"`
	// Problems counts outcomes per problem key, most frequent first, at most 50.
	Problems []ProblemCount `json:"problems"`
	Entry    uint64         `json:"entry"`
}

// DayCount counts one day.
type DayCount struct {
	Day    string         `json:"day"`
	States map[string]int `json:"states"`
}

// Spread gives count, median and 90th percentile.
type Spread struct {
	Count  int      `json:"count"`
	Median Duration `json:"median"`
	P90    Duration `json:"p90"`
}

// ProblemCount counts the outcomes of one kind of problem.
type ProblemCount struct {
	Key       string   `json:"key"`
	Total     int      `json:"total"`
	Completed int      `json:"completed"`
	Failed    int      `json:"failed"`
	Cancelled int      `json:"cancelled"`
	Median    Duration `json:"median"`
}

// PolicyAnswer answers the policy query: the one in force, with and without defaults.
type PolicyAnswer struct {
	Type      string         `json:"type"`
	System    string         `json:"system"`
	Given     PolicyDocument `json:"given"`
	Effective Policy         `json:"effective"`
	Entry     uint64         `json:"entry"`
}

// Actions answers the actions query: what agents offer.
type Actions struct {
	Type   string          `json:"type"`
	System string          `json:"system"`
	Agents []AgentDocument `json:"agents"`
	Entry  uint64          `json:"entry"`
}
