package agent

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"expertcontroller/schema"
)

// Mode is how a Simulator plays an action.
type Mode string

// The modes.
const (
	// ModeOK: the action takes its usual time and succeeds.
	ModeOK Mode = "ok"
	// ModeFail: it fails before it takes effect.
	ModeFail Mode = "fail"
	// ModeHang: it gets stuck, for good or for the time given, and stops when it is told.
	ModeHang Mode = "hang"
	// ModeIgnoreAbort: it runs for a minute, or for the time given, doesn't stop when it
	// is told, and takes effect in the end.
	ModeIgnoreAbort Mode = "ignore_abort"
	// ModeVanish: the machine dies in the middle, until it is told to come back, or for
	// the time given.
	ModeVanish Mode = "vanish"
	// ModeSlow: as ok, in five times the time.
	ModeSlow Mode = "slow"
)

// Modes lists them all.
func Modes() []Mode {
	return []Mode{ModeOK, ModeFail, ModeHang, ModeIgnoreAbort, ModeVanish, ModeSlow}
}

// ParseMode reads a mode.
func ParseMode(text string) (Mode, error) {
	if mode := Mode(text); slices.Contains(Modes(), mode) {
		return mode, nil
	}
	names := make([]string, 0, len(Modes()))
	for _, m := range Modes() {
		names = append(names, string(m))
	}
	return "", fmt.Errorf("simulate %q: the modes are %s", firstPart(text, 64), strings.Join(names, ", "))
}

// order is what a request's reserved parameter "simulate" says: a mode, or a mode
// and more.
type order struct {
	Mode Mode `json:"mode"`
	// For is how long a hang, a deaf action or an absence lasts.
	For schema.Duration `json:"for,omitzero"`
	// Effect: the action takes effect before the machine vanishes.
	Effect bool `json:"effect,omitzero"`
	// Data is what an action that is done returns for programs.
	Data json.RawMessage `json:"data,omitempty"`
}

func readOrder(parameters json.RawMessage, otherwise Mode) (order, error) {
	given := order{Mode: otherwise}
	if len(parameters) == 0 {
		return given, nil
	}
	var reserved struct {
		Simulate json.RawMessage `json:"simulate"`
	}
	if err := json.Unmarshal(parameters, &reserved); err != nil {
		return given, fmt.Errorf("parameters: %w: give an object", err)
	}
	if len(reserved.Simulate) == 0 {
		return given, nil
	}
	var name string
	if json.Unmarshal(reserved.Simulate, &name) != nil {
		if err := json.Unmarshal(reserved.Simulate, &given); err != nil {
			return given, fmt.Errorf(`parameters.simulate: %w: give a mode, or {"mode":"hang","for":"3s"}`, err)
		}
		name = string(given.Mode)
	}
	mode, err := ParseMode(name)
	given.Mode = mode
	return given, err
}
