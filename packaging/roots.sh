# shellcheck shell=bash
# Sourced, as root, by scripts/package and tests/package/*: Debian systems of their own for building and testing, so that
# no other architecture and no compiler comes onto this machine. They are kept in $roots; when nothing runs in them that
# folder may be deleted. What is mounted in them is mounted in a namespace that ends with the command.

roots=/var/cache/vscp-p1d-build
suite=bookworm
version=$(sed -n 's/^project(.* VERSION \([0-9.]*\).*/\1/p' CMakeLists.txt)

# The package of that architecture, which has to be built before.
package_of() {
  local package=build/package/vscp-p1d_${version}_$1.deb
  [ -f "$package" ] || { echo "run scripts/package $1 first" >&2; return 69; }
  echo "$package"
}

# Runs a command in the root of that name; a folder of this machine is seen there as /build.
within() {  # root folder command…
  unshare --mount --pid --fork --kill-child bash -ec '
    mount -t proc proc "$1/proc"
    mount --bind "$2" "$1/build"
    mount --bind "$0" "$1/ccache"
    mount --bind /etc/resolv.conf "$1/etc/resolv.conf"
    exec chroot "$1" env -i HOME=/root LC_ALL=C.UTF-8 PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive \
      CCACHE_DIR=/ccache CMAKE_C_COMPILER_LAUNCHER=ccache CMAKE_CXX_COMPILER_LAUNCHER=ccache nice "${@:3}"
  ' "$roots/ccache" "$roots/$1" "${@:2}"
}

# The release alone, without its updates: lists of several architectures that are not of one day do not fit together.
base_root() {
  [ ! -d $roots/base ] || return 0
  echo "Making a Debian 12 in $roots …"
  mkdir -p $roots/ccache
  local new=$roots/base.new mirror proxy
  # This machine's own mirror and proxy
  # shellcheck disable=SC2016 # apt's own variables
  mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' "Codename: $suite" | head -n 1)
  eval "$(apt-config shell proxy Acquire::http::Proxy)"
  rm -rf --one-file-system $new
  # shellcheck disable=SC2086 # without a mirror: debootstrap's own
  http_proxy=${proxy:-} nice unshare --mount \
    debootstrap --variant=minbase --include=ca-certificates $suite $new $mirror >$roots/log 2>&1 || return
  apt-config dump | grep -E '^Acquire::https?::' >$new/etc/apt/apt.conf.d/90proxy || true
  echo force-unsafe-io >$new/etc/dpkg/dpkg.cfg.d/unsafe-io  # twice as fast; a root is made again when it is broken
  printf '127.0.0.1 localhost\n::1 localhost\n' >$new/etc/hosts
  mkdir $new/build $new/ccache
  mv $new $roots/base
}

# Makes the root of that name, or brings it up to date, by commands that have to change when it is to change.
root() {  # name folder commands
  local lock stamp
  mkdir -p $roots
  exec {lock}>$roots/lock
  flock "$lock"
  base_root || { tail -n 20 $roots/log >&2; return 69; }
  stamp=$({ echo "$3"; cat debian/control; } | sha256sum)
  if [ "$(cat "$roots/$1.stamp" 2>/dev/null)" != "$stamp" ]; then
    echo "Installing what $1 needs in $roots/$1 …"
    [ -d "$roots/$1" ] || { rm -rf --one-file-system "$roots/$1.new" && cp -a $roots/base "$roots/$1.new" && mv "$roots/$1.new" "$roots/$1"; }
    within "$1" "$2" sh -ec "apt-get update -qq; $3" >$roots/log 2>&1 || { tail -n 20 $roots/log >&2; return 69; }
    echo "$stamp" >"$roots/$1.stamp"
  fi
  exec {lock}>&-
}

# The root in which packages for that architecture are built.
build_root() {  # architecture folder
  local cross=
  [ "$1" = "$(dpkg --print-architecture)" ] || cross="crossbuild-essential-$1"
  root "build-$1" "$2" "
    dpkg --add-architecture $1
    apt-get update -qq
    apt-get install -y -qq --no-install-recommends build-essential ccache $cross libgmock-dev:$1 libgtest-dev:$1
    apt-get build-dep -y -qq --no-install-recommends --host-architecture $1 --build-profiles cross,nocheck /build/source"
}
