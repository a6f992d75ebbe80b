#!/usr/bin/env python3
"""Writes the XML profiles of this folder from the shapes, and index.json.

    profiles.py xml      every file that is not signed or converted by make.sh
    profiles.py index    index.json, from the table in table.py and the files

A line @@data FILE KIND WIDTH@@ of a shape becomes the Base64 of a file: as it is
(raw), or of the certificate in PEM turned into DER (der). Lines have WIDTH letters
and the indentation of the placeholder; 0 is one line.
"""
import base64
import json
import re
import subprocess
import sys
from pathlib import Path

from table import FILES

HERE = Path(__file__).parent


def content(name, kind):
    path = Path(name)
    if kind == "der":
        return subprocess.run(["openssl", "x509", "-in", str(path), "-outform", "DER"], check=True, capture_output=True).stdout
    return path.read_bytes()


def fill(match):
    indent, name, kind, width = match.group(1), match.group(2), match.group(3), int(match.group(4))
    text = base64.b64encode(content(name, kind)).decode()
    if width == 0:
        return indent + text
    return "\n".join(indent + text[i:i + width] for i in range(0, len(text), width))


def render(f):
    text = (HERE / "shapes" / (f["shape"] + ".xml")).read_text()
    for old, new in f.get("edits", []):
        if text.count(old) < 1:
            sys.exit(f'{f["file"]}: {old!r} is not in the shape')
        text = text.replace(old, new, 1)
    text = re.sub(r"([ \t]*)@@data (\S+) (\S+) (\d+)@@", fill, text)
    return f.get("finish", lambda t: t)(text)


def source(f):
    """What is in the file, as text: what was signed, where it is signed."""
    return f["text"] if "text" in f else render(f)


def write(f):
    data = source(f)
    data = data.encode("utf-8") if isinstance(data, str) else data
    folder = Path("work" if f.get("made") else ".")
    (folder / f["file"]).write_bytes(data)


def line_of(text, marker):
    """~TEXT: where a text stands. KEY or KEY#n: the value of its nth occurrence.
    =KEY: the key itself. ^KEY: the dictionary that it is in."""
    if marker is None:
        return 0
    if isinstance(marker, int):
        return marker
    if marker.startswith("~"):
        return text[:text.index(marker[1:])].count("\n") + 1
    sign = marker[0] if marker[0] in "^=" else ""
    key, _, nth = marker.lstrip("^=").partition("#")
    found = [m for m in re.finditer(r"<key>" + re.escape(key) + r"</key>", text)]
    m = found[int(nth or 1) - 1]
    if sign == "=":
        return text[:m.start()].count("\n") + 1
    if sign == "^":
        depth = 0
        for d in reversed(list(re.finditer(r"<dict>|</dict>", text[:m.start()]))):
            depth += 1 if d.group() == "</dict>" else -1
            if depth < 0:
                return text[:d.start()].count("\n") + 1
    rest = re.compile(r"(?:\s|<!--.*?-->)*", re.S).match(text, m.end())
    return text[:rest.end()].count("\n") + 1


def row(f):
    data = source(f)
    text = data if isinstance(data, str) else data.decode(f.get("encoding", "utf-8"), errors="replace")
    out = {"file": f["file"], "shape": f["shape"], "about": f["about"], "ios": f.get("ios", 15), "for": f.get("for", "manual")}
    for key in ("auth", "mailbox", "password", "roots", "cas"):
        if f.get(key):
            out[key] = f[key]
    out["expect"] = []
    for check, status, value, message, marker in f["expect"]:
        e = {"check": check, "status": status}
        if value:
            e["value"] = value
        e["message"] = message
        line = 0 if f.get("binary") else line_of(text, marker)
        if line:
            e["line"] = line
        out["expect"].append(e)
    if "prompts" in f:
        out["prompts"] = f["prompts"]
    return out


if sys.argv[1] == "xml":
    for f in FILES:
        write(f)
else:
    rows = [row(f) for f in FILES]
    Path("index.json").write_text(json.dumps(rows, indent=1, ensure_ascii=False) + "\n")
