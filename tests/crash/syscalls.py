# SPDX-License-Identifier: Apache-2.0
"""Reads a trace of file system calls and keeps account of what a power loss would leave.

A file's bytes are durable up to its last fsync; a name (made by open, link, rename, mkdir) is
durable once its directory was synced after it. Paths below `root` alone are followed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

TRACED = (
    "openat,creat,write,pwrite64,writev,pwritev,ftruncate,fsync,fdatasync,rename,renameat,"
    "renameat2,link,linkat,unlink,unlinkat,mkdir,mkdirat,rmdir,ioctl,copy_file_range"
)

_LINE = re.compile(r"^(?:\d+\s+)?(\w+)\((.*)\)\s+= (-?\d+)(?:<(.*?)>)?")
_UNFINISHED = re.compile(r"^(\d+)\s+(\w+)\((.*) <unfinished \.\.\.>$")
_RESUMED = re.compile(r"^(\d+)\s+<\.\.\. (\w+) resumed>(.*)$")
_FD_PATH = re.compile(r"^\d+<([^>]*)>")
_STRING = re.compile(r'"((?:[^"\\]|\\.)*)"')


@dataclass
class File:
    """One inode: how far its bytes are written, and how far synced."""

    dirty: bool = False
    size: int = 0
    synced_size: int = 0


@dataclass
class Account:
    """What is on disk by now, and what of it is durable."""

    root: Path
    files: dict[str, File] = field(default_factory=dict)  # by present path
    unsynced_names: set[str] = field(default_factory=set)

    def dirty_below(self, folder: Path) -> list[str]:
        """Paths below a folder whose bytes or names a power loss would take."""
        prefix = f"{folder}/"
        bad = [p for p, f in self.files.items() if f.dirty and p.startswith(prefix)]
        return sorted(bad + [p for p in self.unsynced_names if p.startswith(prefix)])

    def apply(self, name: str, args: str, result: str | None) -> None:
        strings = _STRING.findall(args)
        fd = _FD_PATH.match(args)
        if name in ("openat", "creat"):
            self._open(result, args)
        elif name in ("write", "writev", "pwrite64", "pwritev", "copy_file_range", "ioctl"):
            self._write(name, args, fd)
        elif name == "ftruncate" and fd:
            if file := self._file(fd[1]):
                file.dirty = True
        elif name in ("fsync", "fdatasync") and fd:
            self._sync(fd[1])
        elif name.startswith("rename"):
            self._move(strings[0], strings[-1])
        elif name.startswith("link"):
            self._link(strings[0], strings[-1])
        elif name.startswith("unlink") or name == "rmdir":
            self.files.pop(strings[-1], None)
            self.unsynced_names.discard(strings[-1])
        elif name.startswith("mkdir"):
            self._name(strings[-1])

    def _inside(self, path: str) -> bool:
        return path.startswith(f"{self.root}/")

    def _file(self, path: str) -> File | None:
        return self.files.setdefault(path, File()) if self._inside(path) else None

    def _name(self, path: str) -> None:
        if self._inside(path):
            self.unsynced_names.add(path)

    def _open(self, result: str | None, args: str) -> None:
        if result is None or not self._inside(result) or "O_CREAT" not in args:
            return
        if result not in self.files:
            self.files[result] = File()
            self._name(result)
        if "O_TRUNC" in args:
            self.files[result] = File(dirty=True)

    def _write(self, name: str, args: str, fd: re.Match[str] | None) -> None:
        if name == "ioctl" and "FICLONE" not in args:
            return
        if fd and (file := self._file(fd[1])):
            file.dirty = True

    def _sync(self, path: str) -> None:
        if path in self.files:
            self.files[path].dirty = False
        folder = path
        self.unsynced_names = {n for n in self.unsynced_names if str(Path(n).parent) != folder}

    def _move(self, old: str, new: str) -> None:
        if self._inside(new):
            self.files[new] = self.files.pop(old, File())
            self.unsynced_names.discard(old)
            self._name(new)

    def _link(self, old: str, new: str) -> None:
        if self._inside(new):
            # Two names of one inode: what is synced through one is synced for both.
            self.files[new] = self.files.get(old, File())
            self._name(new)


def calls(trace: Path) -> list[tuple[str, str, int, str | None]]:
    """Finished calls in the order of their ends: name, arguments, result, path of a new fd."""
    pending: dict[str, str] = {}
    out = []
    for line in trace.read_text(errors="replace").splitlines():
        if m := _UNFINISHED.match(line):
            pending[m[1]] = m[3]
            continue
        if m := _RESUMED.match(line):
            line = f"{m[1]} {m[2]}({pending.pop(m[1], '')}{m[3]}"
        if m := _LINE.match(line):
            out.append((m[1], m[2], int(m[3]), m[4]))
    return out
