package store_test

import (
	"path/filepath"
	"testing"

	"expertcontroller/store"
)

func TestPositionOf(t *testing.T) {
	s, err := store.Open(t.Context(), store.Options{Path: filepath.Join(t.TempDir(), "db")})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	c := newChain("cms")
	first, skipped, second := c.next(nil), c.skip(), c.next(nil)
	if err := s.Apply(t.Context(), []store.Applied{first, skipped, second}); err != nil {
		t.Fatal(err)
	}
	for entry, want := range map[uint64]store.Applied{1: first, 2: second} {
		if at, ok, err := s.PositionOf(t.Context(), "cms", entry); err != nil || !ok || at != want.Position {
			t.Errorf("entry %d: %+v %v %v, want %+v", entry, at, ok, err, want.Position)
		}
	}
	for system, entry := range map[string]uint64{"cms": 3, "atlas": 1} {
		if at, ok, err := s.PositionOf(t.Context(), system, entry); err != nil || ok {
			t.Errorf("entry %d of %s: %+v %v %v, want none", entry, system, at, ok, err)
		}
	}
}
