// An action by hand, from what agents offer: it becomes a recovery like any other, with
// a prompt, so that nothing starts without a yes.

import { useState } from 'preact/hooks'
import { path } from './ask.ts'
import { Act, Said } from './bits.tsx'
import { post } from './decision.ts'
import { agents } from './picture.ts'
import { whyOff } from './why.ts'
import { world } from './world.ts'
import { now } from './clock.ts'
import { go, at } from './router.ts'
import type { Action } from './words.ts'

export function RunAction({ system, onDone }: { system: string; onDone: () => void }) {
  const p = world.pictures.get(system)
  const offers = (p ? agents(p) : []).flatMap(a => (a.actions ?? []).map(action => ({ agent: a.name, action })))
  const [chosen, choose] = useState(offers[0] ? key(offers[0]) : '')
  const [name, setName] = useState('')
  const [title, setTitle] = useState('')
  const [values, setValues] = useState<Record<string, string>>({})
  const [free, setFree] = useState('')
  const offer = offers.find(o => key(o) === chosen)
  if (!offer) return <p>No agent offers anything at the moment.</p>
  const any = offer.action.name === '*'
  const action = any ? name.trim() : offer.action.name
  const properties = Object.entries(offer.action.parameters?.properties ?? {})
  let parameters: Record<string, unknown> = {}
  let wrong = ''
  try {
    parameters = properties.length ? read(offer.action, values) : free.trim() ? JSON.parse(free) as Record<string, unknown> : {}
    if (typeof parameters !== 'object' || Array.isArray(parameters) || !parameters) wrong = 'parameters are an object, as in {"red": ["HCAL"]}'
  } catch {
    wrong = 'the parameters are no valid JSON, as in {"red": ["HCAL"]}'
  }
  if (any && !/^[A-Za-z0-9_-]{1,64}$/.test(action)) wrong = 'name the action: letters, digits, _ and -'
  const missing = (offer.action.parameters?.required ?? []).find(k => !(k in parameters))
  if (missing) wrong = `${missing} is needed`
  const submit = () => {
    const label = title.trim() || `Run ${action}`
    onDone()
    void post('run ' + system, '', `run ${action}`, path(system, 'requests'), {
      problem: { id: `by-hand-${now()}`, title: label },
      steps: [{ title: label, action, agent: offer.agent, parameters }], cure: 'result',
    }).then(s => { if (s.state === 'recorded') go(at('/', system)) })
  }
  return (
    <div class="form">
      <label>Action
        <select value={chosen} onChange={e => { choose(e.currentTarget.value); setValues({}) }}>
          {offers.map(o => <option key={key(o)} value={key(o)}>{o.action.name === '*' ? 'any action' : o.action.name} · {o.agent}</option>)}
        </select>
      </label>
      {offer.action.description ? <Said as="p" class="quiet">{offer.action.description}</Said> : null}
      {any ? <label>Its name<input value={name} onInput={e => setName(e.currentTarget.value)} autocomplete="off" spellcheck={false} /></label> : null}
      {properties.map(([k, s]) => (
        <label key={k}>{k}{(offer.action.parameters?.required ?? []).includes(k) ? ' (needed)' : ''}
          {s.description ? <Said class="quiet">{s.description}</Said> : null}
          {s.enum
            ? <select value={values[k] ?? ''} onChange={e => setValues({ ...values, [k]: e.currentTarget.value })}><option value="" />{s.enum.map(v => <option key={String(v)}>{String(v)}</option>)}</select>
            : <input value={values[k] ?? ''} placeholder={s.type === 'array' ? 'several, with commas between' : ''} onInput={e => setValues({ ...values, [k]: e.currentTarget.value })} autocomplete="off" />}
        </label>
      ))}
      {properties.length ? null : <label>Parameters, as JSON<textarea rows={3} value={free} placeholder='{"red": ["HCAL"]}' onInput={e => setFree(e.currentTarget.value)} spellcheck={false} /></label>}
      <label>What for<input value={title} maxLength={200} placeholder={`Run ${action || '…'}`} onInput={e => setTitle(e.currentTarget.value)} /></label>
      <p class="quiet">It becomes a recovery that has to be approved, like any other. Its success is enough; nothing is watched afterwards.</p>
      {wrong ? <p class="missing">{wrong}</p> : null}
      <div class="buttons">
        <Act kind="primary" off={whyOff(system) || wrong} onAct={submit}>Ask for it</Act>
        <Act kind="plain" onAct={onDone}>Back</Act>
      </div>
    </div>
  )
}

function key(o: { agent: string; action: Action }): string {
  return o.agent + '/' + o.action.name
}

/** read turns what was typed into what the action's schema asks for. */
function read(action: Action, values: Record<string, string>): Record<string, unknown> {
  const out: Record<string, unknown> = {}
  for (const [k, s] of Object.entries(action.parameters?.properties ?? {})) {
    const v = values[k]?.trim()
    if (!v) continue
    if (s.type === 'array') out[k] = v.split(',').map(x => x.trim()).filter(Boolean)
    else if (s.type === 'boolean') out[k] = v === 'true'
    else if (s.type === 'number' || s.type === 'integer') out[k] = Number(v)
    else if (s.type === 'object') out[k] = JSON.parse(v)
    else out[k] = v
  }
  return out
}
