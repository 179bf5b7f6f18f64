package cmd_test

import (
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"time"
)

// playStandIn does what the harness sees of `serve`: it takes its flags, counts its
// starts in its data directory, is ready a moment later, and ends when asked. Its
// status is what stands in a file of the token's name.
func playStandIn(args []string) int {
	fail := func(doing string, err error) int {
		fmt.Fprintf(os.Stderr, "%s: %v\n", doing, err)
		return 1
	}
	if len(args) > 1 && args[0] == "status" {
		text, err := os.ReadFile(args[len(args)-1])
		if err != nil {
			return fail("looking", err)
		}
		fmt.Printf("%s", text)
		return 0
	}
	if len(args) == 0 || args[0] != "serve" {
		return fail("reading the command", errors.New("the stand-in knows serve and status only"))
	}
	flags := flag.NewFlagSet("serve", flag.ContinueOnError)
	listen := flags.String("listen", "", "")
	server := flags.String("server", "", "")
	address := flags.String("http", "", "")
	data := flags.String("data", "", "")
	broken := flags.Bool("broken", false, "")
	if err := flags.Parse(args[1:]); err != nil {
		return 2
	}
	if *broken {
		return fail("opening the log", errors.New("it is broken; use another one"))
	}
	if (*listen == "") == (*server == "") {
		return fail("reading the flags", errors.New("give --listen or --server"))
	}
	if err := os.MkdirAll(*data, 0o755); err != nil {
		return fail("making the data directory", err)
	}
	starts, err := os.OpenFile(filepath.Join(*data, "starts"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return fail("opening the count of starts", err)
	}
	if _, err := fmt.Fprintln(starts, "start"); err != nil {
		return fail("counting the start", err)
	}
	listener, err := net.Listen("tcp", *address)
	if err != nil {
		return fail("listening", err)
	}
	asking := make(chan os.Signal, 1)
	signal.Notify(asking, asked)
	readyAt := time.Now().Add(100 * time.Millisecond)
	go func() {
		_ = http.Serve(listener, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			if time.Now().Before(readyAt) {
				w.WriteHeader(http.StatusServiceUnavailable)
			}
		}))
	}()
	fmt.Fprintln(os.Stderr, "serving as", os.Getenv("EXPERTCONTROLLER_SYSTEM"))
	<-asking
	fmt.Println("stopped as asked")
	return 0
}
