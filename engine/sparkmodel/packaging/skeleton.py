"""What makes an archive a virtual environment: its launcher, its settings, its lock."""

from sparkmodel.packaging.target import Target

# `bin/python` is a script, not a link: the computer that builds the archive does not have the
# interpreter that runs it, and a wrong image or processor shall be one readable line in the log.
# With PYTHONHOME an interpreter that lives elsewhere finds its own standard library; the usual one
# finds it by `home` in pyvenv.cfg. Arguments of a probe: -I keeps the job's settings out of it.
_LAUNCHER = """\
#!/bin/bash
# Runs this computer's CPython @python@ as the virtual environment that this file is part of.
self="$(readlink -f -- "${BASH_SOURCE[0]}")"
environment="${self%/bin/*}"
here="$(uname -sm)"
if [ "$here" != "Linux @machine@" ]; then
  echo "sparkrail: this archive was built for Linux @machine@ but runs on $here:" \\
    "the EMR Serverless application and the archive need the same architecture" >&2
  exit 126
fi
if [ -x @interpreter@ ]; then
  exec -a "$environment/bin/python" @interpreter@ "$@"
fi
for python in "$SPARKRAIL_PYTHON" /usr/local/bin/python@python@; do
  [ -f "$python" ] && [ -x "$python" ] || continue
  probe='import sys; print(*sys.version_info[:2], sys.base_prefix + ":" + sys.base_exec_prefix)'
  read -r major minor home <<< "$(SPARKRAIL_PYTHON= "$python" -I -c "$probe")"
  if [ "$major.$minor" = "@python@" ]; then
    export PYTHONHOME="$home"
    exec -a "$environment/bin/python" "$python" "$@"
  fi
  echo "sparkrail: $python is not Python @python@" >&2
done
shopt -s nullglob
found=(/usr/bin/python3.? /usr/bin/python3.??)
echo "sparkrail: this archive needs CPython @python@ at @interpreter@, which is not there" \\
  "(found: ${found[*]:-none}). On EMR: is the release the one that the archive was built for?" \\
  "Elsewhere: export SPARKRAIL_PYTHON=/path/to/python@python@" >&2
exit 127
"""

LINKS = {"bin/python3": "python", "lib64": "lib"}


def site_packages(target: Target) -> str:
    """Where packages go in the archive, with a slash at the end."""
    return f"lib/python{target.python}/site-packages/"


def launcher(target: Target) -> str:
    """The script `bin/python`."""
    facts = {
        "@python@": target.python,
        "@machine@": target.machine,
        "@interpreter@": target.interpreter,
    }
    text = _LAUNCHER
    for name, value in facts.items():
        text = text.replace(name, value)
    return text


def settings(target: Target) -> str:
    """The file `pyvenv.cfg`.

    `version` and `architecture` tell a laptop of another kind what to rebuild from
    `requirements.lock`.
    """
    return (
        f"home = {target.interpreter.rpartition('/')[0]}\n"
        "include-system-site-packages = false\n"
        f"version = {target.python}\n"
        f"architecture = {target.architecture}\n"
    )
