"""The Python prompt of `sparkrail shell`, in a process of its own."""

import code
import contextlib
import sys

BANNER = """\
Python {version}, Spark {spark}. Here are:
  run    what {job}'s main receives: run.read_csv(...), run.table(...), run.args
  spark  the session: spark.sql("show tables in lake...")
Ctrl-D ends it."""


def main(arguments: list[str]) -> None:
    """Open the run that the arguments describe and talk about it.

    Args:
        arguments: The job's main.py and its command line.
    """
    from sparkjob.entry import open_run  # noqa: PLC0415  starts no JVM, but imports pyspark

    with contextlib.suppress(ImportError):  # some Pythons come without line editing
        import readline  # noqa: F401, PLC0415
    sys.argv = arguments
    run = open_run(arguments[1:])
    names = {"run": run, "spark": run.spark}
    version = ".".join(map(str, sys.version_info[:3]))
    job = arguments[arguments.index("--job") + 1] if "--job" in arguments else "the job"
    try:
        banner = BANNER.format(version=version, spark=run.spark.version, job=job)
        code.interact(banner, local=names, exitmsg="")
    finally:
        run.spark.stop()


if __name__ == "__main__":
    main(sys.argv[1:])
