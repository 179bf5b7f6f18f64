package controller

import (
	"strconv"

	"expertcontroller/schema"
)

// pause waits before the next attempt of a step that was tried, and tells whether it
// does. Where nothing would begin after it anyway, it does not.
func (d *draft) pause(r *schema.Status) bool {
	span := r.Request.Steps[r.Step].Pause.D()
	if span <= 0 || allCleared(r) || d.mode() == schema.ModeManual || d.silentFor(r) {
		return false
	}
	d.state(r, schema.Running)
	r.Reason = schema.Reason{}
	d.deadline(r, span)
	left := attemptsLeft(r, r.Step)
	d.say(schema.EventPausing, r, controllerBy, "waits "+schema.Duration(span).String()+" until "+clock(*r.Deadline, d.now)+" before it tries "+stepName(r, r.Step)+" again, "+strconv.Itoa(left)+" of "+strconv.Itoa(r.Request.Steps[r.Step].Attempts)+" attempts left")
	return true
}

func pauseOver(d *draft, token string, h *happening) {
	d.goOn(d.edit(token), schema.CodeNoEffect, controllerBy)
}
