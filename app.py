"""The CDK app: a stage with the stacks of each environment in config/."""

import sys
from pathlib import Path

from sparkmodel import ManifestError, load_project
from sparkrail.synthesis import new_app
from stacks.platform import build

ROOT = Path(__file__).parent


def main() -> int:
    """Write the cloud assembly; say what is wrong with the project's files, if anything is."""
    try:
        build(new_app(ROOT), load_project(ROOT)).synth()
    except ManifestError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
