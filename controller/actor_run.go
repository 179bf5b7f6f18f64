package controller

import (
	"context"
	"time"
)

// Run works until ctx ends: then it takes no further calls, decides what waits, within
// Config.Drain, and returns nil. Before that it returns only with what makes going on
// wrong: another log, a broken one, a projection that takes nothing. Run is called once.
func (a *Actor) Run(ctx context.Context) error {
	work, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer func() {
		stop()
		a.running.Wait()
		a.abandon()
	}()
	var drain *time.Timer
	unhook := context.AfterFunc(ctx, func() {
		a.stopping.Store(true)
		a.poke()
	})
	defer unhook()

	a.heard.listen(a.now())
	a.config.Bus.OnReconnect(func() {
		a.cuts.Add(1)
		a.heard.listen(a.now())
		a.poke()
	})
	if err := a.load(work); err != nil {
		return err
	}
	a.running.Go(func() { a.watchClock(work) })
	a.running.Go(func() { a.retain(work) })
	a.running.Go(func() { a.herald(work) })
	for {
		if a.stopping.Load() {
			a.notReady("it is stopping: ask another replica, or again when it is back")
			if drain == nil {
				drain = time.AfterFunc(a.config.Drain, stop)
				defer drain.Stop()
			}
			if work.Err() != nil || a.drained() {
				return nil
			}
		}
		did, err := a.turn(work)
		if err != nil {
			if a.stopping.Load() && work.Err() != nil {
				return nil
			}
			a.notReady("it has stopped: " + err.Error())
			a.log.Error("the controller stops", "error", err)
			return err
		}
		if !did {
			a.rest(work)
		}
	}
}

// turn does one thing if there is something to do: look whether the state is still the
// log's end, take what came in, decide, append, fold, act.
func (a *Actor) turn(ctx context.Context) (did bool, err error) {
	select {
	case err := <-a.fatal:
		return false, err
	default:
	}
	if err := a.gather(); err != nil {
		return false, err
	}
	can, err := a.stand(ctx)
	if err != nil || !can {
		return false, err
	}
	if err := a.countSilence(ctx); err != nil {
		return false, err
	}
	if did, err = a.checkpoint(ctx); did || err != nil || a.loop.behind {
		return true, err
	}
	return a.decide(ctx)
}

// drained tells whether nothing waits that was promised a decision.
func (a *Actor) drained() bool {
	return a.queued.Load() == 0 && len(a.loop.asks) == 0
}

// abandon tells everybody who still waits that there will be no decision here.
func (a *Actor) abandon() {
	a.stopping.Store(true)
	close(a.ended)
	for {
		select {
		case q := <-a.calls:
			a.resolve(q, outcome{err: a.unavailable()})
			continue
		default:
		}
		break
	}
	for _, q := range append(a.loop.asks, a.loop.tolds...) {
		a.resolve(q, outcome{err: a.unavailable()})
	}
	a.loop.asks, a.loop.tolds = nil, nil
}
