// Who one is: a name where that is enough, else a key. Decisions carry it.

import { useState } from 'preact/hooks'
import { login, Refusal } from './ask.ts'
import { useBusy } from './bits.tsx'
import { world } from './world.ts'

export function Login({ onDone }: { onDone?: () => void }) {
  const [value, set] = useState('')
  const [wrong, setWrong] = useState('')
  const [busy, run] = useBusy()
  const way = world.me?.login
  if (way === 'proxy') return <p>Your name comes from the proxy in front of this page, and it gave none: ask whoever runs it.</p>
  const key = way === 'key'
  const typed = (v: string) => { set(v); setWrong('') }
  const field = { id: 'who', name: 'who', value, 'aria-describedby': wrong ? 'login-wrong' : undefined }
  return (
    <form class="login" onSubmit={e => {
      e.preventDefault()
      const v = value.trim()
      if (!v) return setWrong(key ? 'A key is needed.' : 'A name is needed.')
      if (!key && !/^[A-Za-z0-9_-]{1,64}$/.test(v)) return setWrong('A name has letters, digits, _ and - only.')
      run(() => login(key ? { key: v } : { name: v }).then(() => onDone?.(), (x: unknown) => setWrong(x instanceof Refusal ? x.message : 'The server cannot be reached.')))
    }}>
      <label>{key ? 'Your key' : 'Your name'}
        {key
          ? <input {...field} type="password" autocomplete="current-password" onInput={e => typed(e.currentTarget.value)} />
          : <input {...field} autocomplete="username" onInput={e => typed(e.currentTarget.value)} />}
      </label>
      <button class="act primary" type="submit" aria-disabled={busy}>{key ? 'Log in' : 'That is me'}</button>
      {wrong ? <p id="login-wrong" class="missing" role="alert">{wrong}</p> : null}
    </form>
  )
}
