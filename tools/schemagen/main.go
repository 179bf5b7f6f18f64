// Command schemagen writes the JSON Schemas of package schema from its Go types:
// shapes by reflection, bounds from the check tags, meanings from the doc
// comments; the documentation of the messages from those schemas; and an AsyncAPI
// document of the subjects.
//
//	schemagen -root ..           writes
//	schemagen -root .. -check    fails when what is committed is stale
package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"expertcontroller/schema"
)

func main() {
	root := flag.String("root", "..", "the repository's root")
	check := flag.Bool("check", false, "write nothing; fail when a file is stale")
	flag.Parse()
	if err := run(*root, *check); err != nil {
		fmt.Fprintln(os.Stderr, "schemagen:", err)
		os.Exit(1)
	}
}

func run(root string, check bool) error {
	files, err := generate(root)
	if err != nil {
		return err
	}
	names := make([]string, 0, len(files))
	for name := range files {
		names = append(names, name)
	}
	slices.Sort(names)
	var stale []string
	for _, name := range names {
		path := filepath.Join(root, name)
		old, err := os.ReadFile(path)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
		if err == nil && bytes.Equal(old, files[name]) {
			continue
		}
		if check {
			stale = append(stale, name)
			continue
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, files[name], 0o644); err != nil {
			return err
		}
	}
	if len(stale) > 0 {
		return fmt.Errorf("stale: %s; run go generate ./schema", strings.Join(stale, ", "))
	}
	return strangers(root, files)
}

// strangers complains about a schema file of a kind that is no more.
func strangers(root string, files map[string][]byte) error {
	there, err := filepath.Glob(filepath.Join(root, "schema", schema.Prefix+"*.json"))
	if err != nil {
		return err
	}
	for _, path := range there {
		name := "schema/" + filepath.Base(path)
		if files[name] == nil {
			return fmt.Errorf("%s: there is no such kind; remove the file", name)
		}
	}
	return nil
}

// generate makes every generated file, by its path from the root.
func generate(root string) (map[string][]byte, error) {
	comments, err := readComments(filepath.Join(root, "schema"))
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{}
	for _, kind := range schema.Kinds() {
		g := &generator{comments: comments, input: schema.Input(kind), defs: newObject(), kinds: kindsByType()}
		doc, err := g.document(kind)
		if err != nil {
			return nil, fmt.Errorf("making the schema of %w", err)
		}
		if files["schema/"+schema.Type(kind)+".json"], err = indented(doc); err != nil {
			return nil, fmt.Errorf("writing the schema of %s: %w", kind, err)
		}
	}
	if files["docs/messages.md"], err = messages(root, files); err != nil {
		return nil, err
	}
	api, err := asyncAPI(root)
	if err != nil {
		return nil, fmt.Errorf("describing the subjects: %w", err)
	}
	if files["docs/asyncapi.json"], err = indented(api); err != nil {
		return nil, fmt.Errorf("writing the description of the subjects: %w", err)
	}
	return files, nil
}
