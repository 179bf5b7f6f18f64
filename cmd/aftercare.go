package cmd

import (
	"fmt"

	"expertcontroller/schema"
)

// careOf gives what a request wants people to do after such an end.
func careOf(s *schema.Status) []string {
	if !s.Terminal || s.Request == nil || s.Request.Aftercare == nil {
		return nil
	}
	switch s.State {
	case schema.Completed:
		return s.Request.Aftercare.Completed
	case schema.Failed:
		return s.Request.Aftercare.Failed
	}
	return nil
}

// aftercare lists what people should do now that a recovery has ended, in lines.
func aftercare(s *schema.Status) []string {
	var out []string
	for _, care := range careOf(s) {
		out = append(out, fmt.Sprintf("%s to do: %s\n", clean(s.Token), clean(care)))
	}
	return out
}

// printAftercare writes what to do below what was printed about a recovery.
func (c *console) printAftercare(s *schema.Status) {
	for _, line := range aftercare(s) {
		c.print("%s", line)
	}
}
