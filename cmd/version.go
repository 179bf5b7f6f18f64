package cmd

import "runtime/debug"

// version is the program's; the service's endpoints tell it.
const version = "0.1.0"

// build is the version with what the toolchain knows of the source, for the log's
// entries.
func build() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return version
	}
	out := version
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision" && len(s.Value) >= 12:
			out += "+" + s.Value[:12]
		case s.Key == "vcs.modified" && s.Value == "true":
			out += ".modified"
		}
	}
	return out
}
