package cmd

import (
	"fmt"

	"expertcontroller/schema"
)

// aftercare lists what people should do now that a recovery has ended.
func aftercare(s *schema.Status) []string {
	if !s.Terminal || s.Request == nil || s.Request.Aftercare == nil {
		return nil
	}
	notes := s.Request.Aftercare.Failed
	if s.State == schema.Completed {
		notes = s.Request.Aftercare.Completed
	}
	var out []string
	for _, note := range notes {
		out = append(out, fmt.Sprintf("%s to do: %s\n", clean(s.Token), clean(note)))
	}
	return out
}

// printAftercare writes what to do below what was printed about a recovery.
func (c *console) printAftercare(s *schema.Status) {
	for _, line := range aftercare(s) {
		c.print("%s", line)
	}
}
