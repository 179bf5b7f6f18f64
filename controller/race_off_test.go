//go:build !race

package controller

// underRace: the race detector watches, and one goroutine alone takes ten times as long.
const underRace = false
