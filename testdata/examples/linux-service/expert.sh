#!/bin/sh
# The expert: asks for a recovery when the service doesn't answer, and tells when it does again.
subject=recovery.${1:?system}.call.expert.watchdog url=$2 request=$(cat "$(dirname "$0")/request.json") problem=
tell() { nats req --raw --timeout 5s "$subject.$1" "$2" && echo; }
while sleep 0.2; do
  if curl -fsS -m 1 "$url/healthz" >/dev/null 2>&1; then
    test -z "$problem" || ! tell cleared '{"type":"recovery.v1.cleared","problem":"'"$problem"'"}' || problem=
  elif test -z "$problem"; then
    problem=$(date +%s%N) && tell request "$(echo "$request" | sed "s/PROBLEM/$problem/")" || problem=
  fi
done
