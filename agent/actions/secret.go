package actions

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"expertcontroller/schema"
)

// maxSecret is the largest secret, in bytes.
const maxSecret = 16 << 10

// readSecret gives a secret's value. An error says where it should stand, never what it is.
func readSecret(s schema.SecretSource) (string, error) {
	value := ""
	if s.File != "" {
		info, err := os.Stat(s.File)
		if err != nil {
			return "", fmt.Errorf("reading the secret %s: %w; put it there, readable by the agent", s.Name, err)
		}
		if info.Size() > maxSecret || !info.Mode().IsRegular() {
			return "", fmt.Errorf("reading the secret %s: %s is no file of at most %d KiB; name one", s.Name, s.File, maxSecret>>10)
		}
		text, err := os.ReadFile(s.File)
		if err != nil {
			return "", fmt.Errorf("reading the secret %s: %w; let the agent's user read it", s.Name, err)
		}
		value = strings.TrimRight(string(text), "\r\n")
	} else {
		var there bool
		if value, there = os.LookupEnv(s.Env); !there {
			return "", fmt.Errorf("reading the secret %s: the variable %s is not set; start the agent with it", s.Name, s.Env)
		}
	}
	switch {
	case len(value) < leastSecret:
		return "", fmt.Errorf("reading the secret %s: it has %d bytes, and one of less than %d can't be kept out of what is printed; choose a longer one", s.Name, len(value), leastSecret)
	case strings.ContainsRune(value, 0):
		return "", fmt.Errorf("reading the secret %s: it holds a zero byte; use text", s.Name)
	}
	return value, nil
}

// readSecrets reads all that can be read, and says what can't.
func readSecrets(sources []schema.SecretSource) (map[string]string, error) {
	out := map[string]string{}
	var wrong []error
	for _, s := range sources {
		value, err := readSecret(s)
		if err != nil {
			wrong = append(wrong, err)
			continue
		}
		out[s.Name] = value
	}
	return out, errors.Join(wrong...)
}

// openToAll tells whether everybody on the host may read a secret's file.
func openToAll(s schema.SecretSource) bool {
	if s.File == "" {
		return false
	}
	info, err := os.Stat(s.File)
	return err == nil && info.Mode().Perm()&0o004 != 0
}
