package broker

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"expertcontroller/schema"
)

const (
	inboxKeeps = 24 * time.Hour
	// logDuplicates is how long the log's stream remembers message ids. The expected
	// sequence alone keeps an entry from standing there twice; the ids are a second
	// line while an unknown outcome is resolved, and memory on the server, so that
	// they are kept for little longer than a cluster takes to recover.
	logDuplicates = 30 * time.Second
	// inboxDuplicates is the least that the server takes: with a message id of the
	// same value one sender could swallow another's message.
	inboxDuplicates = 100 * time.Millisecond
	// hopeless is how long it is tried when the answer may be for good.
	hopeless = 10 * time.Second
)

// Codes of the server's answers that mean "not yet" or "never".
const (
	codeNoPeers         = 10005
	codeNotAvailable    = 10008
	codeNotClustered    = 10074
	codeNotEnabledAcct  = 10039
	codeNotEnabled      = 10076
	codeSubjectsOverlap = 10065
)

func logConfig(replicas int) jetstream.StreamConfig {
	return jetstream.StreamConfig{
		Name: schema.StreamLog, Description: "what was decided, per system: recovery.<system>.log",
		Subjects: []string{schema.LogSubjects}, Storage: jetstream.FileStorage, Replicas: replicas,
		Retention: jetstream.LimitsPolicy, MaxMsgs: -1, MaxBytes: -1, MaxMsgsPerSubject: -1, MaxMsgSize: -1, MaxConsumers: -1,
		Duplicates: logDuplicates, DenyDelete: true, AllowDirect: false,
		RePublish: &jetstream.RePublish{Source: schema.LogSubjects, Destination: schema.ChangeSubjects},
	}
}

func inboxConfig(replicas int) jetstream.StreamConfig {
	return jetstream.StreamConfig{
		Name: schema.StreamInbox, Description: "what experts and operators told, until it is decided",
		Subjects: []string{schema.InboxExperts, schema.InboxOperators}, Storage: jetstream.FileStorage, Replicas: replicas,
		Retention: jetstream.LimitsPolicy, MaxMsgs: -1, MaxBytes: -1, MaxMsgsPerSubject: -1, MaxMsgSize: -1, MaxConsumers: -1,
		MaxAge: inboxKeeps, Duplicates: inboxDuplicates, AllowDirect: false,
	}
}

// ensure gives the stream as it stands, made where it was missing.
func (b *Broker) ensure(ctx context.Context, want jetstream.StreamConfig) (jetstream.Stream, error) {
	began, told := time.Now(), time.Time{}
	for wait := 20 * time.Millisecond; ; wait = min(2*wait, time.Second) {
		s, err := b.makeOrRead(ctx, want)
		if err == nil {
			return s, differences(want, s.CachedInfo().Config)
		}
		if reason := final(want, err, time.Since(began)); reason != nil {
			return nil, reason
		}
		if time.Since(told) > 2*time.Second {
			b.log.Info("waiting until the broker can give us the stream", "stream", want.Name, "for", time.Since(began).Round(time.Second), "it says", err.Error())
			told = time.Now()
		}
		if !pause(ctx, wait) {
			return nil, fmt.Errorf("waiting for the stream %s: %w (the broker's last word: %w)", want.Name, ctx.Err(), err)
		}
	}
}

func (b *Broker) makeOrRead(ctx context.Context, want jetstream.StreamConfig) (jetstream.Stream, error) {
	// Nobody answers while there is no leader: short tries, then.
	ctx, cancel := b.try(ctx, askWithin)
	defer cancel()
	s, err := b.js.Stream(ctx, want.Name)
	if !errors.Is(err, jetstream.ErrStreamNotFound) {
		return s, err
	}
	if want.Replicas == 0 {
		want.Replicas = 1
		if b.logStream != nil { // as another replica, which was told, makes the log's at this moment
			want.Replicas = b.logStream.CachedInfo().Config.Replicas
		}
	}
	// Somebody else may make it at the same time; then it is verified like any other.
	s, err = b.js.CreateStream(ctx, want)
	if errors.Is(err, jetstream.ErrStreamNameAlreadyInUse) {
		return b.js.Stream(ctx, want.Name)
	}
	if err == nil {
		b.log.Info("made the stream", "stream", want.Name, "replicas", want.Replicas)
	}
	return s, err
}

// final tells what can't be waited for, with what to do; nil: try again.
func final(want jetstream.StreamConfig, err error, tried time.Duration) error {
	var api *jetstream.APIError
	code := jetstream.ErrorCode(0)
	if errors.As(err, &api) {
		code = api.ErrorCode
	}
	doing := func(remedy string) error {
		return fmt.Errorf("making the stream %s: %w: %s", want.Name, err, remedy)
	}
	switch {
	case code == codeNotEnabledAcct:
		return doing("JetStream is off for this account: enable it for the account in the server's configuration, or connect as another user")
	case code == codeNotEnabled, errors.Is(err, nats.ErrNoResponders), errors.Is(err, jetstream.ErrJetStreamNotEnabled):
		if tried > hopeless {
			return doing("JetStream is off or out of reach: start the server with nats-server --jetstream, and see that this user may use $JS.API.>")
		}
	case code == codeNoPeers:
		if tried > hopeless {
			return doing(fmt.Sprintf("the cluster has not %d servers with JetStream that can hold it: start them, or ask for fewer with --replicas", want.Replicas))
		}
	case code == codeNotClustered:
		return doing("this server is not part of a cluster: use --replicas 1")
	case code == codeSubjectsOverlap:
		return doing(fmt.Sprintf("another stream holds subjects of ours (%s): nats stream ls --subject shows which; remove it or take its subjects away", strings.Join(want.Subjects, ", ")))
	case code == codeNotAvailable, errors.Is(err, context.DeadlineExceeded), errors.Is(err, nats.ErrTimeout), errors.Is(err, nats.ErrReconnectBufExceeded):
	case errors.Is(err, nats.ErrConnectionClosed):
		return doing("the connection is closed")
	default:
		if tried > hopeless {
			return doing("see the server's log")
		}
	}
	return nil
}

// differences lists each setting of an existing stream that decisions rest on and that
// is not what it must be.
func differences(want, is jetstream.StreamConfig) error {
	var out []string
	differs := func(setting string, is, should any) {
		if i, s := fmt.Sprint(is), fmt.Sprint(should); i != s {
			out = append(out, fmt.Sprintf("  %s is %s, should be %s", setting, i, s))
		}
	}
	limit := func(setting string, is int64) {
		if is > 0 {
			differs(setting, is, "unlimited")
		}
	}
	differs("subjects", sorted(is.Subjects), sorted(want.Subjects))
	differs("storage", is.Storage, want.Storage)
	differs("retention", is.Retention, want.Retention)
	differs("max_age", is.MaxAge, want.MaxAge)
	limit("max_msgs", is.MaxMsgs)
	limit("max_bytes", is.MaxBytes)
	limit("max_msgs_per_subject", is.MaxMsgsPerSubject)
	limit("max_msg_size", int64(is.MaxMsgSize))
	differs("allow_direct", is.AllowDirect, want.AllowDirect)
	differs("deny_delete", is.DenyDelete, want.DenyDelete || is.DenyDelete)
	differs("allow_rollup_hdrs", is.AllowRollup, false)
	differs("allow_msg_ttl", is.AllowMsgTTL, false)
	differs("no_ack", is.NoAck, false)
	differs("sealed", is.Sealed, false)
	differs("persist_mode", is.PersistMode, jetstream.DefaultPersistMode)
	differs("mirror", is.Mirror != nil, false)
	differs("sources", len(is.Sources), 0)
	differs("subject_transform", is.SubjectTransform != nil, false)
	differs("republish", republish(is.RePublish), republish(want.RePublish))
	if want.Replicas > 0 {
		differs("num_replicas", is.Replicas, want.Replicas)
	}
	if len(out) == 0 {
		return nil
	}
	return fmt.Errorf("the stream %s is not as it must be:\n%s\nchange it with nats stream edit %s; what can't be changed needs another NATS account, or the stream backed up and made anew", want.Name, strings.Join(out, "\n"), want.Name)
}

func republish(r *jetstream.RePublish) string {
	if r == nil {
		return "off"
	}
	what := "whole"
	if r.HeadersOnly {
		what = "headers only"
	}
	return fmt.Sprintf("%s to %s, %s", r.Source, r.Destination, what)
}

func sorted(s []string) []string {
	s = slices.Clone(s)
	slices.Sort(s)
	return s
}

// pause waits, and tells whether there is still time.
func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}
