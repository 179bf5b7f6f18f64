package schema

import (
	"fmt"
	"strings"
)

// Streams and the subjects they hold.
const (
	StreamLog        = "RECOVERY"
	StreamInbox      = "RECOVERY_INBOX"
	LogSubjects      = "recovery.*.log"
	ChangeSubjects   = "recovery.{{wildcard(1)}}.change"
	InboxExperts     = "recovery.*.expert.>"
	InboxOperators   = "recovery.*.operator.>"
	ServiceName      = "recovery"
	replyPrefix      = "_INBOX."
	subjectRoot      = "recovery."
	maxSubjectLength = 512
)

// SubjectLog is where a system's log stands.
func SubjectLog(system string) string { return subjectRoot + system + ".log" }

// SubjectChange is where the broker repeats each stored entry.
func SubjectChange(system string) string { return subjectRoot + system + ".change" }

// SubjectStatus is where a recovery is published after each change.
func SubjectStatus(system, token string) string { return subjectRoot + system + ".status." + token }

// SubjectAnswer is where what was told is answered.
func SubjectAnswer(system, role, name string) string {
	return subjectRoot + system + ".answer." + role + "." + name
}

// SubjectBell rings an agent.
func SubjectBell(system, agent string) string { return subjectRoot + system + ".bell." + agent }

// SubjectPeer reaches one replica.
func SubjectPeer(system, replica string) string { return subjectRoot + system + ".peer." + replica }

// SubjectAlive is an expert's sign of life.
func SubjectAlive(system, expert string) string { return subjectRoot + system + ".alive." + expert }

// SubjectTell is where an expert or operator publishes a message of a kind.
func SubjectTell(system, role, name, kind string) string {
	return subjectRoot + system + "." + role + "." + name + "." + kind
}

// SubjectCall is where an expert, operator or agent asks.
func SubjectCall(system, role, name, kind string) string {
	return subjectRoot + system + ".call." + role + "." + name + "." + kind
}

// SubjectBridge is where a bridge asks for an expert or operator, and says how the name
// was authenticated. Only bridges may publish there.
func SubjectBridge(system, auth, role, name, kind string) string {
	return subjectRoot + system + ".bridge." + auth + "." + role + "." + name + "." + kind
}

// SubjectQuery is where a query is asked.
func SubjectQuery(system, query string) string { return subjectRoot + system + ".query." + query }

// Queries that a replica answers.
const (
	QueryStatus     = "status"
	QueryOverview   = "overview"
	QueryHistory    = "history"
	QueryEntries    = "entries"
	QueryStatistics = "statistics"
	QueryPolicy     = "policy"
	QueryActions    = "actions"
	QueryAudit      = "audit"
	QueryPicture    = "picture"
)

// Sender is what a subject says about who sends what to which system.
type Sender struct {
	System string
	By     By
	Kind   string
}

// told says which kinds a role may tell; asked ones are the same and the agents'.
var told = map[string][]string{
	RoleExpert:   {KindRequest, KindCleared, KindConsumed},
	RoleOperator: {KindRequest, KindCleared, KindConsumed, KindDecide, KindInterrupt, KindMode, KindHold, KindNote, KindPolicy},
}

var asked = map[string][]string{
	RoleExpert:   told[RoleExpert],
	RoleOperator: told[RoleOperator],
	RoleAgent:    {KindNext, KindClaim, KindProgress, KindResult},
}

// Told lists the kinds that a role may tell.
func Told(role string) []string { return told[role] }

// Asked lists the kinds that a role may ask.
func Asked(role string) []string { return asked[role] }

// ParseTell reads recovery.<system>.<role>.<name>.<kind>, exactly.
func ParseTell(subject string) (Sender, error) {
	t := strings.Split(subject, ".")
	if len(t) != 5 || t[0] != "recovery" {
		return Sender{}, fmt.Errorf("subject %q: publish to recovery.<system>.expert|operator.<name>.<kind>", Shorten(subject, maxSubjectLength))
	}
	return sender(t[1], t[2], t[3], t[4], told, ViaTell)
}

// ParseCall reads recovery.<system>.call.<role>.<name>.<kind>, exactly.
func ParseCall(subject string) (Sender, error) {
	t := strings.Split(subject, ".")
	if len(t) != 6 || t[0] != "recovery" || t[2] != "call" {
		return Sender{}, fmt.Errorf("subject %q: ask recovery.<system>.call.expert|operator|agent.<name>.<kind>", Shorten(subject, maxSubjectLength))
	}
	return sender(t[1], t[3], t[4], t[5], asked, ViaCall)
}

// ParseBridge reads recovery.<system>.bridge.<auth>.<role>.<name>.<kind>, exactly.
func ParseBridge(subject string) (Sender, error) {
	t := strings.Split(subject, ".")
	if len(t) != 7 || t[0] != "recovery" || t[2] != "bridge" {
		return Sender{}, fmt.Errorf("subject %q: a bridge asks recovery.<system>.bridge.<auth>.expert|operator.<name>.<kind>", Shorten(subject, maxSubjectLength))
	}
	if !BridgeAuth(t[3]) {
		return Sender{}, fmt.Errorf("subject %q: a bridge authenticates by %s, %s or %s", Shorten(subject, maxSubjectLength), AuthNone, AuthKey, AuthProxy)
	}
	from, err := sender(t[1], t[4], t[5], t[6], told, ViaBridge)
	from.By.Auth = t[3]
	return from, err
}

// BridgeAuth tells whether a bridge may say that it authenticated somebody like this.
func BridgeAuth(auth string) bool { return auth == AuthNone || auth == AuthKey || auth == AuthProxy }

func sender(system, role, name, kind string, allowed map[string][]string, via string) (Sender, error) {
	if !ValidName(system) {
		return Sender{}, fmt.Errorf("system %q: use 1 to %d of A-Z a-z 0-9 _ -", Shorten(system, maxSubjectLength), MaxName)
	}
	if !ValidName(name) {
		return Sender{}, fmt.Errorf("name %q: use 1 to %d of A-Z a-z 0-9 _ -", Shorten(name, maxSubjectLength), MaxName)
	}
	kinds, ok := allowed[role]
	if !ok {
		return Sender{}, fmt.Errorf("role %q: there are no such senders here", Shorten(role, maxSubjectLength))
	}
	for _, k := range kinds {
		if k == kind {
			return Sender{System: system, By: By{Role: role, Name: name, Via: via, Auth: AuthSubject}, Kind: kind}, nil
		}
	}
	return Sender{}, fmt.Errorf("%q: an %s may send %s", Shorten(kind, maxSubjectLength), role, strings.Join(kinds, ", "))
}

// ReplyAllowed tells whether an answer may be sent to this subject: only inboxes,
// so that nobody can make a controller write where only controllers may.
func ReplyAllowed(reply string) bool { return strings.HasPrefix(reply, replyPrefix) }
