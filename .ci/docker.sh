# Functions for .ci/run: a Docker engine, and the base image of ours where no registry can be reached.

DOCKERD_PID=
readonly BASE_IMAGE=debian:bookworm-slim
mkdir -p artifacts

# Starts an engine unless one runs, and waits until it answers.
start_docker() {
  if docker info >/dev/null 2>&1; then return; fi
  dockerd >artifacts/dockerd.log 2>&1 &
  DOCKERD_PID=$!
  for ((left = 60; left > 0; left--)); do
    if docker info >/dev/null 2>&1; then return; fi
    kill -0 "$DOCKERD_PID" 2>/dev/null || break
    sleep 1
  done
  echo "the Docker engine does not start, so the tests of containers are skipped; the end of its log:"
  tail -n 5 artifacts/dockerd.log
}

# Pulls the base image, or else makes one from Debian's packages.
make_base_image() {
  docker info >/dev/null 2>&1 || return 0
  if docker image inspect "$BASE_IMAGE" >/dev/null 2>&1; then return; fi
  if timeout 60 docker pull --quiet "$BASE_IMAGE" >/dev/null 2>&1; then return; fi
  echo "making $BASE_IMAGE from Debian packages ..."
  local root
  root=$(mktemp -d)
  debootstrap --variant=minbase --include=libssl3,ca-certificates bookworm "$root" >artifacts/debootstrap.log 2>&1
  tar -C "$root" --exclude=./var/cache/apt --exclude=./var/lib/apt/lists -c . | docker import - "$BASE_IMAGE" >/dev/null
  rm -rf "$root"
}

stop_docker() {
  if [[ -n $DOCKERD_PID ]]; then
    kill "$DOCKERD_PID" 2>/dev/null || true
    wait "$DOCKERD_PID" 2>/dev/null || true
  fi
}
