package agent

import (
	"context"

	"expertcontroller/schema"
)

// Controller is whom an agent asks. Every call may fail or come back late; the
// agent repeats what it has to, with the same ids.
type Controller interface {
	// Next asks for work; asking is presence.
	Next(ctx context.Context, next schema.Next) (schema.WorkList, error)
	// Claim asks to carry out an attempt. A repeat of the same claim gets the same grant.
	Claim(ctx context.Context, claim schema.Claim) (schema.Grant, error)
	// Progress says that the agent is still acting; the answer says "go on" or "abort".
	Progress(ctx context.Context, progress schema.Progress) (schema.Instruction, error)
	// Result says how an attempt ended.
	Result(ctx context.Context, result schema.Result) (schema.Answer, error)
	// Bell calls fn when the agent's bell rings. A lost ring costs a second.
	Bell(fn func(schema.Bell)) (stop func(), err error)
}
