#!/usr/bin/env python3
"""Builds the wheel: the package, the bindings generated from the library, and the library.

    build_wheel.py --library target/phone/libriposte_bindings.so --api target/debug/libriposte_bindings.so \\
        --bindgen target/debug/uniffi-bindgen --out dist

Nothing but Python's own library is needed, here and where the wheel is installed. The bindings are
read from the library, or from the one named with ``--api`` when it was built for phones or is stripped;
with ``--strip`` the copy in the wheel is stripped.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import re
import subprocess
import sysconfig
import tempfile
import zipfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
WORKSPACE = HERE.parents[1]


def generated(bindgen: str, library: Path, folder: Path) -> str:
    """The module that calls the library. It is called as the crate is; here it is private."""
    config = WORKSPACE / "bindings" / "uniffi.toml"
    command = [bindgen, "generate", "--language", "python", "--no-format", "-c", str(config), "--out-dir", str(folder), str(library)]
    # The generator asks cargo for the workspace it belongs to.
    subprocess.run(command, check=True, cwd=WORKSPACE, stdout=subprocess.DEVNULL)
    return in_python((folder / "riposte.py").read_text("utf-8"))


def in_python(code: str) -> str:
    """The generated code with docstrings that name things as Python does, and without examples in Rust."""
    code = re.sub(r"\n *```.*?```(?=\n)", "", code, flags=re.S)
    code = re.sub(r"\[`([^`\]]+)`\](?:\([^)\n]*\))?", lambda link: f"`{python_name(link[1])}`", code)
    return re.sub(r"`(\w+(?:::\w+)+)`", lambda name: f"`{python_name(name[1])}`", code)


def python_name(path: str) -> str:
    """`Decision::Edit` is `Decision.EDIT`; errors keep their names, methods lose the `Self`."""
    parts = [part for part in path.split("::") if part not in ("crate", "super", "Self", "self", "facade", "model", "rules")]
    owner, last = parts[:-1], parts[-1]
    if owner == ["Error"]:
        owner = ["RiposteError"]
    elif owner and owner[-1] != "SecretError" and re.fullmatch(r"[A-Z]\w*", last):
        last = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", last).upper()
    return ".".join([*owner, last])


def version() -> str:
    found = re.search(r'^\[workspace\.package\]\nversion = "([^"]+)"', (WORKSPACE / "Cargo.toml").read_text("utf-8"), re.M)
    assert found, "the workspace has no version"
    return found[1]


def platform_tag() -> str:
    return re.sub(r"[-.]", "_", sysconfig.get_platform())


def build(library: Path, api: Path, bindgen: str, out: Path, strip: bool) -> Path:
    number = version()
    tag = f"py3-none-{platform_tag()}"
    info = f"riposte-{number}.dist-info"
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        core = generated(bindgen, api, folder)
        native = library.read_bytes()
        if strip:
            stripped = folder / library.name
            subprocess.run(["strip", "-o", str(stripped), str(library)], check=True)
            native = stripped.read_bytes()
    files: dict[str, bytes] = {f"riposte/{path.name}": path.read_bytes() for path in sorted((HERE / "riposte").glob("*")) if path.is_file()}
    files["riposte/_core.py"] = core.encode()
    files["riposte/samples/__init__.py"] = b'"""Run one with `python -m riposte.samples.answer`."""\n'
    files["riposte/samples/answer.py"] = (HERE / "samples" / "answer.py").read_bytes()
    files[f"riposte/{library.name}"] = native
    readme = (HERE / "README.md").read_text("utf-8")
    files[f"{info}/METADATA"] = (
        f"Metadata-Version: 2.1\nName: riposte\nVersion: {number}\nSummary: The core of a phone app for customer conversations.\n"
        f"License: Apache-2.0\nRequires-Python: >=3.10\nDescription-Content-Type: text/markdown\n\n{readme}"
    ).encode()
    files[f"{info}/WHEEL"] = f"Wheel-Version: 1.0\nGenerator: riposte\nRoot-Is-Purelib: false\nTag: {tag}\n".encode()
    record = "".join(f"{name},sha256={digest(content)},{len(content)}\n" for name, content in files.items())
    files[f"{info}/RECORD"] = (record + f"{info}/RECORD,,\n").encode()

    out.mkdir(parents=True, exist_ok=True)
    wheel = out / f"riposte-{number}-{tag}.whl"
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED, compresslevel=6 if strip else 1) as archive:
        for name, content in files.items():
            # One instant for all, so that the same files make the same wheel.
            entry = zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0))
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            archive.writestr(entry, content)
    return wheel


def digest(content: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--library", type=Path, required=True)
    arguments.add_argument("--api", type=Path)
    arguments.add_argument("--bindgen", required=True)
    arguments.add_argument("--out", type=Path, required=True)
    arguments.add_argument("--strip", action="store_true")
    asked = arguments.parse_args()
    print(build(asked.library, asked.api or asked.library, asked.bindgen, asked.out, asked.strip))
