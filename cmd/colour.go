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

// output says how results and words are printed.
type output struct {
	JSON   bool   `name:"json" help:"Print JSON, one document per line." group:"Output"`
	Quiet  bool   `short:"q" help:"Nothing but the result: no progress, no advice, no table of status and wait; errors are said all the same." group:"Output"`
	Colour string `enum:"auto,always,never" default:"auto" aliases:"color" placeholder:"WHEN" help:"auto: on a terminal, unless $$NO_COLOR is set; always; never." group:"Output"`
}

// apply makes the console print so.
func (o output) apply(c *console) {
	c.json, c.quiet = o.JSON, o.Quiet
	switch o.Colour {
	case "always":
		c.colourOut, c.colourErr = true, true
	case "never":
		c.colourOut, c.colourErr = false, false
	}
}

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
