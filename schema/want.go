package schema

import (
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// forms say what a text of a pattern looks like.
var forms = map[string]string{
	PatternName:     "a name: 1 to 64 of A-Z a-z 0-9 _ -",
	PatternOwner:    "whose problem it is: an expert's name, or operator:NAME",
	PatternToken:    "a token: <system>-<number>, as in cms-37",
	PatternPrompt:   "a prompt's id: <token>.p<number>, as in cms-37.p3",
	PatternDuration: `a duration: numbers with units from large to small, ` + Duration(longest).String() + ` at most, as in "20s", "10m" or "1h30m"`,
	PatternTime:     `a time in UTC that ends in Z, as in "2026-11-21T12:02:10Z"`,
}

// want says what a value has to be.
func want(sch *jsonschema.Schema) string {
	if sch == nil {
		return "a value"
	}
	switch {
	case sch.Const != nil:
		return fmt.Sprintf("%q", *sch.Const)
	case sch.Enum != nil:
		values := make([]string, len(sch.Enum.Values))
		for i, v := range sch.Enum.Values {
			values[i] = fmt.Sprint(v)
		}
		return "one of " + strings.Join(values, ", ")
	case sch.Pattern != nil && forms[sch.Pattern.String()] != "":
		return forms[sch.Pattern.String()]
	case len(sch.AnyOf) > 0:
		return want(sch.AnyOf[0])
	case sch.Types == nil:
		return "a value"
	}
	switch sch.Types.ToStrings()[len(sch.Types.ToStrings())-1] {
	case "string":
		if sch.Pattern != nil {
			return "text that matches " + quote(sch.Pattern.String())
		}
		return "text" + between(sch.MinLength, sch.MaxLength, "character")
	case "boolean":
		return "true or false"
	case "integer":
		return "a whole number" + from(sch.Minimum, sch.Maximum)
	case "number":
		return "a number" + from(sch.Minimum, sch.Maximum)
	case "array":
		return "a list" + between(sch.MinItems, sch.MaxItems, "item")
	case "object":
		if len(sch.Required) > 0 && len(sch.Required) <= 4 {
			return "an object with " + listed(sch.Required)
		}
		return "an object" + between(sch.MinProperties, sch.MaxProperties, "member")
	}
	return "a value"
}

func between(low, high *int, unit string) string {
	switch {
	case high == nil && low == nil:
		return ""
	case high == nil:
		return " of at least " + plural(*low, unit)
	case low == nil || *low == 0:
		return " of at most " + plural(*high, unit)
	}
	return fmt.Sprintf(" of %d to %s", *low, plural(*high, unit))
}

func from(low, high *big.Rat) string {
	if low == nil || high == nil {
		return ""
	}
	if high.Cmp(big.NewRat(1<<53-1, 1)) == 0 {
		if low.Sign() < 0 {
			return ""
		}
		return " of at least " + low.RatString()
	}
	return " from " + low.RatString() + " to " + high.RatString()
}

// listed writes a, b and c.
func listed(names []string) string {
	if len(names) == 1 {
		return names[0]
	}
	return strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1]
}

func plural(n int, unit string) string {
	if n == 1 {
		return "1 " + unit
	}
	return strconv.Itoa(n) + " " + unit + "s"
}

// remedyForName suggests the known name that was probably meant, or lists all.
func remedyForName(name string, sch *jsonschema.Schema) string {
	if sch == nil || len(sch.Properties) == 0 {
		return "leave it out"
	}
	known := make([]string, 0, len(sch.Properties))
	for k := range sch.Properties {
		known = append(known, k)
	}
	slices.Sort(known)
	if near := nearest(name, known); near != "" {
		return fmt.Sprintf("did you mean %s? Correct the name, or leave it out", near)
	}
	return "leave it out; known are " + strings.Join(known, ", ")
}

// nearest gives the known name that differs least, if it differs little.
func nearest(name string, known []string) string {
	if len(name) > 2*MaxName {
		return ""
	}
	best, least := "", 0
	for _, k := range known {
		d := distance(plain(name), plain(k))
		if d <= max(1, len(k)/3) && (best == "" || d < least) {
			best, least = k, d
		}
	}
	return best
}

// plain takes away how a language writes names: notBefore and not-before are not_before.
func plain(name string) string {
	var out strings.Builder
	for _, r := range name {
		if r != '_' && r != '-' {
			out.WriteRune(unicode.ToLower(r))
		}
	}
	return out.String()
}

// distance counts the letters to put in, take out, change or swap.
func distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	before := make([]int, len(y)+1)
	last := make([]int, len(y)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(x); i++ {
		row := make([]int, len(y)+1)
		row[0] = i
		for j := 1; j <= len(y); j++ {
			cost := 1
			if x[i-1] == y[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last = last, row
	}
	return last[len(y)]
}
