//go:build !race

package bridge

// underRace: the race detector watches, and one goroutine alone takes ten times as long.
const underRace = false
