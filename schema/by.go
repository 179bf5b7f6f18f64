package schema

// Roles and ways of a By.
const (
	RoleExpert     = "expert"
	RoleOperator   = "operator"
	RoleAgent      = "agent"
	RoleController = "controller"

	ViaCall       = "call"
	ViaTell       = "tell"
	ViaBridge     = "bridge"
	ViaController = "controller"
	// ViaHost: on the agent's own host, without a broker.
	ViaHost = "host"

	// AuthSubject: by the broker's permissions on the subject.
	AuthSubject = "subject"
	// AuthNone, AuthKey and AuthProxy are a bridge's: the name that somebody typed, an API
	// key, or what a trusted proxy says.
	AuthNone  = "none"
	AuthKey   = "key"
	AuthProxy = "proxy"
)

// By says who did something, via what, and how that was authenticated.
type By struct {
	// Role is one of: `expert`, `operator`, `agent` or `controller`.
	Role string `json:"role"`
	// Name is the expert's, operator's or agent's name, or the replica's.
	Name string `json:"name"`
	// Via is the way it came: call, tell, bridge or controller.
	Via string `json:"via,omitzero"`
	// Auth is how the name was authenticated: subject (by the broker's permissions); through a bridge: none (typed), key or proxy.
	Auth string `json:"auth,omitzero"`
}

// String writes operator anna.
func (b By) String() string {
	if b.Role == RoleController {
		return "the controller"
	}
	return b.Role + " " + b.Name
}
