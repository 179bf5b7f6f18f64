package cmd

import (
	"fmt"

	"expertcontroller/client"
	"expertcontroller/schema"
)

// aftercare lists what people should do now that a recovery has ended, in lines.
func aftercare(s *schema.Status) []string {
	var out []string
	for _, care := range client.CareOf(s) {
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
