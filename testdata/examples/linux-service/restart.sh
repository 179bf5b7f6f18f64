#!/bin/sh
# Ends the service that a pid file names, by force if it has to be, and waits until a new
# one answers: restart.sh PIDFILE URL. Whoever keeps the service starts it again.
set -eu
old=$(cat "$1")
kill -TERM "$old"
for n in 1 2 3 4 5 6 7 8 9 10; do
  kill -0 "$old" 2>/dev/null || break
  sleep 0.1
done
if kill -0 "$old" 2>/dev/null; then
  echo "$old did not end when asked: ending it by force"
  kill -KILL "$old"
fi
until test "$(cat "$1")" != "$old" && curl -fsS -m 1 "$2/healthz"; do
  sleep 0.1
done
echo "now it is $(cat "$1")"
