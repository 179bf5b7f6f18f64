package main

import (
	"fmt"
	"strconv"
	"strings"

	"expertcontroller/schema"
)

// check is a field's check tag, by word.
type check map[string]string

// words are those that a check tag may hold, and whether they take a value.
var words = map[string]bool{
	"required": false, "name": false, "owner": false, "token": false, "prompt": false, "object": false, "itemname": false,
	"min": true, "max": true, "minitems": true, "maxitems": true, "itemmax": true, "enum": true, "default": true,
}

func parseCheck(tag string) (check, error) {
	out := check{}
	if tag == "" {
		return out, nil
	}
	for word := range strings.SplitSeq(tag, ",") {
		name, value, valued := strings.Cut(word, "=")
		takes, known := words[name]
		if !known || takes != valued {
			return nil, fmt.Errorf("check tag %q: %q is no word of it", tag, word)
		}
		switch name {
		case "min", "max", "minitems", "maxitems", "itemmax":
			if _, err := strconv.ParseInt(value, 10, 64); err != nil {
				return nil, fmt.Errorf("check tag %q: %q needs a whole number", tag, word)
			}
		}
		out[name] = value
	}
	return out, nil
}

func (c check) has(word string) bool { _, there := c[word]; return there }

// values are those that a text may have; nil: any.
func (c check) values() []string {
	if !c.has("enum") {
		return nil
	}
	return strings.Split(c["enum"], "|")
}

// number gives a word's value; parseCheck has seen that it is one.
func (c check) number(word string, missing int64) int64 {
	if n, err := strconv.ParseInt(c[word], 10, 64); err == nil {
		return n
	}
	return missing
}

// text adds what bounds a string.
func (c check) text(out *object) *object {
	switch {
	case c.has("enum"):
		out.set("enum", c.values())
	case c.has("name"):
		out.set("pattern", schema.PatternName)
	case c.has("owner"):
		out.set("pattern", schema.PatternOwner)
	case c.has("token"):
		out.set("pattern", schema.PatternToken)
	case c.has("prompt"):
		out.set("pattern", schema.PatternPrompt)
	}
	if c.has("min") {
		out.set("minLength", c.number("min", 0))
	}
	if c.has("max") {
		out.set("maxLength", c.number("max", 0))
	}
	return out
}

// items gives the check of the items of a list, or of the values of a map.
func (c check) items() check {
	out := check{}
	if c.has("itemmax") {
		out["max"] = c["itemmax"]
	}
	if c.has("itemname") {
		out["name"] = ""
	}
	return out
}

func (c check) bounds(out *object, low, high string) *object {
	if c.has("minitems") {
		out.set(low, c.number("minitems", 0))
	}
	if c.has("maxitems") {
		out.set(high, c.number("maxitems", 0))
	}
	return out
}
