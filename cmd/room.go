package cmd

import (
	"context"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"expertcontroller/broker"
)

const (
	// looksEvery is how often is looked whether there is room.
	looksEvery = 2 * time.Second
	// usualReserve and usualShare are the default: new requests are refused where less
	// than both is free, so that a small disk is not short from the beginning.
	usualReserve = 256 << 20
	usualShare   = 5
)

// reserve is what has to be free: bytes, or a share in percent; with both, less than
// both is short.
type reserve struct {
	bytes uint64
	share float64
}

// parseReserve reads 1GiB, 500MB, 5% or 0; nothing is the default.
func parseReserve(text string) (reserve, error) {
	if text == "" {
		return reserve{usualReserve, usualShare}, nil
	}
	wrong := usagef("--disk-reserve %q: write a size as in 256MiB or 1GB, a share as in 5%%, or 0", text)
	if number, ok := strings.CutSuffix(text, "%"); ok {
		share, err := strconv.ParseFloat(number, 64)
		if err != nil || !(share >= 0 && share <= 100) {
			return reserve{}, wrong
		}
		return reserve{share: share}, nil
	}
	digits := strings.TrimRight(text, "KMGTiB")
	unit, ok := map[string]float64{
		"": 1, "B": 1, "KB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "TiB": 1 << 40,
	}[text[len(digits):]]
	n, err := strconv.ParseFloat(digits, 64)
	if !ok || err != nil || !(n >= 0 && n*unit <= 1<<62) {
		return reserve{}, wrong
	}
	return reserve{bytes: uint64(n * unit)}, nil
}

// floor is how much has to be free of so much.
func (r reserve) floor(of uint64) uint64 {
	share := uint64(r.share / 100 * float64(of))
	switch {
	case r.share == 0:
		return r.bytes
	case r.bytes == 0:
		return share
	}
	return min(r.bytes, share)
}

// somewhere is a place that has to have room: a disk, or the broker's limits.
type somewhere struct {
	name, remedy string
	// free tells how much is free, of how much; known is false where nobody can tell.
	free func(context.Context) (free, of uint64, known bool, err error)
}

// room looks every few seconds whether there is room for what new requests would lead
// to: what is under way needs it more, and stopping needs it most.
type room struct {
	reserve reserve
	places  []somewhere
	log     *slog.Logger

	// last is what was found at each place; only look touches it.
	last map[string]found

	mu    sync.Mutex
	why   string
	least float64
}

// found is why a place is short; empty: it isn't. silent: that could not be told.
type found struct {
	why    string
	silent bool
}

func newRoom(floor reserve, log *slog.Logger, places ...somewhere) *room {
	return &room{reserve: floor, places: places, log: log, last: map[string]found{}}
}

// diskOf is the disk on which a directory is.
func diskOf(dir string) somewhere {
	return somewhere{
		name: "the disk of " + dir, remedy: "free some of it, let old records go (policy: retention), or move the data to a larger one",
		free: func(context.Context) (uint64, uint64, bool, error) { return diskSpace(dir) },
	}
}

// limitOf is what an external broker may keep for us.
func limitOf(b *broker.Broker) somewhere {
	return somewhere{
		name: "the broker's limit", remedy: "raise the account's JetStream limit, or let old records go (policy: retention)", free: b.Room,
	}
}

// short says why there is no room for new requests; empty: there is.
func (r *room) short() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.why
}

// look looks once. Where it can't be told, what was known last of that place stays.
func (r *room) look(ctx context.Context) {
	why, least := "", -1.0
	for _, p := range r.places {
		was, now := r.last[p.name], found{}
		free, of, known, err := p.free(ctx)
		switch {
		case err != nil:
			now = found{why: was.why, silent: true}
			if !was.silent && ctx.Err() == nil {
				r.log.Warn("how much room there is can't be told now", "where", p.name, "error", err)
			}
		case known:
			if least < 0 || float64(free) < least {
				least = float64(free)
			}
			if floor := r.reserve.floor(of); free < floor {
				now.why = fmt.Sprintf("%s runs short: %s of %s are free, less than %s: new requests are refused, all else goes on; %s",
					p.name, sizeText(free), sizeText(of), sizeText(floor), p.remedy)
			}
		}
		r.last[p.name] = now
		if why == "" {
			why = now.why
		}
	}
	r.mu.Lock()
	was := r.why
	r.why, r.least = why, least
	r.mu.Unlock()
	switch {
	case was == "" && why != "":
		r.log.Error("new requests are refused", "why", why)
	case was != "" && why == "":
		r.log.Info("there is room again: new requests are taken")
	}
}

// watch looks until the context ends.
func (r *room) watch(ctx context.Context) error {
	each := time.NewTicker(looksEvery)
	defer each.Stop()
	for {
		select {
		case <-each.C:
			r.look(ctx)
		case <-ctx.Done():
			return nil
		}
	}
}

func sizeText(n uint64) string {
	const units = "KMGT"
	if n < 1<<10 {
		return strconv.FormatUint(n, 10) + " B"
	}
	f, i := float64(n)/(1<<10), 0
	for ; f >= 1<<10 && i < len(units)-1; i++ {
		f /= 1 << 10
	}
	return fmt.Sprintf("%.4g %ciB", f, units[i])
}

func roomFigure(r *room) prometheus.Collector {
	return prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "expertcontroller_room_bytes", Help: "The least that is free of a disk or a limit of the broker; -1 where nobody can tell.",
	}, func() float64 {
		r.mu.Lock()
		defer r.mu.Unlock()
		return r.least
	})
}
