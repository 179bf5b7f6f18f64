package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"strings"
)

// comments are the doc comments of package schema's types, by type and field.
type comments struct {
	types  map[string]string
	fields map[string]string // Type.Field
}

// common describes fields that mean the same wherever they stand and whose Go
// fields carry no comment of their own.
var common = map[string]string{
	"type":     "Says what the message is.",
	"id":       "Makes repeats safe: the same id of the same sender gets the original answer.",
	"deadline": "The time after which the message is not decided any more; only for asked ones.",
	"note":     "Says why, for the people who read the record.",
	"after":    "Makes the replica wait, briefly, until it has this entry; default 0: answer at once.",
	"system":   "The system that it is about.",
	"entry":    "The log's entry that it reflects.",
	"token":    "The recovery, as in cms-37.",
	"at":       "When it happened.",
	"by":       "Who did it.",
}

func readComments(dir string) (*comments, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return nil, err
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("reading comments: no Go files in %s", dir)
	}
	out := &comments{types: map[string]string{}, fields: map[string]string{}}
	set := token.NewFileSet()
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(set, name, nil, parser.ParseComments)
		if err != nil {
			return nil, fmt.Errorf("reading comments: %w", err)
		}
		for _, decl := range file.Decls {
			gen, ok := decl.(*ast.GenDecl)
			if !ok || gen.Tok != token.TYPE {
				continue
			}
			for _, spec := range gen.Specs {
				out.read(gen, spec.(*ast.TypeSpec))
			}
		}
	}
	return out, nil
}

func (c *comments) read(gen *ast.GenDecl, spec *ast.TypeSpec) {
	doc := spec.Doc
	if doc == nil {
		doc = gen.Doc
	}
	c.types[spec.Name.Name] = withoutName(sentence(doc), spec.Name.Name)
	fields, ok := spec.Type.(*ast.StructType)
	if !ok {
		return
	}
	for _, f := range fields.Fields.List {
		for _, name := range f.Names {
			c.fields[spec.Name.Name+"."+name.Name] = sentence(f.Doc)
		}
	}
}

// of gives the description of a field: its comment without its own name, or what
// the field means everywhere.
func (c *comments) of(typ, field, wire string) (string, error) {
	text := c.fields[typ+"."+field]
	if text == "" {
		return common[wire], nil
	}
	if word := bareWord(text); word != "" {
		return "", fmt.Errorf("%s is a word of the messages: write `%s`, as everywhere, so that it stays as it is sent", word, word)
	}
	return withoutName(text, field), nil
}

// wireWord is a word that can only be one of the messages'; inCode is what stands in backticks.
var (
	wireWord = regexp.MustCompile(`\b[a-z]+(_[a-z]+)+\b`)
	inCode   = regexp.MustCompile("`[^`]*`")
)

// bareWord finds a value or a field's name that stands in a comment as if it were prose.
func bareWord(text string) string { return wireWord.FindString(inCode.ReplaceAllString(text, "")) }

// withoutName takes the Go name from the front of a comment: "Title is what an
// operator reads first." becomes "What an operator reads first."
func withoutName(text, field string) string {
	rest, ok := strings.CutPrefix(text, field)
	if !ok || rest == "" || rest[0] != ' ' && rest[0] != ':' {
		return text
	}
	rest = strings.TrimLeft(rest, " :")
	// A value in backticks stays as it is: it is what is sent.
	for _, verb := range []string{"is one of: ", "is ", "are "} {
		if said, ok := strings.CutPrefix(rest, verb); ok {
			rest = said
			break
		}
	}
	return strings.ToUpper(rest[:1]) + rest[1:]
}

func sentence(doc *ast.CommentGroup) string {
	if doc == nil {
		return ""
	}
	return strings.Join(strings.Fields(doc.Text()), " ")
}
