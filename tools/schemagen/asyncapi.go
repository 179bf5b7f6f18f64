package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"expertcontroller/schema"
)

// family is a function of package schema that makes subjects: its address, with
// parameters in braces, is read from what it returns, so that no subject is forgotten.
type family struct {
	name, address, text string
	parameters          []string
}

// carried says what the families without a kind or query carry.
var carried = map[string]string{
	"SubjectLog": schema.KindEntry, "SubjectChange": schema.KindEntry, "SubjectStatus": schema.KindStatus, "SubjectAnswer": schema.KindAnswer,
	"SubjectBell": schema.KindBell, "SubjectAlive": schema.KindAlive, "SubjectPeer": "",
}

// heard are the families that a controller receives; all others it sends.
var heard = []string{"SubjectAlive", "SubjectPeer"}

// replies are the answers to calls that an answer does not answer.
var replies = map[string]string{
	schema.KindNext: schema.KindWorkList, schema.KindClaim: schema.KindGrant, schema.KindProgress: schema.KindInstruction,
}

// answers is the kind that answers a query, where it is not called as the query is.
var answers = map[string]string{schema.QueryPolicy: schema.KindPolicyIs}

// parameterTexts explain the parts of an address.
var parameterTexts = map[string]string{
	"system": "The system under control.", "role": "Who asks: expert, operator or agent.", "name": "Who asks, or is answered.",
	"token": "A recovery, as in cms-37.", "agent": "An agent's name.", "replica": "A controller's name.", "expert": "An expert's name.",
}

// families reads subject.go: the functions Subject…, and the names of the queries.
func families(root string) (found []family, queries []string, err error) {
	file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, "schema", "subject.go"), nil, parser.ParseComments)
	if err != nil {
		return nil, nil, err
	}
	for _, decl := range file.Decls {
		switch d := decl.(type) {
		case *ast.FuncDecl:
			if !strings.HasPrefix(d.Name.Name, "Subject") || d.Recv != nil {
				continue
			}
			f := family{name: d.Name.Name, text: strings.TrimPrefix(sentence(d.Doc), d.Name.Name+" ")}
			for _, p := range d.Type.Params.List {
				for _, n := range p.Names {
					f.parameters = append(f.parameters, n.Name)
				}
			}
			ast.Inspect(d.Body, func(n ast.Node) bool {
				if r, ok := n.(*ast.ReturnStmt); ok && len(r.Results) == 1 {
					f.address, err = address(r.Results[0], f.parameters)
				}
				return true
			})
			if err != nil {
				return nil, nil, fmt.Errorf("%s: %w", f.name, err)
			}
			found = append(found, f)
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				v, ok := spec.(*ast.ValueSpec)
				if ok && len(v.Values) == 1 && strings.HasPrefix(v.Names[0].Name, "Query") {
					if text, ok := v.Values[0].(*ast.BasicLit); ok {
						q, err := strconv.Unquote(text.Value)
						if err != nil {
							return nil, nil, err
						}
						queries = append(queries, q)
					}
				}
			}
		}
	}
	return found, queries, nil
}

// address writes what a function puts together, with its parameters in braces.
func address(e ast.Expr, parameters []string) (string, error) {
	switch e := e.(type) {
	case *ast.BasicLit:
		return strconv.Unquote(e.Value)
	case *ast.Ident:
		if slices.Contains(parameters, e.Name) {
			return "{" + e.Name + "}", nil
		}
		if e.Name == "subjectRoot" {
			return "recovery.", nil
		}
	case *ast.BinaryExpr:
		left, err := address(e.X, parameters)
		if err != nil {
			return "", err
		}
		right, err := address(e.Y, parameters)
		return left + right, err
	}
	return "", fmt.Errorf("a subject is put together from texts and parameters, which %T is not", e)
}

// asyncAPI describes the subjects, as a controller sees them, as an AsyncAPI document;
// its messages are the JSON Schemas.
func asyncAPI(root string) (*object, error) {
	found, queries, err := families(root)
	if err != nil {
		return nil, fmt.Errorf("reading the subjects: %w", err)
	}
	channels, operations := newObject(), newObject()
	for _, f := range found {
		if err := f.describe(channels, operations, queries); err != nil {
			return nil, err
		}
	}
	messages := newObject()
	kinds := schema.Kinds()
	slices.Sort(kinds)
	for _, kind := range kinds {
		messages.set(kind, newObject("name", schema.Type(kind), "title", schema.Type(kind), "contentType", "application/json",
			"payload", newObject("$ref", "../schema/"+schema.Type(kind)+".json")))
	}
	return newObject(
		"asyncapi", "3.0.0",
		"info", newObject("title", "expertcontroller", "version", strings.Trim(strings.TrimPrefix(schema.Prefix, "recovery."), "."),
			"description", "The subjects on which experts, operators and agents speak with the controllers of a system, over NATS. Generated from package schema: what a controller receives and sends. A call is a request; its reply comes on the caller's inbox. Kinds that no subject carries are observations of the controllers: they stand in the log's entries."),
		"defaultContentType", "application/json",
		"channels", channels, "operations", operations, "components", newObject("messages", messages),
	), nil
}

// describe adds a family's channels and what is done on them.
func (f family) describe(channels, operations *object, queries []string) error {
	switch {
	case slices.Contains(f.parameters, "kind"):
		for _, role := range []string{schema.RoleExpert, schema.RoleOperator, schema.RoleAgent} {
			kinds, reply := schema.Told(role), false
			if f.name == "SubjectCall" {
				kinds = schema.Asked(role)
			}
			reply = f.name != "SubjectTell"
			for _, kind := range kinds {
				at := strings.NewReplacer("{role}", role, "{kind}", kind).Replace(f.address)
				answer := ""
				if reply {
					if answer = replies[kind]; answer == "" {
						answer = schema.KindAnswer
					}
				}
				f.channel(channels, operations, f.id(role, kind), at, kind, answer, true)
			}
		}
	case slices.Contains(f.parameters, "query"):
		for _, query := range queries {
			asked, answer := query+"_query", answers[query]
			if schema.New(asked) == nil {
				asked = schema.KindQuery
			}
			if answer == "" {
				answer = query
			}
			if schema.New(answer) == nil {
				return fmt.Errorf("the query %s has no kind that answers it: say which in tools/schemagen", query)
			}
			f.channel(channels, operations, f.id(query), strings.ReplaceAll(f.address, "{query}", query), asked, answer, true)
		}
	default:
		kind, known := carried[f.name]
		if !known {
			return fmt.Errorf("%s: say in tools/schemagen what it carries", f.name)
		}
		f.channel(channels, operations, f.id(), f.address, kind, "", slices.Contains(heard, f.name))
	}
	return nil
}

// id names a channel: call_expert_request.
func (f family) id(more ...string) string {
	return strings.Join(append([]string{snake(strings.TrimPrefix(f.name, "Subject"))}, more...), "_")
}

// channel adds a channel, and the operation of a controller on it. Without a kind what
// it carries is nobody else's business.
func (f family) channel(channels, operations *object, id, at, kind, reply string, receive bool) {
	parameters, messages := newObject(), newObject()
	for _, p := range f.parameters {
		if strings.Contains(at, "{"+p+"}") {
			text := parameterTexts[p]
			if text == "" {
				text = "As in " + f.name + "."
			}
			parameters.set(p, newObject("description", text))
		}
	}
	var refs []any
	action := "send"
	if receive {
		action = "receive"
	}
	channel := newObject("$ref", "#/channels/"+id)
	operation := newObject("action", action, "channel", channel)
	add := func(kind string) any {
		messages.set(kind, newObject("$ref", "#/components/messages/"+kind))
		return newObject("$ref", "#/channels/"+id+"/messages/"+kind)
	}
	if kind != "" {
		refs = append(refs, add(kind))
		operation.set("messages", refs)
	}
	if reply != "" {
		operation.set("reply", newObject("channel", channel, "messages", []any{add(reply), add(schema.KindError)}))
	}
	channels.set(id, newObject("address", at, "description", strings.ToUpper(f.text[:1])+f.text[1:], "parameters", parameters, "messages", messages))
	operations.set(id, operation)
}
