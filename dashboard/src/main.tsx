// The page: who one is, the connection, and the screen that the address names.

import { render } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { watchLogin, whoAmI } from './ask.ts'
import { nameTitle, watchPrompts } from './attention.ts'
import { Dialogs } from './dialogs.tsx'
import { focusHeading, onKey } from './keyboard.ts'
import { connect } from './link.ts'
import { Login } from './login.tsx'
import { follow, usePlace, type Place } from './router.ts'
import { Live } from './screens/live.tsx'
import { Postponed } from './screens/postponed.tsx'
import { Banners, Header, Regions } from './shell.tsx'
import { showTheme } from './theme.ts'
import { useWorld, world } from './world.ts'

const TITLES: Record<string, string> = { '/': 'Live', '/postponed': 'Postponed', '/history': 'History', '/statistics': 'Statistics', '/systems': 'All systems', '/handover': 'Handover' }

function Page() {
  useWorld()
  const place = usePlace()
  const stale = world.connection === 'stale'
  useEffect(() => {
    const name = place.path.startsWith('/r/') ? place.path.slice(3) : TITLES[place.path] ?? 'Not found'
    nameTitle(`${name} · ${place.system || 'expertcontroller'}`)
  }, [place.path, place.system])
  return (
    <>
      <Header place={place} />
      <Banners place={place} />
      <main id="main" class={stale ? 'stale' : ''} data-path={place.path}>
        {world.me && !world.me.user && world.me.login !== 'proxy'
          ? <section class="card first"><h2>Who are you?</h2><p>Everybody may look. Decisions carry a name.</p><Login /></section> : null}
        <Screen place={place} />
      </main>
      <Dialogs />
    </>
  )
}

function Screen({ place }: { place: Place }) {
  const { path, system } = place
  if (!world.me) return <Waiting text={world.trouble ? 'The server does not answer yet.' : 'Loading…'} />
  if (path.startsWith('/r/') || ['/systems', '/history', '/statistics', '/handover'].includes(path)) return <Further place={place} />
  const p = world.pictures.get(system)
  if (system && !world.me.systems.includes(system)) return <Waiting text={`This server does not serve ${system}.`} />
  if (!p) return <Waiting text={world.silent.includes(system) ? `No controller answers for ${system} yet.` : system ? 'Loading the picture…' : 'This server serves no system.'} />
  switch (path) {
    case '/': return <Live key={system} p={p} />
    case '/postponed': return <Postponed p={p} />
  }
  return <Waiting text="There is no such page." />
}

/** further is loaded once, a moment after the page stands or when a link asks for it. */
let further: typeof import('./screens/more.tsx') | undefined
const loadFurther = async () => { further ??= await import('./screens/more.tsx') }

/** Further shows a screen of the part that is loaded later. */
function Further({ place: { path, system, query } }: { place: Place }) {
  const [trouble, setTrouble] = useState(false)
  const [, setThere] = useState(!!further)
  useEffect(() => {
    if (further) return
    // Whoever asked for a field by its key has, or gets, the focus there.
    const heading = () => { if (document.activeElement === document.body) focusHeading() }
    loadFurther().then(() => { setThere(true); requestAnimationFrame(heading) }, () => setTrouble(true))
  }, [])
  if (!further) return <Waiting text={trouble ? 'This screen could not be loaded: load the page again when the server answers.' : 'Loading…'} />
  const { Detail, Handover, History, Statistics, Systems } = further
  if (path.startsWith('/r/')) return <Detail key={path} token={decodeURIComponent(path.slice(3))} query={query} />
  switch (path) {
    case '/history': return <History key={system} system={system} query={query} />
    case '/statistics': return <Statistics key={system} system={system} query={query} />
    case '/handover': return <Handover key={system} system={system} query={query} />
  }
  return <Systems />
}

function Waiting({ text }: { text: string }) {
  return <h1 class="waiting" tabIndex={-1}>{text}</h1>
}

showTheme()
const root = document.getElementById('page')
if (root) {
  render(<><Page /><Regions /></>, root)
  document.addEventListener('click', e => {
    const before = location.pathname
    follow(e)
    // Only where a link within the page was followed: nothing else may move the focus.
    if (location.pathname !== before) focusHeading()
  })
  document.addEventListener('keydown', onKey)
  watchPrompts()
  watchLogin()
  void whoAmI().then(connect)
  // What does not come now is asked for again by the link that needs it.
  setTimeout(() => { loadFurther().catch(() => undefined) }, 1500)
}
