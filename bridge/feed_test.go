package bridge

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"expertcontroller/client"
	"expertcontroller/schema"
)

// away is a system that nobody answers for.
type away struct{}

func (away) Picture(context.Context, string) (schema.Picture, error) {
	return schema.Picture{}, errors.New("no controller answers")
}

func (away) Follow(context.Context, uint64, func(client.Update) error) error {
	return errors.New("no controller answers")
}

// A bridge may come up before the controllers, and may wait for them for days.
func TestASystemThatIsAwayFillsNoLog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var said bytes.Buffer
		f := newFeed("cms", away{}, slog.New(slog.NewTextHandler(&said, nil)))
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
		defer cancel()
		f.run(ctx)
		if n := strings.Count(said.String(), "begins again"); n < 10 || n > 61 {
			t.Errorf("it was said %d times in ten minutes", n)
		}
	})
}
