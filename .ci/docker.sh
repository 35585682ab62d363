# Functions for .ci/run: a Docker engine, and the images that ours are made from where no registry can be reached.

DOCKERD_PID=
readonly BASE_IMAGE=debian:bookworm-slim SDK_IMAGE=mcr.microsoft.com/dotnet/sdk:10.0
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

# Has the engine the images that Dockerfiles begin with: those of the registries, or else stand-ins from what this machine has.
make_images() {
  docker info >/dev/null 2>&1 || return 0
  have_image "$BASE_IMAGE" || make_base_image
  have_image "$SDK_IMAGE" || make_sdk_image
}

have_image() {
  docker image inspect "$1" >/dev/null 2>&1 || timeout 300 docker pull --quiet "$1" >/dev/null 2>&1
}

# From Debian's packages, with the library that .NET needs: then the validator's image needs no package source.
make_base_image() {
  echo "making $BASE_IMAGE from Debian packages ..."
  local root
  root=$(mktemp -d)
  debootstrap --variant=minbase --include=libssl3,ca-certificates bookworm "$root" >artifacts/debootstrap.log 2>&1
  tar -C "$root" --exclude=./var/cache/apt --exclude=./var/lib/apt/lists -c . | docker import - "$BASE_IMAGE" >/dev/null
  rm -rf "$root"
}

# From the base image and this machine's SDK, with whatever this machine needs to reach its package feed.
make_sdk_image() {
  echo "making $SDK_IMAGE from the SDK of this machine ..."
  local dotnet container name changes=('ENV DOTNET_ROOT=/usr/share/dotnet' 'ENV PATH=/usr/share/dotnet:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin' 'ENV DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1')
  dotnet=$(dirname "$(readlink -f "$(command -v dotnet)")")
  for name in NUGET_CERT_REVOCATION_MODE HTTP_PROXY HTTPS_PROXY NO_PROXY; do
    if [[ -n ${!name:-} ]]; then changes+=("ENV $name=${!name}"); fi
  done
  container=$(docker create "$BASE_IMAGE" true)
  docker cp -q "$dotnet" "$container:/usr/share/dotnet"
  docker cp -q -L /etc/ssl/certs/ca-certificates.crt "$container:/etc/ssl/certs/ca-certificates.crt"
  if [[ -d ${HOME:-}/.nuget/NuGet ]]; then
    tar -C "$HOME" -c .nuget/NuGet | docker cp - "$container:/root"
  fi
  docker commit "${changes[@]/#/--change=}" "$container" "$SDK_IMAGE" >/dev/null
  docker rm "$container" >/dev/null
}

stop_docker() {
  if [[ -n $DOCKERD_PID ]]; then
    kill "$DOCKERD_PID" 2>/dev/null || true
    wait "$DOCKERD_PID" 2>/dev/null || true
  fi
}
