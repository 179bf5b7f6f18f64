//go:build race

package bridge

const underRace = true
