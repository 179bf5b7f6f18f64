package client

import (
	"context"
	"errors"
	"fmt"
	"time"

	"expertcontroller/schema"
)

// Alive gives the expert's sign of life now and then every so often, until ctx ends; run
// it in a goroutine of its own. It is worth it where the policy watches expert_silence:
// three times as often as that is a good pace. While there is no connection the signs
// are lost, which is nobody's silence. It returns nil when ctx ends, else why it can't.
func (c *Client) Alive(ctx context.Context, every time.Duration) error {
	switch {
	case c.invalid != nil:
		return c.invalid
	case c.o.Role != schema.RoleExpert:
		return fmt.Errorf("giving signs of life as %s: only an expert does", c.o.Role)
	case every <= 0:
		return errors.New("giving signs of life: the pause has to be longer than 0")
	}
	payload, err := schema.Encode(schema.Alive{Type: schema.Type(schema.KindAlive)})
	if err != nil {
		return err
	}
	subject := schema.SubjectAlive(c.o.System, c.o.As)
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		if c.nc.IsClosed() {
			return fmt.Errorf("giving signs of life: %w", ErrClosed)
		}
		if c.nc.IsConnected() {
			if err := c.nc.Publish(subject, payload); err != nil {
				c.logger.Warn("a sign of life was not sent", "error", err)
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}
