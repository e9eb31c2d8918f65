# What the scripts have in common. They source it: . scripts/lib.sh

# debian WHAT PACKAGE... installs packages of Debian or Ubuntu, and says so. On
# other systems it says what to install, and fails.
debian() {
  local what=$1 sudo=
  shift
  if ! command -v apt-get >/dev/null; then
    echo "$what is missing: install it, please. Debian and Ubuntu call it $*." >&2
    return 1
  fi
  if [ "$(id -u)" != 0 ]; then
    sudo=sudo
    if ! command -v sudo >/dev/null; then
      echo "$what is missing, and there is no sudo: run apt-get install -y $* as root, please." >&2
      return 1
    fi
  fi
  echo "$what is missing, so this runs: ${sudo:+sudo }apt-get install -y $*" >&2
  $sudo apt-get update -qq >&2 || true # old lists may still do
  $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "$@" >/dev/null
}

# step NAME COMMAND... runs a command under a heading, and keeps how long it
# took for the table that is printed at the end, also of a run that fails.
steps=()
running=
step() {
  local began=$SECONDS
  running=$1
  printf '\n== %s\n' "$running" >&2
  "${@:2}"
  steps+=("$(minutes $((SECONDS - began)))  $running")
  running=
}

minutes() { printf '%3d:%02d' $(($1 / 60)) $(($1 % 60)); }

# table prints what the steps took.
table() {
  printf '\n== time\n' >&2
  [ ${#steps[@]} = 0 ] || printf '%s\n' "${steps[@]}" >&2
  printf '%s  all of %s\n' "$(minutes $SECONDS)" "$0" >&2
  [ -z "$running" ] || printf '\nFAILED: %s\n' "$running" >&2
}

# begin "$@" is how a script with steps begins: it starts again under a
# PostgreSQL server, unless there is one, and ends with the table.
begin() {
  if [ -z "${POSTERN_TEST_POSTGRES:-}" ]; then exec scripts/with-postgres "scripts/${0##*/}" "$(date +%s)"; fi
  if [ $# = 1 ]; then
    SECONDS=$(($(date +%s) - $1))
    steps=("$(minutes $SECONDS)  a PostgreSQL server")
  fi
  trap table EXIT
}
