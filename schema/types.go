package schema

import "strings"

// Prefix of every type: the title of its JSON Schema, and the file's name in front of .json.
const Prefix = "recovery.v1."

// Kinds: a type without its prefix.
const (
	KindRequest   = "request"
	KindCleared   = "cleared"
	KindConsumed  = "consumed"
	KindDecide    = "decide"
	KindInterrupt = "interrupt"
	KindMode      = "mode"
	KindHold      = "hold"
	KindNote      = "note"
	KindPolicy    = "policy"

	KindNext     = "next"
	KindClaim    = "claim"
	KindProgress = "progress"
	KindResult   = "result"

	KindUnclaimed    = "unclaimed"
	KindSilent       = "silent"
	KindUnconfirmed  = "unconfirmed"
	KindExpertSilent = "expert_silent"
	KindAlive        = "alive"
	KindOffered      = "offered"
	KindMalformed    = "malformed"

	KindAnswer      = "answer"
	KindError       = "error"
	KindStatus      = "status"
	KindEntry       = "entry"
	KindWorkList    = "work_list"
	KindGrant       = "grant"
	KindInstruction = "instruction"
	KindBell        = "bell"
	KindOverview    = "overview"
	KindHistory     = "history"
	KindEntries     = "entries"
	KindStatistics  = "statistics"
	KindPolicyIs    = "policy_in_force"
	KindActions     = "actions"
	KindPicture     = "picture"

	KindQuery           = "query"
	KindStatusQuery     = "status_query"
	KindHistoryQuery    = "history_query"
	KindEntriesQuery    = "entries_query"
	KindStatisticsQuery = "statistics_query"
	KindPictureQuery    = "picture_query"
)

// Type gives the value of "type" for a kind.
func Type(kind string) string { return Prefix + kind }

// Kind gives the kind for a value of "type", or "" if it is not one of ours.
func Kind(typ string) string {
	kind, ok := strings.CutPrefix(typ, Prefix)
	if !ok {
		return ""
	}
	return kind
}

// kinds makes an empty value of every kind that can be decoded.
var kinds = map[string]func() any{
	KindRequest:   func() any { return new(Request) },
	KindCleared:   func() any { return new(Cleared) },
	KindConsumed:  func() any { return new(Consumed) },
	KindDecide:    func() any { return new(Decide) },
	KindInterrupt: func() any { return new(Interrupt) },
	KindMode:      func() any { return new(Mode) },
	KindHold:      func() any { return new(Hold) },
	KindNote:      func() any { return new(Note) },
	KindPolicy:    func() any { return new(ApplyPolicy) },

	KindNext:     func() any { return new(Next) },
	KindClaim:    func() any { return new(Claim) },
	KindProgress: func() any { return new(Progress) },
	KindResult:   func() any { return new(Result) },

	KindUnclaimed:    func() any { return new(Unclaimed) },
	KindSilent:       func() any { return new(Silent) },
	KindUnconfirmed:  func() any { return new(Unconfirmed) },
	KindExpertSilent: func() any { return new(ExpertSilent) },
	KindAlive:        func() any { return new(Alive) },
	KindOffered:      func() any { return new(Offered) },
	KindMalformed:    func() any { return new(Malformed) },

	KindAnswer:      func() any { return new(Answer) },
	KindError:       func() any { return new(Error) },
	KindStatus:      func() any { return new(Status) },
	KindEntry:       func() any { return new(Entry) },
	KindWorkList:    func() any { return new(WorkList) },
	KindGrant:       func() any { return new(Grant) },
	KindInstruction: func() any { return new(Instruction) },
	KindBell:        func() any { return new(Bell) },
	KindOverview:    func() any { return new(Overview) },
	KindHistory:     func() any { return new(History) },
	KindEntries:     func() any { return new(Entries) },
	KindStatistics:  func() any { return new(Statistics) },
	KindPolicyIs:    func() any { return new(PolicyAnswer) },
	KindActions:     func() any { return new(Actions) },
	KindPicture:     func() any { return new(Picture) },

	KindQuery:           func() any { return new(Query) },
	KindStatusQuery:     func() any { return new(StatusQuery) },
	KindHistoryQuery:    func() any { return new(HistoryQuery) },
	KindEntriesQuery:    func() any { return new(EntriesQuery) },
	KindStatisticsQuery: func() any { return new(StatisticsQuery) },
	KindPictureQuery:    func() any { return new(PictureQuery) },
}

// New gives an empty value of the kind, or nil if there is no such kind.
func New(kind string) any {
	if make := kinds[kind]; make != nil {
		return make()
	}
	return nil
}

// outputs are the kinds that only controllers write. Their schemas are open:
// they may gain fields. All others are inputs, and closed.
var outputs = map[string]bool{
	KindAnswer: true, KindError: true, KindStatus: true, KindEntry: true, KindWorkList: true,
	KindGrant: true, KindInstruction: true, KindBell: true, KindOverview: true, KindHistory: true,
	KindEntries: true, KindStatistics: true, KindPolicyIs: true, KindActions: true, KindPicture: true,
}

// queries are the inputs that may come empty and without a type: the subject says what is asked.
var queries = map[string]bool{
	KindQuery: true, KindStatusQuery: true, KindHistoryQuery: true, KindEntriesQuery: true, KindStatisticsQuery: true, KindPictureQuery: true,
}

// Input tells whether a kind is an input: a field that its schema does not know is refused.
func Input(kind string) bool { return kinds[kind] != nil && !outputs[kind] }

// Kinds lists every kind, unordered.
func Kinds() []string {
	out := make([]string, 0, len(kinds))
	for k := range kinds {
		out = append(out, k)
	}
	return out
}
