// Light, dark, or as the computer has it.

export type Theme = 'auto' | 'light' | 'dark'

/** theme is what was chosen on this computer. */
export function theme(): Theme {
  const t = localStorage.getItem('theme')
  return t === 'light' || t === 'dark' ? t : 'auto'
}

/** setTheme chooses. */
export function setTheme(t: Theme): void {
  if (t === 'auto') localStorage.removeItem('theme')
  else localStorage.setItem('theme', t)
  showTheme()
}

/** showTheme puts it in force. */
export function showTheme(): void {
  const t = theme()
  if (t === 'auto') delete document.documentElement.dataset.theme
  else document.documentElement.dataset.theme = t
}
