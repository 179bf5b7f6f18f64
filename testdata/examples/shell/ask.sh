#!/bin/sh
# Asks for a recovery and waits for its end: ask.sh PROBLEM [system]; needs the nats command and jq.
set -eu
system=${2:-default}
ask() { nats req --raw --timeout 5s "recovery.$system.$1" "$2"; }

# Without an answer nobody knows whether it was decided: asked again with the same id it is decided once.
answer=$(ask call.expert.shell.request '{"type":"recovery.v1.request","id":"'"$1-$$-$(date +%s)"'",
  "problem":{"id":"'"$1"'","title":"FED stuck"},"steps":[{"title":"Send a TTC hard reset","action":"ttc_hard_reset"}]}')
echo "$answer" | jq -r '"\(.verdict) \(.token)"'
token=$(echo "$answer" | jq -r .token)
until status=$(ask query.status '{"token":"'"$token"'"}') && echo "$status" | jq -e '.terminal and .joined == ""' >/dev/null; do
  token=$(echo "$status" | jq -r 'if .joined != "" then .joined else .token end')
  sleep 0.2
done
echo "$status" | jq -r '"\(.token) \(.state) \(.reason.code)"'
test "$(echo "$status" | jq -r .state)" = completed
