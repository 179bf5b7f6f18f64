package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"expertcontroller/schema"
)

// chapter is a part of docs/messages.md.
type chapter struct {
	title, text string
	kinds       []string
}

// chapters put the kinds in the order in which people meet them.
var chapters = []chapter{
	{"What experts and operators send", "Asked on `recovery.<system>.call.<role>.<name>.<kind>` or told on `recovery.<system>.<role>.<name>.<kind>`; answered with `recovery.v1.answer`, or refused before the log with `recovery.v1.error`.",
		[]string{schema.KindRequest, schema.KindCleared, schema.KindConsumed, schema.KindDecide, schema.KindInterrupt, schema.KindMode, schema.KindHold, schema.KindNote, schema.KindPolicy}},
	{"What they get back", "", []string{schema.KindAnswer, schema.KindError, schema.KindStatus}},
	{"Queries", "Asked on `recovery.<system>.query.<name>`; any replica answers. A query may come empty and without a type.",
		[]string{schema.KindQuery, schema.KindStatusQuery, schema.KindHistoryQuery, schema.KindEntriesQuery, schema.KindStatisticsQuery, schema.KindAuditQuery, schema.KindPictureQuery,
			schema.KindOverview, schema.KindHistory, schema.KindEntries, schema.KindStatistics, schema.KindPolicyIs, schema.KindActions, schema.KindAudit, schema.KindPicture, schema.KindSigned}},
	{"Between controller and agents", "An agent asks on `recovery.<system>.call.agent.<name>.<kind>`; a bell rings on `recovery.<system>.bell.<agent>`.",
		[]string{schema.KindNext, schema.KindWorkList, schema.KindClaim, schema.KindGrant, schema.KindProgress, schema.KindInstruction, schema.KindResult, schema.KindBell}},
	{"The log", "One entry a decision, on `recovery.<system>.log`, repeated on `recovery.<system>.change`.", []string{schema.KindEntry}},
	{"What a controller observes", "Inputs that only controllers make; they stand in the log as any other.",
		[]string{schema.KindUnclaimed, schema.KindSilent, schema.KindUnconfirmed, schema.KindExpertSilent, schema.KindAlive, schema.KindOffered, schema.KindMalformed, schema.KindTrim}},
	{"What people write", "A file, as YAML or JSON, in which `type` may be left out; [how it is written](actions.md). `expertcontroller agent --check FILE` checks one.", []string{schema.KindActionsFile}},
}

// messages writes docs/messages.md from the schemas and the samples.
func messages(root string, files map[string][]byte) ([]byte, error) {
	var out bytes.Buffer
	fmt.Fprint(&out, `# Messages

Generated from the JSON Schemas in [schema](../schema), which are generated from the Go types of the same package: change those, run
`+"`make generate`"+`. How a field is added is told in [a decision](decisions/0001-adding-a-field.md).

Every payload is one JSON object in UTF-8 with `+"`\"type\": \"recovery.v1.<kind>\"`"+`, the title of its schema and the name of its file.
Inputs are closed: a field that the schema does not know is refused, with the nearest name that it knows. Outputs are open: they may
gain fields, and readers ignore those that they do not know. Beyond what schemas can say, an input has at most `+fmt.Sprint(schema.MaxInput)+` bytes, nests
at most 64 deep, gives no name twice, and holds no number beyond 1e308. Null is no value: leave a field out instead.

| word | what it looks like |
|---|---|
| time | RFC 3339 in UTC, ending in Z: `+"`\"2026-11-21T12:02:10Z\"`"+`, to the nanosecond at most |
| duration | numbers with units from large to small (h, m, s, ms, us, ns), each once: `+"`\"20s\"`, `\"1h30m\"`, `\"0s\"`"+` |
| name | 1 to 64 of `+"`A-Z a-z 0-9 _ -`"+` |
| token | a recovery: `+"`\"cms-37\"`"+` |
| prompt | a question to the operators: `+"`\"cms-37.p3\"`"+` |
| number | a whole number; beyond its limits at most 2^53-1, so that every language holds it exactly |

Lengths of texts count characters. A field in **bold** is always there.
`)
	written := map[string]bool{}
	parts := map[string]string{}
	for _, c := range chapters {
		fmt.Fprintf(&out, "\n## %s\n", c.title)
		if c.text != "" {
			fmt.Fprintf(&out, "\n%s\n", c.text)
		}
		for _, kind := range c.kinds {
			written[kind] = true
			if err := message(&out, root, kind, parts, files["schema/"+schema.Type(kind)+".json"]); err != nil {
				return nil, fmt.Errorf("describing %s: %w", kind, err)
			}
		}
	}
	for _, kind := range schema.Kinds() {
		if !written[kind] {
			return nil, fmt.Errorf("describing the messages: %s stands in no chapter", kind)
		}
	}
	if err := codes(&out, root); err != nil {
		return nil, fmt.Errorf("describing the messages: %w", err)
	}
	return out.Bytes(), nil
}

// message describes one message. parts are those described so far, each once.
func message(out *bytes.Buffer, root, kind string, parts map[string]string, text []byte) error {
	var n node
	if err := json.Unmarshal(text, &n); err != nil {
		return err
	}
	fmt.Fprintf(out, "\n### %s\n\n%s [Schema](../schema/%s.json).\n\n", n.Title, n.Description, n.Title)
	table(out, &n)
	var above []string
	for _, name := range used(&n) {
		var part bytes.Buffer
		fmt.Fprintf(&part, "\n*%s*: %s\n\n", name, n.Defs[name].Description)
		table(&part, n.Defs[name])
		if parts[name] == part.String() {
			above = append(above, "*"+name+"*")
			continue
		}
		parts[name] = part.String()
		out.Write(part.Bytes())
	}
	if len(above) > 0 {
		fmt.Fprintf(out, "\nDescribed above: %s.\n", strings.Join(above, ", "))
	}
	sample, name, err := example(root, kind)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "\nExample ([%s](../testdata/messages/valid/%s/%s)):\n\n```json\n%s\n```\n", strings.TrimSuffix(name, ".json"), kind, name, sample)
	return nil
}

// used lists the parts of a message in the order in which its fields lead to them.
func used(root *node) []string {
	var out []string
	var visit func(n *node)
	visit = func(n *node) {
		if n == nil {
			return
		}
		if name, ok := strings.CutPrefix(n.Ref, "#/$defs/"); ok && !slices.Contains(out, name) {
			out = append(out, name)
			visit(root.Defs[name])
		}
		for _, name := range n.Properties.names {
			visit(n.Properties.nodes[name])
		}
		visit(n.Items)
		visit(n.values())
		for _, branch := range n.AnyOf {
			visit(branch)
		}
	}
	visit(root)
	return out
}

func table(out *bytes.Buffer, n *node) {
	fmt.Fprintln(out, "| field | value | meaning |\n|---|---|---|")
	for _, name := range n.Properties.names {
		p := n.Properties.nodes[name]
		shown := "`" + name + "`"
		if slices.Contains(n.Required, name) {
			shown = "**" + shown + "**"
		}
		meaning := p.Description
		if p.Default != nil && !strings.Contains(strings.ToLower(meaning), "default") {
			meaning = strings.TrimSuffix(meaning, ".") + fmt.Sprintf(". Default `%v`.", p.Default)
		}
		fmt.Fprintf(out, "| %s | %s | %s |\n", shown, strings.ReplaceAll(p.form(), "|", `\|`), strings.ReplaceAll(meaning, "|", `\|`))
	}
}

// longExample is where an example stops being one, in lines.
const longExample = 150

// chosen are the samples of kinds whose longest is not the one to begin with.
var chosen = map[string]string{schema.KindStatus: "awaiting-approval.json", schema.KindEntries: "none.json"}

// example takes the longest valid sample of a kind that is not too long: it shows most.
func example(root, kind string) (text, name string, err error) {
	dir := filepath.Join(root, "testdata", "messages", "valid", kind)
	paths, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil {
		return "", "", err
	}
	found := map[string]string{}
	for _, path := range paths {
		b, err := os.ReadFile(path)
		if err != nil {
			return "", "", err
		}
		if s := strings.TrimSpace(string(b)); strings.HasPrefix(s, "{") {
			found[filepath.Base(path)] = s
		}
	}
	if choice := chosen[kind]; choice != "" {
		return found[choice], choice, nil
	}
	for _, candidate := range slices.Sorted(maps.Keys(found)) {
		lines := strings.Count(found[candidate], "\n")
		shown := strings.Count(text, "\n")
		if text == "" || lines > shown && lines <= longExample || lines < shown && shown > longExample {
			text, name = found[candidate], candidate
		}
	}
	if text == "" {
		return "", "", fmt.Errorf("no valid sample in %s", dir)
	}
	return text, name, nil
}
