package cmd

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"expertcontroller/agent"
	"expertcontroller/schema"
)

// effects is a device that writes down what took effect on it; nil without a file.
func effects(path string) agent.Device {
	if path == "" {
		return nil
	}
	return agent.DeviceFunc(func(work schema.Work, action string, _ json.RawMessage) error {
		file, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
		if err != nil {
			return fmt.Errorf("taking effect: %w", err)
		}
		_, err = fmt.Fprintf(file, "%s step %d attempt %d %s\n", work.Token, work.Step, work.Attempt, action)
		return errors.Join(err, file.Close())
	})
}
