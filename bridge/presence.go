package bridge

import (
	"maps"
	"slices"
	"sync"
	"time"

	"expertcontroller/schema"
)

const (
	// presenceShown is how many names stand in a frame.
	presenceShown = 20
	// presencePace is how often a prompt's names are sent at most.
	presencePace = 250 * time.Millisecond
)

// presence knows who has which open prompt before them. Nothing of it is kept: it goes
// with the sockets and with the prompts.
type presence struct {
	feed *feed

	mu      sync.Mutex
	version uint64
	prompts map[string]*onlookers
	// at is the prompt that a session looks at.
	at    map[*session]string
	timer *time.Timer
	sent  time.Time
}

// onlookers are those who look at one prompt.
type onlookers struct {
	names map[string]int
	// changed is the version at which they changed last.
	changed uint64
	body    []byte
}

func newPresence(f *feed) *presence {
	return &presence{feed: f, prompts: map[string]*onlookers{}, at: map[*session]string{}}
}

// look notes what a session looks at; "" nothing. A prompt that is not open is nothing.
func (p *presence) look(s *session, prompt string) {
	p.feed.mu.Lock()
	open := p.feed.picture != nil && p.feed.picture.asks(prompt)
	p.feed.mu.Unlock()
	if !open {
		prompt = ""
	}
	p.mu.Lock()
	changed := p.move(s, prompt)
	p.mu.Unlock()
	if changed {
		p.tell()
	}
}

// move takes a session to a prompt, and tells whether anything changed.
func (p *presence) move(s *session, prompt string) bool {
	old := p.at[s]
	name := s.who.user
	if old == prompt || name == "" {
		return false
	}
	if o := p.prompts[old]; o != nil {
		if o.names[name]--; o.names[name] <= 0 {
			delete(o.names, name)
		}
		p.note(old, o)
	}
	delete(p.at, s)
	if prompt == "" {
		return true
	}
	p.at[s] = prompt
	o := p.prompts[prompt]
	if o == nil {
		o = &onlookers{names: map[string]int{}}
		p.prompts[prompt] = o
	}
	o.names[name]++
	p.note(prompt, o)
	return true
}

func (p *presence) note(prompt string, o *onlookers) {
	p.version++
	o.changed = p.version
	names := slices.Sorted(maps.Keys(o.names))
	if names == nil {
		names = []string{}
	}
	shown := names[:min(len(names), presenceShown)]
	o.body = mustEncode(lookingFrame{Type: schema.Type("looking"), System: p.feed.system, Prompt: prompt, Who: shown, More: len(names) - len(shown)})
}

func (p *presence) leave(s *session) {
	p.mu.Lock()
	changed := p.move(s, "")
	p.mu.Unlock()
	if changed {
		p.tell()
	}
}

// tell wakes the clients: at once, or soon, if it was just done.
func (p *presence) tell() {
	p.mu.Lock()
	wait := presencePace - time.Since(p.sent)
	if wait > 0 {
		if p.timer == nil {
			p.timer = time.AfterFunc(wait, func() {
				p.mu.Lock()
				p.timer, p.sent = nil, time.Now()
				p.mu.Unlock()
				p.feed.wake()
			})
		}
		p.mu.Unlock()
		return
	}
	p.sent = time.Now()
	p.mu.Unlock()
	p.feed.wake()
}

// since gives the frames of what changed after a version, and the version now.
func (p *presence) since(version uint64) (frames [][]byte, now uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if version == p.version {
		return nil, version
	}
	for _, o := range p.prompts {
		if o.changed > version {
			frames = append(frames, o.body)
		}
	}
	return frames, p.version
}

// prune forgets the prompts that are no longer open. The feed is locked.
func (p *presence) prune(now *picture) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for prompt := range p.prompts {
		if !now.asks(prompt) {
			delete(p.prompts, prompt)
		}
	}
	for s, prompt := range p.at {
		if p.prompts[prompt] == nil {
			delete(p.at, s)
		}
	}
}
