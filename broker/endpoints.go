package broker

import "expertcontroller/schema"

// endpoint is a subject that the service answers on.
type endpoint struct {
	name    string
	subject string
	system  string
	// bridge: a bridge speaks for somebody there.
	bridge bool
	// query is the query's name; empty for a call.
	query string
	// request and response are kinds of messages.
	request  string
	response string
}

// metadata names the schemas, for nats micro info.
func (e endpoint) metadata() map[string]string {
	return map[string]string{"request": schema.Type(e.request), "response": schema.Type(e.response), "error": schema.Type(schema.KindError)}
}

// answers says what each agent's question is answered with; all else gets an answer.
var answers = map[string]string{
	schema.KindNext:     schema.KindWorkList,
	schema.KindClaim:    schema.KindGrant,
	schema.KindProgress: schema.KindInstruction,
}

var queries = []struct{ name, request, response string }{
	{schema.QueryStatus, schema.KindStatusQuery, schema.KindStatus},
	{schema.QueryOverview, schema.KindQuery, schema.KindOverview},
	{schema.QueryHistory, schema.KindHistoryQuery, schema.KindHistory},
	{schema.QueryEntries, schema.KindEntriesQuery, schema.KindEntries},
	{schema.QueryStatistics, schema.KindStatisticsQuery, schema.KindStatistics},
	{schema.QueryPolicy, schema.KindQuery, schema.KindPolicyIs},
	{schema.QueryActions, schema.KindQuery, schema.KindActions},
	{schema.QueryPicture, schema.KindPictureQuery, schema.KindPicture},
}

// endpoints lists those of a system.
func endpoints(system string) []endpoint {
	var out []endpoint
	for _, role := range []string{schema.RoleExpert, schema.RoleOperator, schema.RoleAgent} {
		for _, kind := range schema.Asked(role) {
			response := answers[kind]
			if response == "" {
				response = schema.KindAnswer
			}
			out = append(out, endpoint{
				name: system + "-" + role + "-" + kind, system: system,
				subject: schema.SubjectCall(system, role, "*", kind), request: kind, response: response,
			})
			if role == schema.RoleAgent {
				continue // agents speak for themselves
			}
			out = append(out, endpoint{
				name: system + "-bridge-" + role + "-" + kind, system: system, bridge: true,
				subject: schema.SubjectBridge(system, "*", role, "*", kind), request: kind, response: response,
			})
		}
	}
	for _, q := range queries {
		out = append(out, endpoint{
			name: system + "-query-" + q.name, system: system, query: q.name,
			subject: schema.SubjectQuery(system, q.name), request: q.request, response: q.response,
		})
	}
	return out
}
