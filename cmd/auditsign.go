package cmd

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"expertcontroller/schema"
)

type auditKeyCmd struct {
	File string `arg:"" help:"Where the private key goes; the public one goes to FILE.pub."`
}

// Help shows how it is used.
func (*auditKeyCmd) Help() string {
	return `Whoever has the private key can sign; keep it away from those who could alter the log. The public key belongs to whoever verifies.

` + examples(`expertcontroller audit key /etc/expertcontroller/audit.key`)
}

// Run makes the key.
func (k *auditKeyCmd) Run(c *console) error {
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return fmt.Errorf("making a key: %w", err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return fmt.Errorf("making a key: %w", err)
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
	if err := writeNew(k.File, text, 0o600); err != nil {
		return fmt.Errorf("writing the private key: %w", err)
	}
	if err := writeNew(k.File+".pub", []byte(base64.StdEncoding.EncodeToString(public)+"\n"), 0o644); err != nil {
		return fmt.Errorf("writing the public key: %w", err)
	}
	c.say("the private key is in %s, the public one in %s.pub", clean(k.File), clean(k.File))
	return nil
}

// writeNew writes a file that must not be there yet: a key that is gone signs nothing more.
func writeNew(name string, text []byte, mode os.FileMode) error {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if errors.Is(err, os.ErrExist) {
		return fmt.Errorf("%s is there already: name another file", name)
	}
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	return errors.Join(err, f.Sync(), f.Close())
}

func readKey(name string) (ed25519.PrivateKey, error) {
	const remedy = "make one with `expertcontroller audit key FILE`"
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("reading the key: %w; %s", err, remedy)
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, fmt.Errorf("reading the key %s: it is no PEM file; %s", name, remedy)
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	private, ok := key.(ed25519.PrivateKey)
	if err != nil || !ok {
		return nil, fmt.Errorf("reading the key %s: it is no ed25519 key; %s", name, remedy)
	}
	return private, nil
}

// sign signs a checkpoint.
func sign(s schema.SignedCheckpoint, key ed25519.PrivateKey) (schema.SignedCheckpoint, error) {
	s.Type, s.Signature = schema.Type(schema.KindSigned), ""
	s.Key = base64.StdEncoding.EncodeToString(key.Public().(ed25519.PublicKey))
	text, err := schema.Encode(s)
	if err != nil {
		return s, err
	}
	s.Signature = base64.StdEncoding.EncodeToString(ed25519.Sign(key, text))
	return s, nil
}

// genuine tells whether a checkpoint was signed with the key that it names.
func genuine(s schema.SignedCheckpoint) bool {
	key, wrong := base64.StdEncoding.DecodeString(s.Key)
	signature, bad := base64.StdEncoding.DecodeString(s.Signature)
	s.Signature = ""
	text, err := schema.Encode(s)
	return wrong == nil && bad == nil && err == nil && len(key) == ed25519.PublicKeySize && ed25519.Verify(key, text, signature)
}

// readSigned reads a file of signed checkpoints of the system; public, where it is given,
// is the only key that counts.
func readSigned(name, system, public string) (map[uint64][]schema.SignedCheckpoint, int, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, 0, fmt.Errorf("reading the signed checkpoints: %w", err)
	}
	out, n := map[uint64][]schema.SignedCheckpoint{}, 0
	for i, line := range strings.Split(string(text), "\n") {
		if strings.TrimSpace(line) == "" {
			continue
		}
		s, err := schema.Read[schema.SignedCheckpoint]([]byte(line))
		where := fmt.Sprintf("%s:%d", name, i+1)
		switch {
		case err != nil || s.Type != schema.Type(schema.KindSigned):
			return nil, 0, fmt.Errorf("%s: it is no signed checkpoint: `expertcontroller audit checkpoint` writes such lines", where)
		case s.System != system:
			continue
		case public != "" && s.Key != public:
			return nil, 0, &mismatch{s.Entry, where + ": it was signed with another key than the one given"}
		case !genuine(s):
			return nil, 0, &mismatch{s.Entry, where + ": its signature does not fit it: it was altered"}
		}
		out[s.Entry] = append(out[s.Entry], s)
		n++
	}
	if n == 0 {
		return nil, 0, fmt.Errorf("reading the signed checkpoints: %s holds none of system %s; name the system with --system", name, system)
	}
	return out, n, nil
}

type auditCheckpointCmd struct {
	Key   string        `required:"" placeholder:"FILE" help:"The private key that audit key made."`
	To    string        `placeholder:"FILE|URL" help:"Where it goes: a file that it is added to, or an address that it is posted to (default: stdout)."`
	Every time.Duration `placeholder:"D" help:"Go on doing so, until Ctrl-C; what fails is said, and tried again."`
}

// Help shows how it is used.
func (*auditCheckpointCmd) Help() string {
	return `A checkpoint says which entry had which hash. Kept where those who can alter the log can't reach, it shows later that nothing up to that entry was altered: "expertcontroller audit verify --against FILE".

` + examples(`expertcontroller audit checkpoint --key audit.key --to /mnt/elsewhere/cms.jsonl`,
		`expertcontroller audit checkpoint --key audit.key --to https://notary.example.org/cms --every 1h`)
}

// Run signs the log's last entry.
func (a *auditCheckpointCmd) Run(ctx context.Context, c *console, f *connection) error {
	key, err := readKey(a.Key)
	if err != nil {
		return err
	}
	reading, err := openLog(ctx, c, f)
	if err != nil {
		return err
	}
	defer reading.close()
	for {
		err := a.once(ctx, c, reading, key)
		switch {
		case a.Every <= 0:
			return err
		case ctx.Err() != nil:
			return nil
		case err != nil:
			c.say("%s; it is tried again in %s", clean(err.Error()), a.Every)
		}
		timer := time.NewTimer(a.Every)
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil
		case <-timer.C:
		}
	}
}

func (a *auditCheckpointCmd) once(ctx context.Context, c *console, reading *logReading, key ed25519.PrivateKey) error {
	end, err := reading.log.End(ctx)
	if err != nil {
		return err
	}
	if end == 0 {
		return fmt.Errorf("signing: the log of %s is empty: there is nothing to sign yet", reading.system)
	}
	last, err := reading.log.At(ctx, end)
	if err != nil {
		return err
	}
	if last.Entry == nil {
		return fmt.Errorf("signing: the last message of the log is no entry (%s): sign again when another entry stands behind it", last.Skipped)
	}
	s, err := sign(schema.SignedCheckpoint{
		System: reading.system, Lineage: last.Entry.Lineage, Entry: last.Entry.Entry, Hash: last.Position.Hash, At: now(),
	}, key)
	if err != nil {
		return err
	}
	line, err := schema.Encode(s)
	if err != nil {
		return err
	}
	line = append(line, '\n')
	switch {
	case a.To == "":
		c.print("%s", line)
		return nil
	case strings.HasPrefix(a.To, "http://"), strings.HasPrefix(a.To, "https://"):
		err = post(ctx, a.To, line)
	default:
		err = addTo(a.To, line)
	}
	if err == nil {
		c.say("signed entry %d", s.Entry)
	}
	return err
}

func addTo(name string, line []byte) error {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o644)
	if err != nil {
		return fmt.Errorf("keeping the checkpoint: %w", err)
	}
	_, err = f.Write(line)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("keeping the checkpoint: %w", err)
	}
	return nil
}

func post(ctx context.Context, url string, line []byte) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(line))
	if err != nil {
		return fmt.Errorf("posting the checkpoint: %w", err)
	}
	request.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return fmt.Errorf("posting the checkpoint: %w: see that the address can be reached", err)
	}
	defer answer.Body.Close()
	if _, err := io.Copy(io.Discard, io.LimitReader(answer.Body, 64<<10)); err != nil {
		return fmt.Errorf("posting the checkpoint: %w", err)
	}
	if answer.StatusCode/100 != 2 {
		return fmt.Errorf("posting the checkpoint: %s answers %s: it was not kept", url, answer.Status)
	}
	return nil
}
