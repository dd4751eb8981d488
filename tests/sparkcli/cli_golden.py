"""Commands and what they print, word for word, in one text file.

SPARKRAIL_GOLDEN=write writes the answers anew; review them like code.
"""

import os
import re
import shlex


def compare(path, sparkrail, folder, varies):
    """Run the commands of a file again; what they print is what it says.

    Args:
        path: The file; a line that begins with $ is a command.
        sparkrail: Runs one.
        folder: Of the test; its name is not compared.
        varies: By pattern, what stands for what is never twice the same.
    """
    calls = [line for line in path.read_text().splitlines() if line.startswith("$ ")]
    assert calls, f"{path} has no line that begins with $"

    printed = "".join(_answer(sparkrail, call, folder, varies) for call in calls)

    if os.environ.get("SPARKRAIL_GOLDEN") == "write":
        path.write_text(printed)
    assert printed == path.read_text()


def _answer(sparkrail, call, folder, varies):
    ended = sparkrail(*shlex.split(call)[2:])
    # What takes over a second is announced, and that depends on what else this computer does.
    told = [line for line in ended.err.splitlines() if not line.endswith(" ...")]
    lines = [call, *ended.out.splitlines(), *(f"! {line}" for line in told)]
    text = "\n".join(line.rstrip() for line in [*lines, f"[exit {ended.code}]", "", ""])
    text = text.replace(str(folder), "FOLDER")
    for pattern, word in varies.items():
        text = re.sub(pattern, word, text, flags=re.MULTILINE)
    return text
