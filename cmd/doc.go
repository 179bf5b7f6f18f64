// Package cmd wires and prints: the command tree, configuration, what a terminal
// shows, and the groups that run a controller, a bridge or an agent.
//
// What it promises: every command writes its result to stdout and everything else
// to stderr; ends with one of the exit codes in exit.go; takes --json where it
// prints; says what went wrong as `expertcontroller: doing what: cause; remedy`;
// and lets nothing that came from outside move the cursor or colour the terminal.
//
// It is the only package that may import all others, and it decides nothing about
// recoveries: it plugs together those who do.
package cmd
