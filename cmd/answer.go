package cmd

import (
	"expertcontroller/schema"
)

// verdict shows an answer and gives the error with which the command ends. The words
// go to stderr, so that stdout stays for programs.
func (c *console) verdict(a schema.Answer) error {
	if c.json {
		if err := c.printJSON(a); err != nil {
			return err
		}
	}
	line := paint(c.colourErr, verdictColour(a), clean(a.Verdict))
	if a.Token != "" {
		line += ": " + clean(a.Token)
	}
	if a.Reason.Code != "" {
		line += " (" + clean(a.Reason.Code) + ")"
	}
	if a.Reason.Text != "" {
		line += ": " + clean(a.Reason.Text)
	}
	if b := a.BlockedBy; b != nil {
		line += "; blocked by " + clean(b.Token)
		for i, p := range b.Problems {
			if i == 0 {
				line += ", problem "
			} else {
				line += ", "
			}
			line += clean(p)
		}
	}
	switch a.Verdict {
	case schema.Rejected, schema.Refused:
		c.insist("%s", line)
		return exit(exitRejected)
	}
	c.say("%s", line)
	return nil
}

func verdictColour(a schema.Answer) string {
	switch {
	case a.OK():
		return green
	case a.Verdict == schema.Ignored:
		return yellow
	}
	return red
}
