package cmd

import (
	"bufio"
	"errors"
	"fmt"

	"expertcontroller/schema"
)

// fromStdin stands on the command line for the tokens that stdin brings.
const fromStdin = "-"

// tokens gives the recoveries that are meant: tokens as they are, @last, and - for what
// stdin brings. What can be none is refused before anybody is asked.
func (c *console) tokens(f *connection, args []string) ([]string, error) {
	var out []string
	for _, arg := range args {
		switch arg {
		case lastToken:
			token, err := c.last(f)
			if err != nil {
				return nil, err
			}
			out = append(out, token)
		case fromStdin:
			piped, err := c.piped()
			if err != nil {
				return nil, err
			}
			out = append(out, piped...)
		default:
			if _, _, err := schema.ParseToken(arg); err != nil {
				return nil, usage{err}
			}
			out = append(out, arg)
		}
	}
	return out, nil
}

// token gives the one recovery that is meant.
func (c *console) token(f *connection, arg string) (string, error) {
	if arg == fromStdin {
		return "", usagef("- reads tokens from stdin, and this command takes one: write it, or %s", lastToken)
	}
	out, err := c.tokens(f, []string{arg})
	if err != nil {
		return "", err
	}
	return out[0], nil
}

// piped reads tokens from stdin, between any white space. None at all is an error: what
// was to give one has failed, and a wait for nothing would look like a success.
func (c *console) piped() ([]string, error) {
	words := bufio.NewScanner(c.in)
	words.Split(bufio.ScanWords)
	var out []string
	for words.Scan() {
		if _, _, err := schema.ParseToken(words.Text()); err != nil {
			return nil, fmt.Errorf("reading tokens from stdin: %w", err)
		}
		out = append(out, words.Text())
	}
	if err := words.Err(); err != nil {
		return nil, fmt.Errorf("reading tokens from stdin: %w", err)
	}
	if len(out) == 0 {
		return nil, errors.New("reading tokens from stdin: none came; look what was to give one, or name the token")
	}
	return out, nil
}

// relations replaces @last in what a request relates to, and refuses what is no token.
func (c *console) relations(f *connection, relations ...*string) error {
	for _, to := range relations {
		if *to == "" {
			continue
		}
		token, err := c.token(f, *to)
		if err != nil {
			return err
		}
		*to = token
	}
	return nil
}
