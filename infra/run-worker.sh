#!/bin/sh
# Runs a command as `node` with the three rights that starting and ending parser processes under other users takes, and
# no other. Started as another user than root, it runs the command as it is: then parsers run as the worker's user.
set -eu
rights=+setuid,+setgid,+kill
if [ "$(id -u)" = 0 ]; then
  exec setpriv --reuid=node --regid=node --clear-groups --inh-caps=$rights --ambient-caps=$rights "$@"
fi
exec "$@"
