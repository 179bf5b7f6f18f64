package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// copyTree makes to a fresh copy of the module at from, without what git, builds and
// runs leave there.
func copyTree(from, to string) error {
	if err := os.RemoveAll(to); err != nil {
		return fmt.Errorf("clearing the copy: %w", err)
	}
	err := filepath.WalkDir(from, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		target := filepath.Join(to, rel)
		switch name := entry.Name(); {
		case name == ".git" && !entry.IsDir():
			return nil // in a worktree it is a file
		case entry.IsDir() && rel != "." && (name == ".git" || name == "bin" || name == "node_modules" || strings.HasSuffix(name, "-data")):
			return filepath.SkipDir
		case entry.IsDir():
			return os.MkdirAll(target, 0o755)
		case !entry.Type().IsRegular():
			return nil
		}
		return copyFile(path, target)
	})
	if err != nil {
		return fmt.Errorf("copying the module: %w", err)
	}
	return nil
}

func copyFile(from, to string) error {
	text, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	info, err := os.Stat(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, text, info.Mode().Perm())
}
