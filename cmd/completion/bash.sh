# bash completion for expertcontroller: source <(expertcontroller completion bash)
_expertcontroller() {
  local line="${COMP_LINE:0:COMP_POINT}" current word found help before
  local -a words
  read -ra words <<<"$line"
  [[ $line == *[[:space:]] ]] && words+=("")
  word="${words[${#words[@]} - 1]}"
  # bash replaces only what follows the last of its own word breaks, as in --colour=al.
  current="${COMP_WORDS[COMP_CWORD]}"
  case "$current" in
    "=" | ":" | "@") before="$word" ;;
    *) before="${word%"$current"}" ;;
  esac
  COMPREPLY=()
  while IFS=$'\t' read -r found help; do
    if [[ $found == ":files" ]]; then
      compopt -o filenames 2>/dev/null
      while IFS= read -r found; do COMPREPLY+=("$found"); done < <(compgen -f -- "$current")
    elif [[ -n $found ]]; then
      COMPREPLY+=("${found#"$before"}")
    fi
  done < <("${words[0]}" __complete -- "${words[@]:1}" 2>/dev/null)
}
complete -F _expertcontroller expertcontroller
