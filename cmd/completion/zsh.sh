#compdef expertcontroller
# zsh completion for expertcontroller: source <(expertcontroller completion zsh)
_expertcontroller() {
  local line word
  local -a found
  while IFS= read -r line; do
    word="${line%%$'\t'*}"
    if [[ $word == ":files" ]]; then
      _files
    elif [[ -n $word ]]; then
      found+=("${word//:/\\:}:${line#*$'\t'}")
    fi
  done < <("${words[1]}" __complete -- "${(@)words[2,CURRENT]}" 2>/dev/null)
  (( ${#found} )) && _describe -t values expertcontroller found
}
compdef _expertcontroller expertcontroller
