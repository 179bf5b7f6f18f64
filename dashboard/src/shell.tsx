// What is on every page: where one can go, how the connection is, who one is, and the
// banners for what must not be overlooked.

import { useState } from 'preact/hooks'
import { acknowledge, arm, asking, sound, unacknowledged } from './attention.ts'
import { logout } from './ask.ts'
import { useNow } from './clock.ts'
import { openDialog } from './dialogs.tsx'
import { count, who, whole } from './format.ts'
import { Icon } from './icon.tsx'
import { Login } from './login.tsx'
import { mode, postponed, silent } from './picture.ts'
import { at, go, type Place } from './router.ts'
import { setTheme, theme, type Theme } from './theme.ts'
import { world } from './world.ts'

export function Header({ place }: { place: Place }) {
  const { system, path } = place
  const p = world.pictures.get(system)
  const systems = world.me?.systems ?? []
  const waiting = p ? postponed(p).length : 0
  const nav: [string, string][] = [['/', 'Live'], ['/postponed', waiting ? `Postponed ${waiting}` : 'Postponed'], ['/history', 'History'], ['/statistics', 'Statistics'], ['/systems', 'All systems'], ['/handover', 'Handover']]
  return (
    <header class="top">
      <a class="skip" href="#main">To the content</a>
      <div class="where">
        {systems.length > 1 ? (
          <label class="system"><span class="hidden">System</span>
            <select value={system} onChange={e => { localStorage.setItem('system', e.currentTarget.value); go(at(path.startsWith('/r/') ? '/' : path, e.currentTarget.value)) }}>
              {systems.map(s => <option key={s} value={s}>{s}{asking().some(a => a.system === s) ? ' (!)' : ''}</option>)}
            </select>
          </label>
        ) : <span class="system">{system}</span>}
      </div>
      <nav aria-label="Pages">
        {nav.map(([to, word]) => <a key={to} href={at(to, system)} aria-current={path === to ? 'page' : undefined}>{word}{to === '/' && asking().some(a => a.system === system) ? <span class="badge">1<span class="hidden"> open prompt</span></span> : null}</a>)}
      </nav>
      <div class="me">
        <ConnectionWord />
        <Bell />
        <Who />
        <ThemeChoice />
        <button type="button" class="round" aria-label="Keys and words" aria-keyshortcuts="?" onClick={() => openDialog({ kind: 'help' })}>?</button>
      </div>
    </header>
  )
}

/** ConnectionWord says how fresh the picture is. */
function ConnectionWord() {
  useNow(1000)
  const age = world.heard ? (performance.now() - world.heard) / 1000 : 0
  const words: Record<string, [string, string]> = {
    live: ['live', 'link'], connecting: ['connecting', 'wait'], catching_up: ['catching up', 'wait'],
    stale: ['stale', 'broken'], disconnected: ['disconnected', 'broken'], no_broker: ['broker unavailable', 'broken'],
  }
  const [word, icon] = words[world.connection] ?? [world.connection, 'dot']
  return <span class={'connection is-' + world.connection} data-connection={world.connection}><Icon name={icon} />{word}{world.connection === 'live' ? <span class="age"> · {age.toFixed(1)} s</span> : null}{world.me?.user && world.me.role !== 'operator' ? <span class="quiet"> · view only</span> : null}</span>
}

function Bell() {
  const s = sound()
  const name = { off: 'Arm this console', armed: 'Sound is on: test it', elsewhere: 'Sounds in another tab: sound here instead' }[s]
  return <button type="button" class="round" aria-label={name} title={name} onClick={() => void arm()}><Icon name={s === 'armed' ? 'bell' : 'off'} /></button>
}

function Who() {
  const [open, set] = useState(false)
  const me = world.me
  if (!me) return null
  return (
    <span class="who">
      <button type="button" aria-expanded={open} onClick={() => set(!open)}>{me.user || 'Who are you?'}</button>
      {open ? (
        <div class="drop">
          {me.user ? <p>{me.user}, {me.role}</p> : null}
          {me.login !== 'proxy' ? <Login onDone={() => set(false)} /> : null}
          {me.user && me.login !== 'proxy' ? <button type="button" class="act plain" onClick={() => { set(false); void logout() }}>Log out</button> : null}
          <p class="quiet">{me.build}</p>
        </div>
      ) : null}
    </span>
  )
}

function ThemeChoice() {
  const [t, set] = useState<Theme>(theme())
  return (
    <label class="theme"><span class="hidden">Theme</span>
      <select value={t} onChange={e => { const v = e.currentTarget.value as Theme; setTheme(v); set(v) }}>
        <option value="auto">auto</option><option value="light">light</option><option value="dark">dark</option>
      </select>
    </label>
  )
}

/** Banners say what must not be overlooked, in the order of their weight. */
export function Banners({ place }: { place: Place }) {
  useNow(1000)
  const p = world.pictures.get(place.system)
  const age = world.heard ? performance.now() - world.heard : 0
  const elsewhere = asking().filter(a => a.system === place.system && place.path === '/' ? false : place.path !== '/r/' + a.status.token)
  const m = p && mode(p)
  return (
    <section class="banners" aria-label="Notices">
      {world.connection === 'stale' || (world.connection === 'disconnected' && age > 2000)
        ? <p class="banner bad" data-banner="stale"><Icon name="broken" /><span><b>This picture is {whole(age)} old.</b> {world.parting || 'Nothing comes from the server'}; decisions are disabled; trying again.</span></p> : null}
      {world.connection === 'no_broker' ? <p class="banner bad"><Icon name="broken" /><span><b>The broker is unavailable.</b> What is shown may be old; decisions are disabled.</span></p> : null}
      {world.silent.includes(place.system) ? <p class="banner bad"><Icon name="broken" /><span><b>No controller answers for {place.system}.</b> What is shown may be old; decisions are disabled.</span></p> : null}
      {world.trouble && !world.me ? <p class="banner bad"><Icon name="alert" /><span>{world.trouble}; trying again.</span></p> : null}
      {p?.simulated ? <p class="banner stripes"><span><b>Simulated:</b> <span class="more">an agent plays the actions on {place.system}; </span>nothing real is touched.</span></p> : null}
      {m?.mode === 'manual' ? <p class="banner note"><Icon name="hand" /><span><b>Manual mode</b>{m.by ? ` since ${who(m.by)} switched at ${m.at?.slice(11, 16)}` : ', as the policy begins'}: requests are turned away.{m.note ? ' ' + m.note : ''}</span></p> : null}
      {m?.mode === 'automatic' ? <p class="banner note"><Icon name="play" /><span><b>Automatic mode:</b> what policy and request allow starts without asking.</span></p> : null}
      {p && silent(p).length ? <p class="banner note"><Icon name="alert" /><span>Silent: {silent(p).map(e => 'expert ' + e.name).join(', ')}.</span></p> : null}
      {elsewhere.map(a => (
        <p key={a.prompt.id} class="banner asks"><Icon name="bell" /><span><b>{count(1, 'prompt')} open on {a.system}:</b> {a.status.problems[0]?.title}</span> <a href={at('/', a.system)}>Look at it</a></p>
      ))}
      {unacknowledged().length && sound() === 'armed'
        ? <p class="banner asks"><Icon name="bell" /><span>The tone sounds until it is acknowledged here.</span><button type="button" class="act" aria-keyshortcuts="m" onClick={acknowledge}>Silence it<kbd aria-hidden="true">m</kbd></button></p> : null}
      {world.me?.user && world.me.role === 'operator' && sound() !== 'armed'
        ? <p class="banner arm"><Icon name="off" /><span>{sound() === 'elsewhere' ? 'Another tab of this browser sounds.' : <>This console is silent<span class="more">: a prompt makes no sound here</span>.</>}</span><button type="button" class="act" onClick={() => void arm()}>{sound() === 'elsewhere' ? 'Sound here instead' : 'Arm this console'}</button></p> : null}
    </section>
  )
}

/** Regions are what a screen reader listens to; they are always there. */
export function Regions() {
  return <><div id="polite" class="hidden" aria-live="polite" /><div id="alert" class="hidden" role="alert" /></>
}
