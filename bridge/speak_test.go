package bridge

import (
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/nats-io/nats.go"

	"expertcontroller/schema"
)

// What a bridge says for somebody, it says as who that is here, and never as more.
func TestWhoSpeaks(t *testing.T) {
	path, secret, lines := filepath.Join(t.TempDir(), "keys"), map[string]string{}, ""
	for _, role := range []string{RoleViewer, RoleOperator, RoleExpert} {
		key, line, err := NewKey("the-"+role, role)
		if err != nil {
			t.Fatal(err)
		}
		secret[role], lines = key, lines+line+"\n"
	}
	if err := os.WriteFile(path, []byte(lines), 0o600); err != nil {
		t.Fatal(err)
	}
	keys, err := OpenKeys(path)
	if err != nil {
		t.Fatal(err)
	}
	r := relay(t, func(o *Options) { o.Identity.Keys = keys })
	asked := make(chan string, 1)
	sub, err := r.bridge.o.Client.Conn().Subscribe("recovery.cms.>", func(m *nats.Msg) {
		if _, err := schema.ParseBridge(m.Subject); err != nil {
			return
		}
		asked <- m.Subject
		if err := m.Respond(mustEncode(schema.Answer{Type: schema.Type(schema.KindAnswer), Verdict: schema.Recorded})); err != nil {
			t.Error(err)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = sub.Unsubscribe() }()
	for _, c := range []struct {
		role, method, path, body string
		want                     int
		subject                  string
	}{
		{RoleViewer, "POST", "/cleared", `{"problem":"101","expert":"e"}`, 403, ""},
		{RoleOperator, "POST", "/cleared", `{"problem":"101","expert":"e"}`, 200, "recovery.cms.bridge.key.operator.the-operator.cleared"},
		{RoleExpert, "POST", "/cleared", `{"problem":"101"}`, 200, "recovery.cms.bridge.key.expert.the-expert.cleared"},
		{RoleViewer, "PUT", "/mode", `{"mode":"manual"}`, 403, ""},
		{RoleExpert, "PUT", "/mode", `{"mode":"manual"}`, 403, ""},
		{RoleOperator, "PUT", "/mode", `{"mode":"manual"}`, 200, "recovery.cms.bridge.key.operator.the-operator.mode"},
	} {
		t.Run(c.role+" "+c.path, func(t *testing.T) {
			answer, text := r.ask(c.method, apiRoot+"/systems/cms"+c.path, c.body, http.Header{"Authorization": {"Bearer " + secret[c.role]}})
			if answer.StatusCode != c.want {
				t.Fatalf("%d %s", answer.StatusCode, text)
			}
			select {
			case subject := <-asked:
				if subject != c.subject {
					t.Errorf("asked on %s", subject)
				}
			default:
				if c.subject != "" {
					t.Error("nobody was asked")
				}
			}
		})
	}
}
