// Where one is. The address says it all, so that every view can be sent to a colleague.

import { useEffect, useState } from 'preact/hooks'
import { systemOf } from './picture.ts'
import { world } from './world.ts'

const listeners = new Set<() => void>()

/** go changes the address. */
export function go(to: string, replace = false): void {
  if (to === location.pathname + location.search) return
  history[replace ? 'replaceState' : 'pushState'](null, '', to)
  for (const l of [...listeners]) l()
}

export interface Place { path: string; query: URLSearchParams; system: string }

/** here is the place that the address names. */
export function here(): Place {
  const query = new URLSearchParams(location.search)
  const path = location.pathname
  const token = path.startsWith('/r/') ? path.slice(3) : ''
  const systems = world.me?.systems ?? []
  const named = token ? systemOf(token) : query.get('system') ?? ''
  return { path, query, system: named || remembered(systems) }
}

function remembered(systems: string[]): string {
  const last = localStorage.getItem('system') ?? ''
  return systems.includes(last) ? last : systems[0] ?? ''
}

/** at makes an address of this page on a system; the only one needs no naming. */
export function at(path: string, system: string, query: Record<string, string> = {}): string {
  const q = new URLSearchParams(query)
  if ((world.me?.systems.length ?? 0) > 1 && system) q.set('system', system)
  const text = q.toString()
  return text ? `${path}?${text}` : path
}

/** usePlace draws the component anew when the address changes. */
export function usePlace(): Place {
  const [, again] = useState(0)
  useEffect(() => {
    const l = () => again(n => n + 1)
    listeners.add(l)
    addEventListener('popstate', l)
    return () => {
      listeners.delete(l)
      removeEventListener('popstate', l)
    }
  }, [])
  return here()
}

/** follow lets links within the page change the address without loading it anew. */
export function follow(e: MouseEvent): void {
  const a = (e.target as Element | null)?.closest?.('a')
  if (!a || e.defaultPrevented || e.button !== 0 || e.metaKey || e.ctrlKey || e.shiftKey || e.altKey) return
  if (a.target || a.hasAttribute('download') || a.origin !== location.origin || a.pathname.startsWith('/api/')) return
  if (a.getAttribute('href')?.startsWith('#')) return
  e.preventDefault()
  const elsewhere = a.pathname !== location.pathname
  go(a.pathname + a.search)
  if (elsewhere) scrollTo(0, 0)
}
