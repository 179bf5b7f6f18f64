// All systems: where somebody is needed, first.

import { Ago, Said, Token } from '../bits.tsx'
import { until, useNow } from '../clock.ts'
import { count, countdown } from '../format.ts'
import { Icon } from '../icon.tsx'
import { situation } from '../live/situation.tsx'
import { holds, mode, postponed, recent, silent, underWay } from '../picture.ts'
import { at } from '../router.ts'
import { world } from '../world.ts'

const ORDER = ['bad', 'asks', 'busy', 'calm']

export function Systems() {
  useNow(1000)
  const list = (world.me?.systems ?? []).map(system => {
    const p = world.pictures.get(system)
    const s = p && underWay(p)
    const m = mode(p).mode
    const lost = !p || world.silent.includes(system)
    const now = lost ? { word: 'No controller answers', icon: 'broken', level: 'bad' as const } : situation(s, m)
    return { system, p, s, m, now }
  }).sort((a, b) => ORDER.indexOf(a.now.level) - ORDER.indexOf(b.now.level) || (a.system < b.system ? -1 : 1))
  const asks = list.filter(x => x.s?.prompt).length
  const bad = list.filter(x => x.now.level === 'bad').length
  return (
    <div class="page">
      <h1 tabIndex={-1}>All systems</h1>
      <p class={'sum ' + (bad ? 'bad' : asks ? 'asks' : 'calm')}>
        <Icon name={bad ? 'alert' : asks ? 'bell' : 'check'} />
        {asks || bad ? [asks ? count(asks, 'open prompt') : '', bad ? `${bad} that somebody has to look at` : ''].filter(Boolean).join(', ') : `All quiet on ${count(list.length, 'system')}`}
      </p>
      <ul class="systems">
        {list.map(({ system, p, s, m, now }) => (
          <li key={system} class={'card ' + now.level}>
            <h2><a data-line href={at('/', system)}>{system}</a>{m !== 'approval' ? <> <span class="mode">{m}</span></> : null}{p?.simulated ? <> <span class="sim">simulated</span></> : null}</h2>
            <p class="now"><Icon name={now.icon} />{now.word}</p>
            {s ? <p><Said>{s.problems[0]?.title ?? ''}</Said> <Token token={s.token} />{s.prompt?.expires ? <span class="quiet"> {countdown(until(s.prompt.expires))} left to answer</span> : null}</p> : null}
            {!s && p && recent(p)[0] ? <p class="quiet">Last ended <Ago t={recent(p)[0]?.ended} /></p> : null}
            {p ? (
              <p class="quiet">
                {[postponed(p).length ? count(postponed(p).length, 'postponed', 'postponed') : '',
                  held(p) ? `${held(p)} held` : '', silent(p).length ? count(silent(p).length, 'silent expert') : ''].filter(Boolean).join(' · ')}
              </p>
            ) : null}
          </li>
        ))}
      </ul>
    </div>
  )
}

function held(p: Parameters<typeof holds>[0]): number {
  return holds(p).filter(h => until(h.until) > 0).length
}
