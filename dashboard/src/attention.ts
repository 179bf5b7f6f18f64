// How an open prompt makes itself noticed: the title, the favicon, a notification, and a
// tone that repeats until somebody acknowledges it here. Acknowledging decides nothing.

import { alert, announce } from './announce.ts'
import { mode, underWay } from './picture.ts'
import { changed, listen, world } from './world.ts'
import type { Prompt, Status } from './words.ts'

const REPEAT = 3_000

export interface Asking { system: string; status: Status; prompt: Prompt }

/** asking lists the open prompts of all systems. */
export function asking(): Asking[] {
  const out: Asking[] = []
  for (const p of world.pictures.values()) {
    const s = underWay(p)
    if (s?.prompt) out.push({ system: p.system, status: s, prompt: s.prompt })
  }
  return out
}

const acknowledged = new Set<string>()
const noticed = new Set<string>()
let audio: AudioContext | undefined
let elsewhere = false
let tone: ReturnType<typeof setInterval> | undefined
let states = new Map<string, string>()

/** sound tells how the tone stands in this tab. */
export function sound(): 'off' | 'armed' | 'elsewhere' {
  if (elsewhere) return 'elsewhere'
  return audio?.state === 'running' ? 'armed' : 'off'
}

/** unacknowledged lists the prompts for which the tone sounds. */
export function unacknowledged(): Asking[] {
  return asking().filter(a => !acknowledged.has(a.prompt.id))
}

/** acknowledge silences the tone for what is open now, here and nowhere else. */
export function acknowledge(): void {
  for (const a of asking()) acknowledged.add(a.prompt.id)
  announce('Tone silenced here. The prompt is still open.', true)
  settle()
  changed()
}

/** arm lets this tab sound: browsers want a gesture first. The test tone shows that the
 *  loudspeaker is on. Another tab of this browser falls silent. */
export async function arm(): Promise<void> {
  audio ??= new AudioContext()
  await audio.resume()
  elsewhere = false
  hold()
  beep()
  if (typeof Notification !== 'undefined' && Notification.permission === 'default') {
    // Refused is fine: title, favicon and tone remain.
    void Notification.requestPermission().then(changed)
  }
  audio.onstatechange = changed
  settle()
  changed()
}

/** hold takes the right to sound from the other tabs of this browser. */
function hold(): void {
  if (!navigator.locks) return
  navigator.locks.request('expertcontroller.sound', { steal: true }, () => new Promise(() => { /* for as long as the page is open */ }))
    .catch(() => {
      elsewhere = true
      settle()
      changed()
    })
}

/** beep is two short tones: high, then higher, audible over a fan. */
function beep(): void {
  if (!audio) return
  const t = audio.currentTime
  for (const [at, frequency] of [[0, 880], [0.22, 1175]] as const) {
    const o = audio.createOscillator(), g = audio.createGain()
    o.frequency.value = frequency
    o.type = 'triangle'
    g.gain.setValueAtTime(0, t + at)
    g.gain.linearRampToValueAtTime(0.4, t + at + 0.02)
    g.gain.exponentialRampToValueAtTime(0.001, t + at + 0.2)
    o.connect(g).connect(audio.destination)
    o.start(t + at)
    o.stop(t + at + 0.21)
  }
}

/** watchPrompts keeps title, favicon, tone and notifications as the pictures are. */
export function watchPrompts(): void {
  listen(settle)
  settle()
}

let base = 'expertcontroller'

/** nameTitle says what the page is called; the count of open prompts comes before it. */
export function nameTitle(title: string): void {
  base = title
  setTitle()
}

function setTitle(): void {
  const n = asking().length
  const text = (n ? `(${n}!) ` : '') + base
  if (document.title !== text) document.title = text
}

function settle(): void {
  const open = asking()
  setTitle()
  const icon = document.getElementById('icon')
  const lost = world.connection === 'stale' || world.connection === 'disconnected'
  const href = lost ? '/icon-lost.svg' : open.length ? '/icon-open.svg' : '/icon.svg'
  if (icon && icon.getAttribute('href') !== href) icon.setAttribute('href', href)
  for (const a of open) if (!noticed.has(a.prompt.id)) notice(a)
  for (const id of [...noticed]) if (!open.some(a => a.prompt.id === id)) { noticed.delete(id); acknowledged.delete(id); alert('The prompt is closed.') }
  tell()
  const loud = unacknowledged().length > 0 && sound() === 'armed'
  if (loud && !tone) {
    beep()
    tone = setInterval(beep, REPEAT)
  } else if (!loud && tone) {
    clearInterval(tone)
    tone = undefined
  }
}

const ASKS: Record<string, string> = { approve: 'Approval needed', confirm: 'A step is to be done by hand', clarify: 'Outcome unknown, an answer is needed' }

function notice(a: Asking): void {
  noticed.add(a.prompt.id)
  const title = a.status.problems[0]?.title ?? a.status.token
  const step = a.status.steps[a.prompt.step]?.title ?? ''
  const text = `${ASKS[a.prompt.kind] ?? 'A question'} on ${a.system}: ${title}. ${step}`
  alert(text)
  if (typeof Notification === 'undefined' || Notification.permission !== 'granted' || document.visibilityState === 'visible') return
  try {
    const n = new Notification(`${a.system}: ${ASKS[a.prompt.kind] ?? 'A question'}`, { body: `${title}\n${step}`, tag: a.prompt.id, requireInteraction: true })
    n.onclick = () => { focus(); n.close() }
  } catch {
    // Some phones allow notifications from a service worker only; the rest remains.
  }
}

/** tell says changes of state politely. */
function tell(): void {
  const now = new Map<string, string>()
  for (const p of world.pictures.values()) {
    const s = underWay(p)
    now.set(p.system, (s ? `${s.token} ${s.state.replaceAll('_', ' ')}` : 'no recovery under way') + (mode(p).mode === 'manual' ? ', manual mode' : ''))
  }
  for (const [system, text] of now) {
    const before = states.get(system)
    if (before !== undefined && before !== text) announce(`${now.size > 1 ? system + ': ' : ''}${text}`)
  }
  states = now
}
