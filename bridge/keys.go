package bridge

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"expertcontroller/schema"
)

const (
	// keyPrefix begins every API key, so that people and scanners recognise one.
	keyPrefix = "eck_"
	// keysLookEvery is how often the file is looked at: a key that was taken out is
	// refused soon after.
	keysLookEvery = time.Second
	// keysMost is how many keys a file may hold, keysSize how large it may be, in bytes.
	keysMost, keysSize = 10_000, 4 << 20
)

// Key is one API key as the file holds it: never the key itself.
type Key struct {
	Name, Role string
	// hash is of what a session carries, which is itself a hash of the key.
	hash [sha256.Size]byte
}

// NewKey makes an API key. The key itself is shown once; the line goes into the file.
func NewKey(name, role string) (key, line string, err error) {
	if err := checkKey(name, role); err != nil {
		return "", "", err
	}
	key = keyPrefix + rand.Text() + rand.Text()
	hash := sha256.Sum256([]byte(sessionOf(key)))
	return key, fmt.Sprintf("%s %s %s", name, role, hex.EncodeToString(hash[:])), nil
}

func checkKey(name, role string) error {
	if !schema.ValidName(name) {
		return fmt.Errorf("name %q: use 1 to %d of A-Z a-z 0-9 _ -", name, schema.MaxName)
	}
	switch role {
	case RoleViewer, RoleOperator, RoleExpert:
		return nil
	}
	return fmt.Errorf("role %q: use %s, %s or %s", role, RoleViewer, RoleOperator, RoleExpert)
}

// sessionOf is what a browser keeps in place of the key: it opens the same door, and the
// key can't be learned from it, nor it from the file.
func sessionOf(key string) string {
	sum := sha256.Sum256([]byte("expertcontroller session " + key))
	return hex.EncodeToString(sum[:])
}

// Keys are the API keys of a file. Lines: name, role, hash; # begins a comment.
type Keys struct {
	path string

	mu     sync.Mutex
	looked time.Time
	info   os.FileInfo
	byHash map[[sha256.Size]byte]Key
	// Broken hears why the file, once changed, can't be read; the old keys stay.
	Broken func(error)
}

// OpenKeys reads a file of keys.
func OpenKeys(path string) (*Keys, error) {
	k := &Keys{path: path}
	return k, k.load()
}

func (k *Keys) load() error {
	info, err := os.Stat(k.path)
	if err != nil {
		return fmt.Errorf("reading the keys: %w; make one with `expertcontroller key NAME --file %s`", err, k.path)
	}
	if info.Mode().Perm()&0o022 != 0 {
		return fmt.Errorf("reading the keys: others may write %s: run chmod 600 on it", k.path)
	}
	if info.Size() > keysSize {
		return fmt.Errorf("reading the keys: %s has %d bytes: at most %d", k.path, info.Size(), keysSize)
	}
	text, err := os.ReadFile(k.path)
	if err != nil {
		return fmt.Errorf("reading the keys: %w", err)
	}
	byHash, err := parseKeys(text)
	if err != nil {
		return fmt.Errorf("reading the keys: %s: %w", k.path, err)
	}
	k.info, k.byHash = info, byHash
	return nil
}

func parseKeys(text []byte) (map[[sha256.Size]byte]Key, error) {
	out := map[[sha256.Size]byte]Key{}
	lines := bufio.NewScanner(bytes.NewReader(text))
	for n := 1; lines.Scan(); n++ {
		line, _, _ := strings.Cut(lines.Text(), "#")
		fields := strings.Fields(line)
		if len(fields) == 0 {
			continue
		}
		if len(fields) != 3 {
			return nil, fmt.Errorf("line %d: write a name, a role and a hash, as `expertcontroller key` does", n)
		}
		if err := checkKey(fields[0], fields[1]); err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		key := Key{Name: fields[0], Role: fields[1]}
		raw, err := hex.DecodeString(fields[2])
		if err != nil || len(raw) != sha256.Size {
			return nil, fmt.Errorf("line %d: the hash is not 64 hexadecimal digits", n)
		}
		key.hash = [sha256.Size]byte(raw)
		if out[key.hash] = key; len(out) > keysMost {
			return nil, fmt.Errorf("line %d: more than %d keys", n, keysMost)
		}
	}
	return out, lines.Err()
}

// find tells whose key this is.
func (k *Keys) find(key string) (Key, bool) { return k.findSession(sessionOf(key)) }

// findSession tells whose session this is.
func (k *Keys) findSession(session string) (Key, bool) {
	hash := sha256.Sum256([]byte(session))
	k.mu.Lock()
	defer k.mu.Unlock()
	k.look()
	// A hash is found by itself: how long that takes tells nothing of the key.
	key, ok := k.byHash[hash]
	return key, ok
}

// look reads the file again if it changed.
func (k *Keys) look() {
	if time.Since(k.looked) < keysLookEvery {
		return
	}
	k.looked = time.Now()
	info, err := os.Stat(k.path)
	if err == nil && k.info != nil && info.ModTime().Equal(k.info.ModTime()) && info.Size() == k.info.Size() && os.SameFile(info, k.info) {
		return
	}
	if err := k.load(); err != nil && k.Broken != nil {
		k.Broken(err)
	}
}
