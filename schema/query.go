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
	// ID is the request's own; the newest one if it was used again.
	ID string `json:"id,omitzero" check:"max=128"`
	// Expert is whose request or problem it is.
	Expert string `json:"expert,omitzero" check:"name"`
	// Problem is a problem's id: the newest recovery that covers it.
	Problem string `json:"problem,omitzero" check:"max=128"`
	After   uint64 `json:"after,omitzero"`
	// Record asks for what is kept, also where polls are no longer answered because all who asked have seen how it ended: for those who look back.
	Record bool `json:"record,omitzero"`
}

// EntriesQuery asks for entries of the log, in order.
type EntriesQuery struct {
	Type  string `json:"type,omitzero"`
	After uint64 `json:"after,omitzero"`
	// Limit is how many at most; 0 and left out: the default. An answer holds at most 512 KiB.
	Limit int `json:"limit,omitzero" check:"min=0,max=1000,default=100"`
}

// Entries answers EntriesQuery.
type Entries struct {
	Type   string `json:"type"`
	System string `json:"system"`
	// Lineage is the log's: another one is another log.
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
	Type string `json:"type,omitzero"`
	// State keeps recoveries in one of these states; default: all.
	State []string `json:"state,omitempty" check:"maxitems=16"`
	// Problem keeps recoveries that cover the problem with this id.
	Problem string `json:"problem,omitzero" check:"max=200"`
	// Key keeps recoveries with a problem of this key.
	Key string `json:"key,omitzero" check:"max=200"`
	// Expert keeps what this expert asked for.
	Expert string `json:"expert,omitzero" check:"max=64"`
	// Agent keeps recoveries in which this agent had an attempt.
	Agent string `json:"agent,omitzero" check:"max=64"`
	// Operator keeps recoveries that this operator decided on.
	Operator string `json:"operator,omitzero" check:"max=64"`
	// Since keeps what was asked for then or later.
	Since *time.Time `json:"since,omitempty"`
	// Until keeps what was asked for earlier.
	Until *time.Time `json:"until,omitempty"`
	// Limit is how many at most; 0 and left out: the default.
	Limit int `json:"limit,omitzero" check:"min=0,max=500,default=50"`
	// Cursor is the previous page's next: newest first, going back.
	Cursor string `json:"cursor,omitzero" check:"max=64"`
	// Token asks for this recovery's events, too: its audit trail.
	Token string `json:"token,omitzero" check:"token"`
	After uint64 `json:"after,omitzero"`
}

// History answers HistoryQuery.
type History struct {
	Type   string `json:"type"`
	System string `json:"system"`
	// Records are the recoveries found, newest first.
	Records []Summary `json:"records"`
	// Next is the cursor of the next page; empty when there is none.
	Next string `json:"next,omitzero"`
	// Events are the audit trail of the recovery asked for; one that no answer holds is refused, 413: `audit` gives it page by page.
	Events []Event `json:"events,omitempty"`
	// Entry is the entry that the answer reflects.
	Entry uint64 `json:"entry"`
}

// Summary is a recovery in a line.
type Summary struct {
	Token string `json:"token"`
	// State is as in a status.
	State string `json:"state"`
	// Terminal tells whether it has ended, for good.
	Terminal bool `json:"terminal"`
	// Reason is why it ended or waits.
	Reason Reason `json:"reason"`
	// Title is the title of its first problem.
	Title string `json:"title"`
	// Problems are the ids of all that it covers.
	Problems []string `json:"problems"`
	// Key is the kind of its first problem.
	Key string `json:"key"`
	// AskedBy is who sent the request.
	AskedBy By `json:"asked_by"`
	// Step is the index of the step that it is at.
	Step int `json:"step"`
	// Steps is how many steps there are.
	Steps int `json:"steps"`
	// Prompt is the open question to the operators.
	Prompt *Prompt `json:"prompt,omitempty"`
	// Deadline is when something happens by itself.
	Deadline *time.Time `json:"deadline,omitempty"`
	// Joined names the recovery to follow.
	Joined string `json:"joined,omitzero"`
	// Created is when the request was decided.
	Created time.Time `json:"created"`
	// Updated is when it last changed.
	Updated time.Time `json:"updated"`
	// Ended is when it reached a terminal state; null before.
	Ended *time.Time `json:"ended"`
	// Priority orders the queue: higher goes first.
	Priority int    `json:"priority,omitzero"`
	Entry    uint64 `json:"entry"`
	// Simulated says that an agent that plays its actions took part.
	Simulated bool `json:"simulated,omitzero"`
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
	Type   string `json:"type"`
	System string `json:"system"`
	// Lineage is the log's: another one is another log.
	Lineage string `json:"lineage"`
	// Entry is the entry that the answer reflects.
	Entry uint64    `json:"entry"`
	At    time.Time `json:"at"`
	// Mode is the mode in force, and since when.
	Mode ModeDocument `json:"mode"`
	// UnderWay is the recovery that occupies the system.
	UnderWay *Summary `json:"under_way"`
	// Postponed are in the order of their turns, as many as an answer has room for.
	Postponed []Summary `json:"postponed"`
	// Recent are the last ones that ended, newest first.
	Recent []Summary `json:"recent"`
	// Holds are the holds in force, as many as an answer has room for.
	Holds []HoldDocument `json:"holds"`
	// Agents are those that have asked for work, each with what it offers.
	Agents []AgentDocument `json:"agents"`
	// Replica is who answers.
	Replica string `json:"replica"`
	// Preferred is the replica that decided last, and is asked first.
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
	Type string `json:"type,omitzero"`
	// Since is where the time to look at begins; default: 30 days before until.
	Since *time.Time `json:"since,omitempty"`
	// Until is where it ends; default: now.
	Until *time.Time `json:"until,omitempty"`
	// Digest asks for the digest too: reading all that is kept takes its time.
	Digest bool   `json:"digest,omitzero"`
	After  uint64 `json:"after,omitzero"`
}

// Statistics answers StatisticsQuery.
type Statistics struct {
	Type   string `json:"type"`
	System string `json:"system"`
	// Since is where the time looked at begins.
	Since time.Time `json:"since"`
	// Until is where it ends.
	Until time.Time `json:"until"`
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
	// Digest is a hash over all that is kept of the system, whatever time was asked for: the same on every replica at the same entry. Left out where it was not asked for.
	Digest string `json:"digest,omitzero"`
	Entry  uint64 `json:"entry"`
}

// DayCount counts one day.
type DayCount struct {
	// Day is the day (UTC), as in 2026-11-21.
	Day string `json:"day"`
	// States is how many recoveries of the day stand in each state.
	States map[string]int `json:"states"`
}

// Spread gives count, median and 90th percentile.
type Spread struct {
	// Count is how many there were.
	Count int `json:"count"`
	// Median is half of them took less.
	Median Duration `json:"median"`
	// P90 is nine in ten took less.
	P90 Duration `json:"p90"`
}

// ProblemCount counts the outcomes of one kind of problem.
type ProblemCount struct {
	// Key is the kind of problem.
	Key string `json:"key"`
	// Total is how many recoveries there were.
	Total int `json:"total"`
	// Completed is how many completed.
	Completed int `json:"completed"`
	// Failed is how many failed.
	Failed int `json:"failed"`
	// Cancelled is how many recoveries were cancelled.
	Cancelled int `json:"cancelled"`
	// Median is how long the completed ones took, in the middle.
	Median Duration `json:"median"`
}

// PolicyAnswer answers the policy query: the one in force, with and without defaults.
type PolicyAnswer struct {
	Type   string `json:"type"`
	System string `json:"system"`
	// Given is the policy as it was given.
	Given PolicyDocument `json:"given"`
	// Effective is the policy with every default filled in.
	Effective Policy `json:"effective"`
	Entry     uint64 `json:"entry"`
}

// Actions answers the actions query: what agents offer.
type Actions struct {
	Type   string `json:"type"`
	System string `json:"system"`
	// Agents are those that have asked for work, each with what it offers.
	Agents []AgentDocument `json:"agents"`
	Entry  uint64          `json:"entry"`
}
