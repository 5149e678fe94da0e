#!/bin/sh
# Installs compound-fleet from this folder without any network; Debian 12.
# 从本目录离线安装 compound-fleet；适用于 Debian 12。
# usage: ./install.sh [TARGET]
# Default: /opt/compound-fleet as root, with a link in /usr/local/bin; else ~/compound-fleet.
set -eu
here=$(cd "$(dirname "$0")" && pwd)

say() { # say ENGLISH CHINESE
    case "${LC_ALL:-${LC_MESSAGES:-${LANG:-}}}" in
    zh* | ZH*) echo "$2" ;;
    *) echo "$1" ;;
    esac
}
fail() {
    say "$1" "$2" >&2
    exit 1
}

root=false
[ "$(id -u)" != 0 ] || root=true
if $root; then target=${1:-/opt/compound-fleet}; else target=${1:-$HOME/compound-fleet}; fi
case $target in /*) ;; *) target=$PWD/$target ;; esac

say "checking every file" "正在校验全部文件"
(cd "$here" && sha256sum --quiet --check SHA256SUMS) ||
    fail "the bundle is damaged: copy it again" "安装包已损坏：请重新复制"

lacking=
command -v python3 >/dev/null || lacking="$lacking python3"
command -v git >/dev/null || lacking="$lacking git"
command -v ssh >/dev/null || lacking="$lacking openssh-client"
if [ -n "$lacking" ]; then
    $root || fail "missing:$lacking; run this once as root" "缺少：$lacking；请先以 root 身份运行一次"
    say "installing$lacking" "正在安装$lacking"
    lists=$(mktemp -d)
    trap 'rm -rf "$lists"' EXIT
    # What is in the folder was checked above; apt takes only what this system lacks.
    echo "deb [trusted=yes] file:$here/debs ./" >"$lists/bundle.list"
    apt() {
        DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends \
            -o Dir::Etc::sourcelist="$lists/bundle.list" -o Dir::Etc::sourceparts=- \
            -o Dir::State::lists="$lists/lists" -o Dir::Cache::pkgcache= \
            -o Dir::Cache::srcpkgcache= -o APT::Sandbox::User=root "$@"
    }
    mkdir -p "$lists/lists/partial"
    apt update
    # shellcheck disable=SC2086  # a list of package names
    apt install $lacking >"$lists/log" 2>&1 || {
        cat "$lists/log" >&2
        fail "apt could not install$lacking" "apt 无法安装$lacking"
    }
fi
python3 -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' ||
    fail "python3 is not 3.11: this bundle is for Debian 12" "python3 不是 3.11：本安装包用于 Debian 12"

say "installing into $target" "正在安装到 $target"
clean() { # the caller's pip settings and Python paths stay out
    env -i PATH="$PATH" HOME="$target" LC_ALL=C.UTF-8 PIP_CONFIG_FILE=/dev/null "$@"
}
restore() {
    rm -rf "$target"
    [ ! -e "$target.old" ] || mv "$target.old" "$target"
}
# The environment is made where it stays, since its programs hold its path; what was there before
# comes back if anything fails.
rm -rf "$target.old"
[ ! -e "$target" ] || mv "$target" "$target.old"
mkdir -p "$target"
if ! clean python3 -m venv --without-pip "$target/venv" ||
    ! clean "$target/venv/bin/python" "$(echo "$here"/wheels/pip-*.whl)/pip" \
        --disable-pip-version-check install --quiet --no-index --find-links "$here/wheels" \
        --require-hashes --no-cache-dir --requirement "$here/requirements.txt"; then
    restore
    fail "the wheels could not be installed; nothing was changed" "无法安装软件包；未作任何改动"
fi
cp -a "$here/engine" "$target/venv/pulumi-$(cat "$here/engine/version")"
for part in docs collection LICENSES LICENSE README.md CHANGELOG.md COMMIT; do
    cp -a "$here/$part" "$target/"
done
# The example is yours to change; an earlier copy stays.
example=$here/example
[ ! -d "$target.old/example" ] || example=$target.old/example
cp -a "$example" "$target/"
rm -rf "$target.old"
mkdir -p "$target/bin"
ln -s ../venv/bin/fleet "$target/bin/fleet"
if $root && [ $# = 0 ]; then ln -sfn "$target/bin/fleet" /usr/local/bin/fleet; fi
"$target/bin/fleet" --version
say "done: $target/bin/fleet; start with $target/docs" "完成：$target/bin/fleet；文档见 $target/docs"
