#!/usr/bin/env bash
# `infra/checks/start-image.sh TARGET IMAGE`: starts an image that was built from this target of infra/Dockerfile, with
# what it needs from docker-compose.yml. Those that can parse a photo have to; the set-up has to end well, and the
# others to become healthy. Compose knows images as m2fp-TARGET, and builds what is missing. Nothing is left running.
set -euo pipefail
cd "$(dirname "$0")/../.."
target=$1
image=$2
photo=packages/page/public/samples/sample1.jpg
export COMPOSE_PROJECT_NAME=m2fp-start-image
found=$(mktemp)
container=

finish() {
  local code=$?
  rm -f "$found"
  if [ -n "$container" ]; then
    if [ "$code" != 0 ]; then docker logs --tail 200 "$container" || true; fi
    docker rm --force --volumes "$container" > /dev/null
  else
    if [ "$code" != 0 ]; then docker compose logs --no-color --tail 200 || true; fi
    docker compose down --volumes
  fi
}
trap finish EXIT

parse_over_http() {
  curl --fail-with-body --silent --show-error --retry 10 --retry-all-errors --retry-delay 3 --max-time 120 \
    -F "image=@$photo" -o "$found" http://127.0.0.1:5000/parse
  jq --exit-status '.people > 0 and (.masks | length > 0)' "$found"
}

# Its own health check, in the image, says so.
become_healthy() {
  local id status
  id=$(docker compose ps --all --quiet "$1")
  for _ in {1..60}; do
    status=$(docker inspect --format '{{.State.Health.Status}}' "$id")
    if [ "$status" = healthy ]; then return; fi
    sleep 2
  done
  echo "$1 is $status." >&2
  return 1
}

case $target in
  all-in-one)
    container=$(docker run --detach --publish 127.0.0.1:5000:5000 "$image")
    parse_over_http
    ;;
  cli)
    container=$(docker create "$image" parse /tmp/photo.jpg --out /tmp/out)
    docker cp "$photo" "$container:/tmp/photo.jpg"
    docker start --attach "$container"
    docker cp "$container:/tmp/out/photo/masks.json" "$found"
    jq --exit-status '.annotations | length > 0' "$found"
    ;;
  worker)
    docker compose up --detach api worker
    parse_over_http
    ;;
  setup)
    docker compose run --rm s3-setup
    ;;
  api | dispatcher)
    docker compose up --detach "$target"
    become_healthy "$target"
    ;;
  *)
    echo "There is no target $target." >&2
    exit 1
    ;;
esac
