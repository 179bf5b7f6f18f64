// The keys, and the few words that one has to know.

const KEYS: [string, string][] = [
  ['a', 'approve: opens the question; a single key never decides'],
  ['r', 'decline (say no): opens the question'],
  ['i', 'interrupt what is under way: opens the question'],
  ['m', 'silence the tone here; it decides nothing'],
  ['g l', 'Live'], ['g p', 'Postponed'], ['g h', 'History'], ['g s', 'Statistics'], ['g a', 'All systems'], ['g o', 'Handover'],
  ['/', 'search the history'], ['j k', 'next, previous line'], ['Enter', 'open the line'], ['?', 'this page'], ['Esc', 'close what is open'],
]

const WORDS: [string, string][] = [
  ['recovery', 'what an expert asked for: steps that should cure a problem'],
  ['prompt', 'a question to you; it is answered once, and everybody sees by whom'],
  ['expert', 'a program that recognises problems'],
  ['agent', 'a program near the system that carries out actions'],
  ['observing', 'the step is done; the controller watches whether the problem is gone'],
  ['held', 'requests for this kind of problem are turned away for a while'],
]

export function Help() {
  return (
    <div class="help">
      <dl class="keys">{KEYS.map(([k, t]) => <div key={k}><dt>{k.split(' ').map(x => <kbd key={x}>{x}</kbd>)}</dt><dd>{t}</dd></div>)}</dl>
      <dl class="words">{WORDS.map(([k, t]) => <div key={k}><dt>{k}</dt><dd>{t}</dd></div>)}</dl>
      <p class="quiet">All times are UTC, by the server's clock. Colour always comes with a picture and a word.</p>
    </div>
  )
}
