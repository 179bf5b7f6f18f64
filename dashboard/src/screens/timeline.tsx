// The timeline, drawn to scale.

import { useEffect, useRef, useState } from 'preact/hooks'
import { clock, decided, inWords, span as words } from '../format.ts'
import { now } from '../clock.ts'
import { rows as rowsOf, type Span } from '../timeline.ts'
import type { Status } from '../words.ts'

const ROW = 30, LETTER = 6.9, TOP = 8, BELOW = 26, LEAST = 4

export function Timeline({ s, list, span, at, onSpan }: { s: Status; list: Span[]; span: string; at?: string; onSpan: (key: string) => void }) {
  const [width, ref] = useWidth()
  const rows = rowsOf(s, list)
  // Names of agents may be long; most of the width is for the time. They often differ at the end.
  const LEFT = Math.min(Math.max(100, ...rows.map(r => r.length * LETTER + 8)), width * 0.42)
  const letters = Math.floor((LEFT - 8) / LETTER)
  const from = Date.parse(s.created)
  const to = Math.max(s.ended ? Date.parse(s.ended) : now(), from + 1000)
  const right = Math.max(width - 10, LEFT + 60)
  const x = (t: number) => LEFT + Math.min(1, Math.max(0, (t - from) / (to - from))) * (right - LEFT)
  const height = TOP + rows.length * ROW + BELOW
  const ticks = scale(to - from, Math.floor((right - LEFT) / 90))
  return (
    <section class="card timeline" aria-labelledby="timeline-title">
      <header><h2 id="timeline-title">Timeline</h2><span class="quiet">{words(to - from)}</span></header>
      <div ref={ref}>
        <svg width={width} height={height} role="group" aria-label={`Timeline of ${s.token}`}>
          {ticks.map(t => (
            <g key={t} class="tick" aria-hidden="true">
              <line x1={x(from + t)} x2={x(from + t)} y1={TOP} y2={height - BELOW + 4} />
              <text x={x(from + t)} y={height - 8} text-anchor={t === 0 ? 'start' : 'middle'}>{t === 0 ? clock(from) : '+' + words(t)}</text>
            </g>
          ))}
          {rows.map((row, i) => <text key={row} class="row" x={0} y={TOP + i * ROW + 19} aria-hidden="true">{row.length > letters ? row.slice(0, 8) + '…' + row.slice(9 - letters) : row}<title>{row}</title></text>)}
          {rows.map((row, i) => list.some(b => b.row === row) ? null : <text key={row} x={LEFT} y={TOP + i * ROW + 19}>not begun</text>)}
          {list.map(b => {
            const w = Math.max(LEAST, x(b.to) - x(b.from))
            const left = Math.min(x(b.from), right - LEAST)
            const y = TOP + rows.indexOf(b.row) * ROW + 5
            const said = `${b.label}, ${words(b.to - b.from)}${b.open ? ', still open' : b.end ? ', ' + decided(inWords(b.end)) : ''}`
            return (
              <g key={b.key} class={`span ${b.kind} ${b.end}${b.open ? ' open' : ''}${b.key === span ? ' marked' : ''}`} role="button" tabIndex={0}
                aria-label={said} aria-pressed={b.key === span} data-span={b.key}
                onClick={() => onSpan(b.key)} onKeyDown={e => { if (e.key === 'Enter' || e.key === ' ') { e.preventDefault(); onSpan(b.key) } }}>
                <rect class="hit" x={left - 4} y={y - 4} width={w + 8} height={ROW - 4} />
                <rect x={left} y={y} width={w} height={ROW - 12} rx={3} />
                {w > 46 ? <text x={left + 6} y={y + 13}>{words(b.to - b.from)}</text> : null}
              </g>
            )
          })}
          {at ? <line class="cursor" x1={x(Date.parse(at))} x2={x(Date.parse(at))} y1={0} y2={height - BELOW + 4} /> : null}
        </svg>
      </div>
    </section>
  )
}

/** scale gives round distances, so many at most. */
function scale(total: number, most: number): number[] {
  const round = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 21600, 43200, 86400, 604800].map(s => s * 1000)
  const step = round.find(r => total / r <= Math.max(1, most)) ?? total
  const out = []
  for (let t = 0; t <= total; t += step) out.push(t)
  return out
}

/** useWidth is how wide the place is that something is drawn in. */
export function useWidth(): [number, { current: HTMLDivElement | null }] {
  const ref = useRef<HTMLDivElement>(null)
  const [width, set] = useState(600)
  useEffect(() => {
    const el = ref.current
    if (!el) return
    const seen = new ResizeObserver(() => set(Math.max(240, Math.floor(el.clientWidth))))
    seen.observe(el)
    return () => seen.disconnect()
  }, [])
  return [width, ref]
}
