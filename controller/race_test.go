//go:build race

package controller

const underRace = true
