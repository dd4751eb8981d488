"""A StartJobRun request, read: its Spark settings and what it asks of the application."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import botocore.session
from botocore.model import Shape

from sparklaptop.recase import recase
from sparklaptop.untyped import Json

Request = Mapping[str, Any]
_MERGES_FROM = (8, 1)


@lru_cache(maxsize=1)
def _shape() -> Shape | None:
    model = botocore.session.get_session().get_service_model("emr-serverless")
    return model.operation_model("StartJobRun").input_shape


def normalised(request: Request) -> Request:
    """A request in the API's own spelling, also when it is spelled as in a state machine."""
    found: Request = recase(dict(request), _shape(), upper=False)
    return found


@dataclass(frozen=True, kw_only=True)
class Submission:
    """What spark-submit is told: settings, other options in their order, the entry point."""

    conf: Mapping[str, str]
    options: tuple[str, ...]
    entry_point: str
    arguments: tuple[str, ...]


def submission(request: Request, application: Mapping[str, Any]) -> Submission:
    """The effective settings of a run.

    Precedence: --conf, then the request's spark-defaults, then the application's. Before
    emr-spark-8.1 the request's spark-defaults replace the application's, from then on they merge
    (EMR Serverless guide, default configurations).

    Raises:
        ValueError: The parameters hold what EMR Serverless refuses.
    """
    spark = request["jobDriver"]["sparkSubmit"]
    overrides = request.get("configurationOverrides") or {}
    own = dict(_defaults(overrides.get("applicationConfiguration")))
    shared = dict(_defaults(application.get("runtimeConfiguration")))
    merges = not own or _merges(str(application["releaseLabel"]))
    conf, options = {**(shared if merges else {}), **own}, []
    words = iter(shlex.split(spark.get("sparkSubmitParameters") or ""))
    for word in words:
        if word in ("--conf", "-c"):
            key, _, value = next(words, "").partition("=")
            conf[key] = value
        elif word == "--archives":
            conf["spark.archives"] = next(words, "")
        elif word in ("--verbose", "-v"):
            options.append(word)
        elif word.startswith("--"):
            options += [word, next(words, "")]
        else:
            raise ValueError(f"sparkSubmitParameters: {word!r} stands where an option must")
    for forbidden in ("spark.master", "spark.submit.deployMode"):
        if forbidden in conf:
            raise ValueError(f"{forbidden} must not be set on EMR Serverless")
    if "--master" in options or "--deploy-mode" in options:
        raise ValueError("--master and --deploy-mode must not be set on EMR Serverless")
    return Submission(
        conf=conf,
        options=tuple(options),
        entry_point=spark["entryPoint"],
        arguments=tuple(spark.get("entryPointArguments") or ()),
    )


def _defaults(configurations: Json) -> Iterator[tuple[str, str]]:
    for one in configurations or []:
        if one.get("classification") == "spark-defaults":
            yield from (one.get("properties") or {}).items()


def _merges(label: str) -> bool:
    if not label.startswith("emr-spark-"):
        return False
    major, minor = label.removeprefix("emr-spark-").split(".")[:2]
    return (int(major), int(minor)) >= _MERGES_FROM
