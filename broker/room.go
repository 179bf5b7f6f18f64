package broker

import (
	"context"
	"fmt"
	"strings"

	"expertcontroller/schema"
)

// Room gives how many bytes the broker still takes, and of how many, as far as it can be
// told from outside: by the account's limit, and by a limit that somebody gave the log's
// stream. known is false where there is no limit: then only the servers know their disks.
func (b *Broker) Room(ctx context.Context) (free, of uint64, known bool, err error) {
	less := func(used uint64, limit int64) {
		if limit <= 0 {
			return
		}
		left := uint64(limit) - min(used, uint64(limit))
		if !known || left < free {
			free, of, known = left, uint64(limit), true
		}
	}
	info, err := b.info(ctx, schema.StreamLog)
	if err != nil {
		return 0, 0, false, fmt.Errorf("asking the broker for the limits of %s: %w", schema.StreamLog, err)
	}
	less(info.State.Bytes, info.Config.MaxBytes)
	ctx, cancel := b.try(ctx, askWithin)
	defer cancel()
	account, err := b.js.AccountInfo(ctx)
	if err != nil {
		return 0, 0, false, fmt.Errorf("asking the broker for the account's limits: %w", err)
	}
	less(account.Store, account.Limits.MaxStore)
	tier := fmt.Sprintf("R%d", max(info.Config.Replicas, 1))
	for name, t := range account.Tiers {
		if strings.EqualFold(name, tier) {
			less(t.Store, t.Limits.MaxStore)
		}
	}
	return free, of, known, nil
}
