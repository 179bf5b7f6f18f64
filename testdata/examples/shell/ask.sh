#!/bin/sh
# Asks for a recovery, says when the problem is gone, waits for the end: ask.sh PROBLEM [system]; needs the nats command and jq.
set -eu
system=${2:-default}

# Asks until somebody answers, which stands in $said then: the id makes a repeat harmless. What is refused ends the script; 503 says "not now".
of() { printf '%s' "$said" | jq -r "$1"; }
ask() {
  until said=$(nats req --raw --timeout 5s "recovery.$system.$1" "$2") && test "$said" && test "$(of .code)" != 503; do
    echo "$1: no answer; asked again" >&2; sleep 1
  done
  test "$(of .type)" != recovery.v1.error || { of '"\(.field): \(.text)"' >&2; exit 1; }
}

ask call.expert.shell.request '{"type":"recovery.v1.request","id":"'"$1-$$-$(date +%s)"'",
  "problem":{"id":"'"$1"'","title":"FED stuck"},"steps":[{"title":"Send a TTC hard reset","action":"ttc_hard_reset"}]}'
of '"\(.verdict) \(.token)"'

# A real expert looks at the system; this one believes that the problem is gone once the step is done.
gone() { test "$(of .state)" = observing; }
cleared='' token=$(of .token)
until ask query.status '{"token":"'"$token"'","after":'"$(of '.entry // 0')"'}'; test "$(of '.terminal and .joined == ""')" = true; do
  token=$(of 'if .joined == "" then .token else .joined end') pause=$(of .poll_after)
  if gone && test -z "$cleared"; then
    ask call.expert.shell.cleared '{"type":"recovery.v1.cleared","problem":"'"$1"'"}'; cleared=yes
  fi
  sleep "$pause"
done
of '"\(.token) \(.state) \(.reason.code)"'
test "$(of .state)" = completed
