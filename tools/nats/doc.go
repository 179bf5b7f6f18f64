// Package nats pins the stock nats command, which checks use to see this program
// as others see it. It is a module of its own, since what that command needs is
// far more than what the other tools need.
package nats
