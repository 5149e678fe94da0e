"""What set-up says, in the reader's language, on stderr.

gettext catalogues belong to the installed product; set-up runs before it exists, so its few lines
stand here in both languages side by side.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import TextIO

HELP_EN = """\
compound-fleet: residential compounds as YAML in git, proved on the device

  make demo    the whole story on simulated devices, narrated (3 minutes; sets itself up first)
  make test    lint, types, import contracts, every test
  make setup   .venv with the locked dependencies, and the Pulumi engine; then use .venv/bin/fleet
  make lint    the part of make test that runs no product code
  make reference  write the parts of docs/reference that the code is the source of
  make bundle  one file to install without any network (docs/offline.md)
  make lock    new versions of the dependencies, with hashes
  make clean   remove what set-up and tests made; a city's state (.fleet/) stays
"""

HELP_ZH = """\
compound-fleet：用 git 中的 YAML 描述小区，并在设备上验证

  make demo    在模拟设备上完整演示，逐步解说（约 3 分钟；会先自行安装）
  make test    代码检查、类型、导入约束及全部测试
  make setup   创建 .venv 并安装锁定的依赖和 Pulumi 引擎；之后使用 .venv/bin/fleet
  make lint    make test 中不运行产品代码的部分
  make reference  由代码重新生成 docs/reference 中的参考
  make bundle  生成可完全离线安装的单个文件（docs/offline.md）
  make lock    更新依赖版本（含哈希）
  make clean   删除安装和测试产生的文件；城市的状态（.fleet/）保留
"""

TEXTS: dict[str, tuple[str, str]] = {
    "help": (HELP_EN, HELP_ZH),
    "ready": ("ready, nothing to do: {command}", "已就绪，无需操作：{command}"),
    "done": ("set up in {seconds:.0f} s: {command}", "安装完成，用时 {seconds:.0f} 秒：{command}"),
    "venv": ("making the virtual environment .venv", "正在创建虚拟环境 .venv"),
    "venv-again": (
        "an earlier set-up was interrupted or used another Python: making .venv afresh",
        "上次安装中断或 Python 已更换：重新创建 .venv",
    ),
    "deps": (
        "installing {count} locked dependencies ... {seconds:.0f} s",
        "正在安装 {count} 个锁定的依赖 ... {seconds:.0f} 秒",
    ),
    "prune": (
        "removing what the lock no longer names: {names}",
        "移除锁文件中已没有的包：{names}",
    ),
    "engine-took": ("engine: Pulumi {version}, {how}", "引擎：Pulumi {version}，{how}"),
    "how-path": ("found on the PATH: {path}", "取自 PATH：{path}"),
    "how-bundle": ("from the offline bundle: {path}", "取自离线安装包：{path}"),
    "how-cache": ("from this user's cache: {path}", "取自本用户缓存：{path}"),
    "how-installer": ("by the official installer: {path}", "由官方安装程序安装：{path}"),
    "how-build": ("built from Go modules: {path}", "由 Go 模块编译：{path}"),
    "engine-wait": (
        "another set-up (pid {pid}) is getting the engine; waiting ... {seconds:.0f} s",
        "另一个安装进程（pid {pid}）正在获取引擎，等待中 ... {seconds:.0f} 秒",
    ),
    "engine-swept": (
        "removed what an interrupted set-up had left",
        "已清除上次中断的安装留下的文件",
    ),
    "installer": (
        "engine: trying the official installer ... {seconds:.0f} s, {size} MB",
        "引擎：尝试官方安装程序 ... {seconds:.0f} 秒，{size} MB",
    ),
    "toolchain": (
        "engine: no Go 1.26 here, fetching a private one ... {seconds:.0f} s",
        "引擎：本机没有 Go 1.26，正在获取临时副本 ... {seconds:.0f} 秒",
    ),
    "build": (
        "engine: building from Go modules (3 to 10 minutes, once) ... {seconds:.0f} s, "
        "{fetched} modules fetched, {compiled} packages compiled",
        "引擎：正在由 Go 模块编译（3 到 10 分钟，仅此一次）... {seconds:.0f} 秒，"
        "已下载 {fetched} 个模块，已编译 {compiled} 个包",
    ),
    "step-failed": ("engine: {step} failed: {reason}", "引擎：{step} 失败：{reason}"),
    "engine-none": (
        "no Pulumi engine {version}. Tried: {tried}. Any one of these mends it: put pulumi "
        "{version} on the PATH, let the vendor's download site be reached, or install Go 1.26 or "
        "later and let a Go module proxy be reached; then run make setup again.",
        "没有 Pulumi 引擎 {version}。已尝试：{tried}。任选其一即可解决：将 pulumi {version} 放入 "
        "PATH；允许访问官方下载站点；或安装 Go 1.26 以上版本并允许访问 Go 模块代理；然后重新运行 "
        "make setup。",
    ),
    "missing": ("missing: {name} ({why})", "缺少：{name}（{why}）"),
    "install": ("install with:  {command}", "安装命令：  {command}"),
    "bundle-part": ("bundle: {part}", "离线包：{part}"),
    "bundle-done": (
        "bundle: {path}\n{size} MB, sha256 {digest}, of commit {commit}",
        "离线包：{path}\n{size} MB，sha256 {digest}，提交 {commit}",
    ),
    "bundle-dirty": (
        "bundle: what is not committed is not in it",
        "离线包：未提交的改动不包含在内",
    ),
    "failed": ("set-up failed: {reason}", "安装失败：{reason}"),
    "waiting-setup": (
        "another set-up of this checkout is running; waiting",
        "本目录的另一个安装正在运行，等待中",
    ),
}


class Talk:
    """Says one line a call; ``language`` is ``zh`` or ``en``."""

    def __init__(self, language: str, stream: TextIO | None = None) -> None:
        self.language = language
        self._stream = stream

    def text(self, key: str, **values: object) -> str:
        """The text of ``key`` in this language; a missing key is a KeyError of ours."""
        english, chinese = TEXTS[key]
        return (chinese if self.language == "zh" else english).format(**values)

    def say(self, key: str, **values: object) -> None:
        """Write one line at once, so that a watcher of a pipe sees it now."""
        print(self.text(key, **values), file=self._stream or sys.stderr, flush=True)


def language_of(environ: Mapping[str, str] | None = None) -> str:
    """``zh`` when the locale for messages is Chinese, else ``en``; the POSIX order of variables."""
    environ = os.environ if environ is None else environ
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if environ.get(name):
            return "zh" if environ[name].lower().startswith("zh") else "en"
    return "en"
