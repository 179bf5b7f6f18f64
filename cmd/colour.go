package cmd

import "expertcontroller/schema"

// Colours are an addition: the word that they colour says the same.
const (
	plain   = ""
	red     = "31"
	green   = "32"
	yellow  = "33"
	blue    = "34"
	magenta = "35"
	cyan    = "36"
	faint   = "2"
	alarm   = "1;31"
	call    = "1;33"
)

var stateColours = map[string]string{
	schema.Postponed:        faint,
	schema.AwaitingApproval: call,
	schema.Running:          cyan,
	schema.Stopping:         yellow,
	schema.Unclear:          alarm,
	schema.Observing:        blue,
	schema.Completed:        green,
	schema.Failed:           red,
	schema.Cancelled:        yellow,
	schema.RejectedState:    magenta,
	schema.Joined:           faint,
}

func paint(on bool, colour, text string) string {
	if !on || colour == plain {
		return text
	}
	return "\x1b[" + colour + "m" + text + "\x1b[0m"
}

// state gives a state's word in its colour, for the result.
func (c *console) state(state string) string {
	return paint(c.colourOut, stateColours[state], clean(state))
}
