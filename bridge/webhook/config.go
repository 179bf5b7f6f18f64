package webhook

import (
	"bytes"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"expertcontroller/schema"
)

// Kinds of a notice.
const (
	// KindPrompt: a prompt was opened.
	KindPrompt = "prompt"
	// KindOutcome: a recovery has ended.
	KindOutcome = "outcome"
)

// Config says who is told what. Only URL is needed.
type Config struct {
	// URL is where notices are posted: http or https.
	URL string `yaml:"url"`
	// Tell lists the kinds of notices; default: prompt and outcome.
	Tell []string `yaml:"tell"`
	// ContentType of the body; default application/json.
	ContentType string `yaml:"content_type"`
	// Template makes the body, as of text/template, with a Notice as its data; default: the
	// notice as JSON. Where the content type is JSON, values are escaped for use within
	// quotes, and {{json .Field}} writes one with them.
	Template string `yaml:"template"`
	// Headers are sent along. Secrets don't belong here: see SecretFile and TokenFile.
	Headers map[string]string `yaml:"headers"`
	// SecretFile holds the secret with which each notice is signed.
	SecretFile string `yaml:"secret_file"`
	// TokenFile holds a bearer token for the receiver.
	TokenFile string `yaml:"token_file"`
	// Link is where a person looks: {token} stands for the recovery's.
	Link string `yaml:"link"`
	// Timeout bounds one try; default 10s.
	Timeout schema.Duration `yaml:"timeout"`
	// GiveUp is how old a notice may get undelivered before it is given up, loudly; default
	// 24h, 0s: never.
	GiveUp *schema.Duration `yaml:"give_up"`

	secret, token []byte
}

// Load reads and checks a file; its own paths are relative to it.
func Load(path string) (Config, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return Config{}, fmt.Errorf("reading the webhook: %w", err)
	}
	var c Config
	d := yaml.NewDecoder(bytes.NewReader(text))
	d.KnownFields(true)
	if err := d.Decode(&c); err != nil {
		return c, fmt.Errorf("reading the webhook %s: %w", path, err)
	}
	if err := c.prepare(filepath.Dir(path)); err != nil {
		return c, fmt.Errorf("reading the webhook %s: %w", path, err)
	}
	return c, nil
}

// prepare fills in defaults, reads the secrets and tries the template.
func (c *Config) prepare(dir string) (err error) {
	u, err := url.Parse(c.URL)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return fmt.Errorf("url %q: write http://… or https://…", c.URL)
	}
	if u.User != nil {
		return errors.New("url: a password has no place in it: use token_file")
	}
	if len(c.Tell) == 0 {
		c.Tell = []string{KindPrompt, KindOutcome}
	}
	for _, kind := range c.Tell {
		if kind != KindPrompt && kind != KindOutcome {
			return fmt.Errorf("tell: %q: write %s or %s", kind, KindPrompt, KindOutcome)
		}
	}
	if c.ContentType == "" {
		c.ContentType = "application/json"
	}
	if _, _, err := mime.ParseMediaType(c.ContentType); err != nil {
		return fmt.Errorf("content_type %q: %w", c.ContentType, err)
	}
	if c.Timeout <= 0 {
		c.Timeout = schema.Duration(10 * time.Second)
	}
	if c.GiveUp == nil {
		day := schema.Duration(24 * time.Hour)
		c.GiveUp = &day
	}
	for name := range c.Headers {
		own := []string{"Content-Type", "Content-Length", "Host", "Authorization", HeaderID, HeaderTime, HeaderSignature}
		if slices.Contains(own, http.CanonicalHeaderKey(name)) {
			return fmt.Errorf("headers: %s is not for here: it is set otherwise", name)
		}
	}
	if c.secret, err = secret(dir, c.SecretFile); err != nil {
		return fmt.Errorf("secret_file: %w", err)
	}
	if c.token, err = secret(dir, c.TokenFile); err != nil {
		return fmt.Errorf("token_file: %w", err)
	}
	_, err = newWriter(*c)
	return err
}

// secret reads a secret from its file; a line's end is none of it.
func secret(dir, name string) ([]byte, error) {
	if name == "" {
		return nil, nil
	}
	if !filepath.IsAbs(name) {
		name = filepath.Join(dir, name)
	}
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	s := strings.TrimRight(string(text), "\r\n")
	if s == "" {
		return nil, fmt.Errorf("%s is empty", name)
	}
	return []byte(s), nil
}

func (c Config) isJSON() bool {
	kind, _, err := mime.ParseMediaType(c.ContentType)
	return err == nil && (kind == "application/json" || strings.HasSuffix(kind, "+json"))
}
