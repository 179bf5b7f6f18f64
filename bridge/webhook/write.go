package webhook

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"text/template"
	"text/template/parse"
	"time"

	"expertcontroller/schema"
)

// writer makes bodies.
type writer struct {
	config Config
	made   *template.Template
}

// asJSON writes a value as JSON.
func asJSON(v any) (string, error) {
	b, err := schema.Encode(v)
	return string(b), err
}

// within escapes a value for use within the quotes of a JSON text.
func within(v any) (string, error) {
	s, ok := v.(string)
	if !ok {
		s = fmt.Sprint(v)
	}
	b, err := schema.Encode(s)
	if err != nil {
		return "", err
	}
	return string(b[1 : len(b)-1]), nil
}

// newWriter parses the template and tries it on texts that are hard to write.
func newWriter(c Config) (*writer, error) {
	w := &writer{config: c}
	if c.Template == "" {
		return w, nil
	}
	made, err := template.New("template").Funcs(template.FuncMap{"json": asJSON, "within": within}).Option("missingkey=error").Parse(c.Template)
	if err != nil {
		return nil, fmt.Errorf("template: %w", err)
	}
	if c.isJSON() {
		for _, t := range made.Templates() {
			if t.Tree != nil {
				escape(t.Root)
			}
		}
	}
	w.made = made
	at := time.Unix(0, 0).UTC()
	hard := "\"\\\n\t</script>\u2028{{}}"
	for _, n := range []Notice{
		{ID: "tried", Kind: KindPrompt, System: "s", At: at, Token: "s-1", Title: hard, Description: hard, Text: hard, Step: hard, Problems: []string{hard}, Prompt: &schema.Prompt{ID: "s-1.p1", Why: hard, Expires: &at}},
		{ID: "tried", Kind: KindOutcome, System: "s", At: at, Token: "s-1", Title: hard, Reason: schema.Reason{Code: schema.CodeCured, Text: hard}},
	} {
		if _, err := w.write(n); err != nil {
			return nil, fmt.Errorf("template: %w", err)
		}
	}
	return w, nil
}

// escape makes every value that a template writes fit for JSON, as html/template does
// for its own language: what is written plainly ends in within, unless it says json.
func escape(n parse.Node) {
	switch n := n.(type) {
	case *parse.ListNode:
		if n != nil {
			for _, each := range n.Nodes {
				escape(each)
			}
		}
	case *parse.IfNode:
		escape(n.List)
		escape(n.ElseList)
	case *parse.RangeNode:
		escape(n.List)
		escape(n.ElseList)
	case *parse.WithNode:
		escape(n.List)
		escape(n.ElseList)
	case *parse.ActionNode:
		if len(n.Pipe.Decl) > 0 || ends(n.Pipe, "json") || ends(n.Pipe, "within") {
			return
		}
		n.Pipe.Cmds = append(n.Pipe.Cmds, &parse.CommandNode{
			NodeType: parse.NodeCommand, Pos: n.Pos, Args: []parse.Node{parse.NewIdentifier("within").SetPos(n.Pos)},
		})
	}
}

// ends tells whether a pipeline's last command is the function.
func ends(p *parse.PipeNode, function string) bool {
	if len(p.Cmds) == 0 {
		return false
	}
	name, ok := p.Cmds[len(p.Cmds)-1].Args[0].(*parse.IdentifierNode)
	return ok && name.Ident == function
}

// write makes the body of a notice.
func (w *writer) write(n Notice) ([]byte, error) {
	if w.made == nil {
		return schema.Encode(n)
	}
	var b bytes.Buffer
	if err := w.made.Execute(&b, n); err != nil {
		return nil, err
	}
	if w.config.isJSON() && !json.Valid(b.Bytes()) {
		return nil, errors.New("what it writes is no JSON: values stand within quotes, or are written with {{json .Field}}")
	}
	return b.Bytes(), nil
}
