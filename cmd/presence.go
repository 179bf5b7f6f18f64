package cmd

import "expertcontroller/schema"

// presence says whether an agent is there: asking for work is its presence.
func (c *console) presence(a schema.AgentDocument) string {
	out := "unknown"
	switch a.Presence {
	case schema.Present:
		out = "present"
	case schema.Away:
		out = paint(c.colourOut, alarm, "away")
		if a.LastHeard != nil {
			out += " since " + moment(*a.LastHeard)
		}
	}
	if a.Doubled {
		out += " (" + paint(c.colourOut, alarm, "two processes have this name") + ")"
	}
	return out
}
