// The connection to the bridge: it asks for the pictures, resumes where it was after a
// cut, notices when nothing comes any more, and never believes more than it heard.

import { hearTime } from './clock.ts'
import { begin, fold } from './picture.ts'
import { changed, world, type Connection } from './world.ts'
import type { Event, Frame } from './words.ts'

/** No frame for so long, and the picture counts as old. Heartbeats come every 5 s. */
export const STALE_AFTER = 12_000
/** How long the picture may lag behind what the heartbeat says before it is asked for anew. */
const LAG = 3_000
const AGAIN_LEAST = 250, AGAIN_MOST = 5_000
/** By how much the clock has to run ahead of what the browser counts to be told as a sleep. */
const SLEPT = 2_000

type Hear = (system: string, events: Event[]) => void
const hearers = new Set<Hear>()

/** onEvents calls back with what happened, as it happens. */
export function onEvents(h: Hear): () => void {
  hearers.add(h)
  return () => { hearers.delete(h) }
}

let socket: WebSocket | undefined
let again = AGAIN_LEAST
let retry: ReturnType<typeof setTimeout> | undefined
let watch: ReturnType<typeof setInterval> | undefined
let welcomed = false
/** When the socket was asked for. */
let tried = 0
let was = { clock: Date.now(), counted: performance.now() }
let broker = true
let behindSince = 0
/** How far the bridge is, as its last heartbeat said. */
let told: Record<string, number> = {}
let looking = { system: '', prompt: '' }

/** connect begins, and goes on for as long as the page is open. */
export function connect(): void {
  watch ??= setInterval(judge, 500)
  open()
}

function open(): void {
  clearTimeout(retry)
  const url = location.origin.replace(/^http/, 'ws') + '/ws'
  const ws = new WebSocket(url, 'expertcontroller.v1.json')
  socket = ws
  welcomed = false
  tried = performance.now()
  ws.onopen = () => hello(ws)
  ws.onmessage = m => { if (ws === socket) hear(m.data) }
  ws.onclose = () => { if (ws === socket) lost() }
  ws.onerror = () => { /* a close follows, which says all that there is to say */ }
}

/** hello says what there is already, so that only what is missing comes. */
function hello(ws: WebSocket): void {
  const resume: Record<string, { lineage: string; entry: number }> = {}
  for (const p of world.pictures.values()) resume[p.system] = { lineage: p.lineage, entry: p.entry }
  ws.send(JSON.stringify({ type: 'recovery.v1.hello', resume }))
}

function lost(): void {
  socket = undefined
  welcomed = false
  set('disconnected')
  retry = setTimeout(open, again * (0.75 + Math.random() / 2))
  again = Math.min(again * 2, AGAIN_MOST)
}

/** reconnect gives the connection up and makes a new one, as after a login. */
export function reconnect(): void {
  giveUp()
  again = AGAIN_LEAST
  set('connecting')
  open()
}

function set(c: Connection): void {
  if (world.connection === c) return
  world.connection = c
  changed()
}

/** judge says what the silence means. A socket that hangs is given up, one that is still
 *  being made, too: the browser would wait for minutes. */
function judge(): void {
  wake()
  const silence = performance.now() - world.heard
  if (world.heard && silence > STALE_AFTER) set('stale')
  if (socket && Math.min(silence, performance.now() - tried) > STALE_AFTER) {
    giveUp()
    open()
    return
  }
  if (behindSince && performance.now() - behindSince > LAG && socket?.readyState === WebSocket.OPEN) {
    behindSince = performance.now()
    hello(socket)
  }
}

/** wake counts as silence what the machine has slept: some browsers count no time then, and
 *  the picture from before would look fresh. */
function wake(): void {
  const is = { clock: Date.now(), counted: performance.now() }
  const slept = is.clock - was.clock - (is.counted - was.counted)
  was = is
  if (slept < SLEPT) return
  if (world.heard) world.heard -= slept
  tried -= slept
  changed()
}

function giveUp(): void {
  socket?.close()
  socket = undefined // so that its end is nobody's loss
}

function hear(data: unknown): void {
  let f: Frame
  try {
    f = JSON.parse(String(data)) as Frame
  } catch {
    socket?.close(1002, 'not JSON')
    return
  }
  wake()
  world.heard = performance.now()
  hearTime(f.server_time)
  switch (f.type) {
    case 'recovery.v1.welcome': welcome(f); break
    case 'recovery.v1.snapshot': world.pictures.set(f.system ?? '', begin(f, world.pictures.get(f.system ?? ''))); break
    case 'recovery.v1.delta': delta(f); break
    case 'recovery.v1.heartbeat': heartbeat(f); break
    case 'recovery.v1.looking': look(f); break
    case 'recovery.v1.bye':
      world.parting = f.text ?? ''
      if (f.retry_ms) again = Math.min(Math.max(f.retry_ms, AGAIN_LEAST), 60_000)
      break
  }
  settle()
  changed()
}

function welcome(f: Frame): void {
  welcomed = true
  again = AGAIN_LEAST
  broker = true
  told = {}
  world.parting = ''
  world.looking.clear()
  if (world.me) world.me = { ...world.me, systems: f.systems ?? world.me.systems, user: f.user ?? world.me.user, role: f.role ?? world.me.role, build: f.build ?? world.me.build }
  const served = f.systems
  if (served) for (const s of world.pictures.keys()) if (!served.includes(s)) world.pictures.delete(s)
  if (looking.prompt) sendLooking()
}

function delta(f: Frame): void {
  const p = world.pictures.get(f.system ?? '')
  if (p) {
    const what = fold(p, f)
    if (what === 'taken') {
      if (f.events?.length) for (const h of hearers) h(p.system, f.events)
      return
    }
    if (what === 'known') return
  }
  if (socket) hello(socket)
}

function heartbeat(f: Frame): void {
  broker = f.broker !== false
  world.silent = f.silent ?? []
  told = f.entries ?? {}
}

/** lag notes since when the picture lacks entries that the bridge has told of. A delta
 *  that is on its way is no reason to disable anything. */
function lag(): void {
  const behind = Object.entries(told).some(([system, entry]) => (world.pictures.get(system)?.entry ?? 0) < entry)
  if (!behind) behindSince = 0
  else if (!behindSince) behindSince = performance.now()
}

function look(f: Frame): void {
  const who = (f.who ?? []).filter(n => n !== world.me?.user)
  if (f.more) who.push(`${f.more} more`)
  if (who.length) world.looking.set(f.prompt ?? '', who)
  else world.looking.delete(f.prompt ?? '')
}

/** settle says how the connection stands after a frame. */
function settle(): void {
  lag()
  const systems = world.me?.systems ?? []
  const whole = welcomed && systems.every(s => world.pictures.has(s) || world.silent.includes(s))
  if (!whole) world.connection = 'catching_up'
  else if (!broker) world.connection = 'no_broker'
  else world.connection = behindSince && performance.now() - behindSince > LAG / 2 ? 'catching_up' : 'live'
}

/** lookAt tells the others which prompt is being looked at here; "" for none. */
export function lookAt(system: string, prompt: string): void {
  if (looking.system === system && looking.prompt === prompt) return
  looking = { system: system || looking.system, prompt }
  sendLooking()
}

function sendLooking(): void {
  if (socket?.readyState === WebSocket.OPEN && looking.system) {
    socket.send(JSON.stringify({ type: 'recovery.v1.looking', ...looking }))
  }
}
