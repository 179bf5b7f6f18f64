package broker

import (
	"strings"

	"github.com/nats-io/nats.go"

	"expertcontroller/schema"
)

// Alive calls fn with the name of each expert that gives a sign of life, until stop is
// called. Signs are heard at most once, and one that is lost is followed by the next.
func (b *Broker) Alive(system string, fn func(expert string)) (stop func(), err error) {
	all := schema.SubjectAlive(system, "*")
	before := strings.TrimSuffix(all, "*")
	return b.subscribe(all, func(m *nats.Msg) {
		if name := strings.TrimPrefix(m.Subject, before); schema.ValidName(name) {
			fn(name)
		}
	})
}
