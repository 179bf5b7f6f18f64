package main

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strconv"
	"strings"
)

// code is a constant whose value is sent: a reason's code, an event's kind.
type code struct {
	// under is the heading that the constants of its paragraph share, if any.
	under, value, meaning string
}

// codesOf reads the constants of a file of package schema that begin with prefix, in
// their order. Each says what it means, behind it or above it ("CodeFull: as much ...");
// what else stands above the first of a paragraph is the paragraph's heading.
func codesOf(root, name, prefix string) ([]code, error) {
	path := filepath.Join(root, "schema", name)
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments)
	if err != nil {
		return nil, fmt.Errorf("reading the codes: %w", err)
	}
	var out []code
	under := ""
	for _, decl := range file.Decls {
		gen, ok := decl.(*ast.GenDecl)
		if !ok || gen.Tok != token.CONST {
			continue
		}
		for _, s := range gen.Specs {
			spec := s.(*ast.ValueSpec)
			constant := spec.Names[0].Name
			if !strings.HasPrefix(constant, prefix) {
				continue
			}
			above, said, _ := strings.Cut(sentence(spec.Doc), constant+": ")
			if above != "" {
				under = strings.TrimSpace(above)
			}
			if behind := sentence(spec.Comment); behind != "" {
				said = behind
			}
			literal, ok := spec.Values[0].(*ast.BasicLit)
			if !ok || said == "" {
				return nil, fmt.Errorf("%s: %s needs a text of its own, and a comment that says what it means", name, constant)
			}
			value, err := strconv.Unquote(literal.Value)
			if err != nil {
				return nil, fmt.Errorf("%s: %s: %w", name, constant, err)
			}
			if word := bareWord(said); word != "" {
				return nil, fmt.Errorf("%s: %s: %s is a word of the messages: write `%s`", name, constant, word, word)
			}
			out = append(out, code{under, value, strings.TrimSuffix(said, ".")})
		}
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("%s has no constant that begins with %s", name, prefix)
	}
	return out, nil
}

// codes writes the two tables of words that only constants name.
func codes(out *bytes.Buffer, root string) error {
	reasons, err := codesOf(root, "reason.go", "Code")
	if err != nil {
		return err
	}
	events, err := codesOf(root, "event.go", "Event")
	if err != nil {
		return err
	}
	fmt.Fprint(out, "\n## Codes of a reason\n\nIn `reason.code` of an answer and a status, in `reason` of an error, in `code` of an event. There may be more some day: what a\n"+
		"program doesn't know it shows, with the sentence beside it.\n")
	under := ""
	for i, c := range reasons {
		if i == 0 || c.under != under {
			under = c.under
			fmt.Fprintf(out, "\n%s\n\n| code | meaning |\n|---|---|\n", under)
		}
		fmt.Fprintf(out, "| `%s` | %s |\n", c.value, c.meaning)
	}
	fmt.Fprint(out, "\n## Kinds of events\n\nIn `event.kind`: the lines of the audit trail.\n\n| kind | what happened |\n|---|---|\n")
	for _, c := range events {
		fmt.Fprintf(out, "| `%s` | %s |\n", c.value, c.meaning)
	}
	return nil
}
