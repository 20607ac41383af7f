"""Makes the package of aeterna.py: the two calls that pip makes (PEP 517), with the standard library alone."""
import base64
import hashlib
import io
import os
import re
import tarfile
import zipfile

_HERE = os.path.dirname(os.path.abspath(__file__))
_SOURCES = ["aeterna.py", "build_wheel.py", "pyproject.toml", "README.md"]


def _read(name):
    with open(os.path.join(_HERE, name), encoding="utf-8") as file:
        return file.read()


def _project():
    return dict(re.findall(r'^([a-z-]+) = "(.*)"$', _read("pyproject.toml").split("\n[project]\n")[1], re.MULTILINE))


def _metadata():
    said = _project()
    return (
        "Metadata-Version: 2.1\nName: {name}\nVersion: {version}\nSummary: {description}\nAuthor: The Aeterna authors\n"
        "License: {license}\nRequires-Python: {requires-python}\nDescription-Content-Type: text/markdown\n\n"
    ).format(**said) + _read(said["readme"])


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    named = "{name}-{version}".format(**_project())
    info = named + ".dist-info/"
    files = {
        "aeterna.py": _read("aeterna.py"),
        info + "METADATA": _metadata(),
        info + "WHEEL": "Wheel-Version: 1.0\nGenerator: aeterna\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = ""
    for name, text in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip("=")
        record += "%s,sha256=%s,%d\n" % (name, digest, len(text.encode()))
    files[info + "RECORD"] = record + info + "RECORD,,\n"
    wheel = named + "-py3-none-any.whl"
    with zipfile.ZipFile(os.path.join(wheel_directory, wheel), "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(zipfile.ZipInfo(name), text)  # without the time, so that the same source makes the same file
    return wheel


def build_sdist(sdist_directory, config_settings=None):
    named = "{name}-{version}".format(**_project())
    with tarfile.open(os.path.join(sdist_directory, named + ".tar.gz"), "w:gz") as archive:
        for name, text in [(name, _read(name)) for name in _SOURCES] + [("PKG-INFO", _metadata())]:
            item = tarfile.TarInfo("%s/%s" % (named, name))
            item.size = len(text.encode())
            archive.addfile(item, io.BytesIO(text.encode()))
    return named + ".tar.gz"
