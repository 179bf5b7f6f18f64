package bridge

import (
	"net/http"

	"expertcontroller/schema"
)

// Parameters that several routes have.
var (
	since = parameter{name: "since", about: "From then: a time, or how long ago, as in 8h."}
	until = parameter{name: "until", about: "Until then: a time, or how long ago."}
)

// table lists the API.
func (b *Bridge) table() []route {
	get, post, put := http.MethodGet, http.MethodPost, http.MethodPut
	system := "/systems/{system}"
	all := []route{
		{method: get, path: "/openapi.json", about: "This document.", access: everybody, response: shapeAnything, serve: (*call).openapi},
		{method: get, path: "/me", about: "Who you are here, and how one logs in.", access: everybody, response: shapeMe, serve: (*call).me},
		{method: post, path: "/login", about: "Logs in, with a name or an API key, by a cookie.", access: everybody, request: shapeLogin, response: shapeMe, serve: (*call).login},
		{method: post, path: "/logout", about: "Takes the cookie away.", access: everybody, response: shapeMe, serve: (*call).logout},

		{method: get, path: "/systems", about: "Every system at a glance.", access: viewers, response: shapeSystems, serve: (*call).systems},
		{method: get, path: system + "/overview", about: "A system at a glance.", access: viewers, response: schema.KindOverview, serve: (*call).overview},
		{method: get, path: system + "/recoveries", about: "The records, newest first; as a table, all pages.", access: viewers, response: schema.KindHistory, csv: true, serve: (*call).recoveries,
			query: []parameter{
				{name: "state", about: "Only in these states.", repeated: true}, {name: "problem", about: "Only with this problem: id or title; * stands for anything."},
				{name: "key", about: "Only with this problem key; * stands for anything."}, {name: "expert", about: "Only of this expert."},
				{name: "agent", about: "Only where this agent took part."}, {name: "operator", about: "Only where this operator took part."},
				since, until, {name: "limit", about: "How many at most.", whole: true}, {name: "after", about: "The page before's next."}, {name: "format", about: "json or csv."},
			}},
		{method: get, path: system + "/recoveries/{token}", about: "A recovery as it now stands, whole.", access: viewers, response: schema.KindStatus, serve: (*call).recovery},
		{method: get, path: system + "/recoveries/{token}/events", about: "A recovery's audit trail.", access: viewers, response: shapeEvents, serve: (*call).events},
		{method: get, path: system + "/statistics", about: "Figures over a time.", access: viewers, query: []parameter{since, until}, response: schema.KindStatistics, serve: (*call).statistics},
		{method: get, path: system + "/policy", about: "The policy in force.", access: viewers, response: schema.KindPolicyIs, serve: (*call).policy},
		{method: get, path: system + "/actions", about: "What agents offer.", access: viewers, response: schema.KindActions, serve: (*call).actions},
		{method: get, path: system + "/entries", about: "Entries of the log, in order.", access: viewers, response: schema.KindEntries, serve: (*call).entries,
			query: []parameter{{name: "after", about: "From the entry after this one.", whole: true}, {name: "limit", about: "How many at most.", whole: true}}},
		{method: get, path: system + "/handover", about: "What the next shift must know.", access: viewers, query: []parameter{since}, response: shapeHandover, serve: (*call).handover},
		{method: get, path: system + "/mode", about: "The mode in force.", access: viewers, response: shapeMode, serve: (*call).mode},

		{method: put, path: system + "/mode", about: "Changes how the system is run.", access: operators, request: schema.KindMode, response: schema.KindAnswer, serve: (*call).setMode},
		{method: post, path: system + "/requests", about: "Asks for a recovery.", access: speakers, request: schema.KindRequest, response: schema.KindAnswer, serve: (*call).request},
		{method: post, path: system + "/cleared", about: "Says that a problem is gone.", access: speakers, request: schema.KindCleared, response: schema.KindAnswer, serve: (*call).cleared},
		{method: post, path: system + "/holds", about: "Keeps requests for a problem away for a while; 0s lifts it.", access: operators, request: schema.KindHold, response: schema.KindAnswer, serve: (*call).hold},
		{method: post, path: system + "/prompts/{prompt}/decision", about: "Answers a prompt.", access: operators, request: schema.KindDecide, fills: []string{"prompt"}, response: schema.KindAnswer, serve: (*call).decide},
		{method: post, path: system + "/recoveries/{token}/interrupt", about: "Stops a recovery.", access: operators, request: schema.KindInterrupt, fills: []string{"token"}, response: schema.KindAnswer, serve: (*call).interrupt},
		{method: post, path: system + "/recoveries/{token}/notes", about: "Leaves a remark with a recovery.", access: operators, request: schema.KindNote, fills: []string{"token"}, response: schema.KindAnswer, serve: (*call).note},

		{method: post, path: "/demo/break", about: "Breaks the demo's plant again.", access: operators, demo: true, response: shapeTold, serve: (*call).breakAgain},
		{method: post, path: "/demo/agent", about: "Makes the demo's agent vanish, or come back.", access: operators, demo: true, request: shapeVanish, response: shapeTold, serve: (*call).vanish},
	}
	var out []route
	for _, r := range all {
		if !r.demo || b.o.Demo != nil {
			out = append(out, r)
		}
	}
	return out
}
