package cmd_test

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/signal"
	"strconv"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
)

// brokerProgram is the name under which the test's own program is a bare broker.
const brokerProgram = "bare-broker"

// playBroker is a nats-server with JetStream, fsync on every write: address, directory,
// and a file that says who may do what.
func playBroker(args []string) int {
	if len(args) != 2 && len(args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: bare-broker ADDRESS DIRECTORY [CONFIGURATION]")
		return 2
	}
	o := &server.Options{}
	if len(args) == 3 {
		var err error
		if o, err = server.ProcessConfigFile(args[2]); err != nil {
			fmt.Fprintf(os.Stderr, "reading the configuration: %v\n", err)
			return 2
		}
	}
	host, portText, err := net.SplitHostPort(args[0])
	if err != nil {
		fmt.Fprintf(os.Stderr, "reading the address: %v\n", err)
		return 2
	}
	port, err := strconv.Atoi(portText)
	if err != nil {
		fmt.Fprintf(os.Stderr, "reading the port: %v\n", err)
		return 2
	}
	o.ServerName, o.Host, o.Port, o.NoSigs = "bare", host, port, true
	o.JetStream, o.StoreDir, o.SyncAlways = true, args[1], true
	s, err := server.NewServer(o)
	if err != nil {
		fmt.Fprintf(os.Stderr, "making the broker: %v\n", err)
		return 1
	}
	s.ConfigureLogger()
	asking := make(chan os.Signal, 1)
	signal.Notify(asking, asked)
	s.Start()
	select {
	case <-asking:
	case <-time.After(life):
	}
	s.Shutdown()
	s.WaitForShutdown()
	return 0
}

// listens tells whether something takes connections at an address: a broker that asks
// who one is tells a stranger no more.
func listens(address string) func(context.Context) error {
	return func(ctx context.Context) error {
		var d net.Dialer
		connection, err := d.DialContext(ctx, "tcp", address)
		if err != nil {
			return err
		}
		return connection.Close()
	}
}

// connects tells whether a broker at an address takes connections and has JetStream.
func connects(address string) func(context.Context) error {
	return func(ctx context.Context) error {
		connection, err := nats.Connect("nats://"+address, nats.NoReconnect(), nats.Timeout(5*time.Second))
		if err != nil {
			return err
		}
		defer connection.Close()
		_, err = connection.RequestWithContext(ctx, "$JS.API.INFO", nil)
		return err
	}
}
