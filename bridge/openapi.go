package bridge

import "expertcontroller/schema"

// The bridge's own shapes.
const (
	shapeAnything = "anything"
	shapeMe       = "me"
	shapeLogin    = "login"
	shapeSystems  = "systems"
	shapeEvents   = "events"
	shapeHandover = "handover"
	shapeMode     = "mode_in_force"
	shapeTold     = "told"
	shapeVanish   = "vanish"
)

func (c *call) openapi() (any, *schema.Error) { return map[string]any{}, nil }
