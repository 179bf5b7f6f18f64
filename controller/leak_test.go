package controller

import (
	"testing"

	"go.uber.org/goleak"
)

// An actor that has stopped leaves nothing running.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
