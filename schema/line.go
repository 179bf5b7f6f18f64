package schema

import "strings"

// phrase is how a kind of event begins its line: what happened, and what
// leads from there to who did it.
type phrase struct{ what, who string }

// phrases has a line for every kind of event.
var phrases = map[string]phrase{
	EventRequested:        {"requested", " by"},
	EventRejected:         {"rejected", ", asked by"},
	EventJoined:           {"joined", ", asked by"},
	EventPostponed:        {"postponed", " by"},
	EventTurn:             {"its turn", " by"},
	EventPrompted:         {"prompt", " by"},
	EventPromptWithdrawn:  {"prompt withdrawn", " by"},
	EventApproved:         {"approved", " by"},
	EventDeclined:         {"declined", " by"},
	EventOffered:          {"offered", " by"},
	EventOfferWithdrawn:   {"offer withdrawn", " by"},
	EventUnclaimed:        {"unclaimed", " by"},
	EventGranted:          {"granted", " to"},
	EventClaimRefused:     {"claim refused", " to"},
	EventProgress:         {"progress", " of"},
	EventStepDone:         {"step done", " by"},
	EventStepFailed:       {"step failed", ", told by"},
	EventStepTimeout:      {"step timed out", ", told by"},
	EventStepAborted:      {"step aborted", " by"},
	EventStepByHand:       {"step by hand", ", told by"},
	EventStopping:         {"stopping", ", asked by"},
	EventUnclear:          {"unclear", ", told by"},
	EventClarified:        {"clarified", " by"},
	EventObserving:        {"observing", " by"},
	EventNotCured:         {"not cured", ", told by"},
	EventProbing:          {"probing", " by"},
	EventProbed:           {"probed", " by"},
	EventProblemAdded:     {"problem added", " by"},
	EventProblemReplaced:  {"problem replaced", " by"},
	EventCleared:          {"cleared", " by"},
	EventClearedUnknown:   {"cleared unknown problem", " by"},
	EventInterruptNoted:   {"interrupt noted", " by"},
	EventPreemptNoted:     {"preemption noted", " by"},
	EventCompleted:        {"completed", " by"},
	EventFailed:           {"failed", " by"},
	EventCancelled:        {"cancelled", " by"},
	EventMode:             {"mode", " set by"},
	EventPolicy:           {"policy", " set by"},
	EventHeld:             {"held", " by"},
	EventHoldLifted:       {"hold lifted", " by"},
	EventNote:             {"note", " by"},
	EventConsumed:         {"consumed", " by"},
	EventDecisionRefused:  {"decision refused", " to"},
	EventInterruptIgnored: {"interrupt ignored", " of"},
	EventRepeated:         {"repeated", " by"},
	EventLate:             {"late", " from"},
	EventMalformed:        {"malformed", " from"},
	EventOffers:           {"offers", " of"},
	EventExpertSilent:     {"expert silent", ", seen by"},
	EventExpertAlive:      {"expert alive", ", told by"},
	EventCulprit:          {"culprit", " from"},
	EventTooLate:          {"too late", " from"},
	EventNotTaken:         {"not taken", " from"},
	EventCheckpoint:       {"checkpoint", " by"},
	EventTakeover:         {"takeover", " by"},
	EventAgentForgotten:   {"agent forgotten", " by"},
}

// Line writes the event as one line for people: when (UTC), which recovery, what,
// who, and the event's own text.
//
//	12:02:10Z cms-37 approved by operator anna: step 0 "Recycle HCAL"
//
// Nothing in it breaks the line or reaches a terminal as a command, whatever the
// texts from outside hold. A kind that this build does not know is written as it
// is called.
func (e Event) Line() string {
	p, known := phrases[e.Kind]
	if !known {
		p = phrase{strings.ReplaceAll(e.Kind, "_", " "), " by"}
	}
	var out strings.Builder
	out.WriteString(e.At.UTC().Format("15:04:05Z"))
	for _, word := range []string{e.Token, p.what} {
		if word != "" {
			out.WriteString(" " + word)
		}
	}
	if e.By.Role != "" && e.By.Role != RoleController {
		out.WriteString(p.who + " " + e.By.String())
	}
	// Many a text begins with what happened.
	if text := strings.TrimPrefix(e.Text, p.what+": "); text != "" {
		out.WriteString(": " + text)
	}
	return strings.TrimRight(Clean(out.String()), " ")
}
