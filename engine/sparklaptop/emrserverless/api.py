"""The EMR Serverless API of the laptop cloud, in the place of moto's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote

from moto.core.responses import ActionResult, EmptyResult, PaginatedResult
from moto.emrserverless import responses as moto_responses
from moto.emrserverless import urls as moto_urls

from sparklaptop.emrserverless.applications import Application
from sparklaptop.emrserverless.changes import Changes
from sparklaptop.emrserverless.problems import ConflictError, NotFoundError
from sparklaptop.emrserverless.runner import Runner
from sparklaptop.emrserverless.runs import JobRun
from sparklaptop.emrserverless.settings import Settings
from sparklaptop.emrserverless.shelf import Shelf
from sparklaptop.state.rows import Rows

_PATHS = (
    "/applications",
    "/applications/(?P<applicationId>[^/]+)",
    "/applications/(?P<applicationId>[^/]+)/start",
    "/applications/(?P<applicationId>[^/]+)/stop",
    "/applications/(?P<applicationId>[^/]+)/jobruns",
    "/applications/(?P<applicationId>[^/]+)/jobruns/(?P<jobRunId>[^/]+)",
    "/applications/(?P<applicationId>[^/]+)/jobruns/(?P<jobRunId>[^/]+)/attempts",
    "/tags/(?P<resourceArn>.+)",
)


class Service:
    """All applications of this laptop cloud, by Region.

    Args:
        settings: How runs are run.
        runner: Runs them.
        rows: Where applications and runs are kept.
    """

    def __init__(self, settings: Settings, runner: Runner, rows: Rows) -> None:
        self._settings = settings
        self._runner = runner
        self._shelf = Shelf(rows)
        self.changes = Changes()
        self._applications: dict[str, tuple[str, Application]] = {}
        self.cut_off: list[JobRun] = []
        self.closed = False

    def create(self, region: str, description: dict[str, Any]) -> Application:
        """CreateApplication: a token seen before gives its application again."""
        for application in self.list(region):
            token = description.get("clientToken")
            if token and application.token == token and application.state != "TERMINATED":
                return application
        application = self._made(region, description)
        application.keep()
        self._applications[application.id] = (region, application)
        return application

    def _made(self, region: str, description: Mapping[str, Any]) -> Application:
        base = f"arn:aws:emr-serverless:{region}:{self._settings.account}:/applications/"
        return Application(
            description=description,
            arn_base=base,
            runner=self._runner,
            settings=self._settings,
            shelf=self._shelf,
            changes=self.changes,
        )

    def restore(self) -> None:
        """Be again what was kept. Runs that were alive have FAILED: `cut_off` has them.

        Their processes were ended before; their status events are still to be emitted.
        """
        for content in self._shelf.applications():
            region = str(content["arn"]).split(":")[3]
            application = self._made(region, content["_description"])
            self.cut_off += application.put_back(content)
            self._applications[application.id] = (region, application)

    def find(self, region: str, identity: str) -> Application:
        """An application.

        Raises:
            NotFoundError: There is no such application in that Region.
        """
        place, application = self._applications.get(identity, ("", None))
        if application is None or place != region:
            raise NotFoundError(f"Application {identity} does not exist")
        return application

    def wait(self, application: str, run: str, seconds: float) -> bool:
        """Wait so long for the end of a run; whether it has ended."""
        return self._applications[application][1].runs[run].ended.wait(seconds)

    def tags(self, region: str, identity: str) -> Mapping[str, str]:
        """The tags of an application; none if there is no such application."""
        place, application = self._applications.get(identity, ("", None))
        if application is None or place != region:
            return {}
        tags: Mapping[str, str] = application.describe().get("tags") or {}
        return tags

    def list(self, region: str) -> Iterator[Application]:
        """The applications of a Region."""
        for place, application in list(self._applications.values()):
            if place == region:
                yield application

    def close(self) -> None:
        """End every run that is alive, and take no other: a machine would start its next try."""
        self.closed = True
        for _, application in self._applications.values():
            application.cancel_all("The laptop cloud was stopped")

    def busy(self) -> int:
        """How many runs are alive."""
        return sum(
            not run.over for _, one in self._applications.values() for run in one.runs.values()
        )


def _api(service: Service) -> type[Any]:
    class Api(moto_responses.EMRServerlessResponse):  # type: ignore[misc]
        """Answers requests; parsing and serializing are moto's, after botocore's model."""

        def _application(self) -> Application:
            return service.find(self.region, self._get_param("applicationId"))

        def _given(self) -> dict[str, Any]:
            return {name: value for name, value in self._get_params().items() if value is not None}

        def create_application(self) -> ActionResult:
            made = service.create(self.region, self._given())
            name = made.describe().get("name")
            return ActionResult({"applicationId": made.id, "name": name, "arn": made.arn})

        def get_application(self) -> ActionResult:
            return ActionResult({"application": self._application().describe()})

        def list_applications(self) -> ActionResult:
            states = self._get_param("states", [])
            found = [one.summary() for one in service.list(self.region)]
            return PaginatedResult(
                {"applications": [one for one in found if not states or one["state"] in states]}
            )

        def update_application(self) -> ActionResult:
            application = self._application()
            application.update(self._given())
            return ActionResult({"application": application.describe()})

        def start_application(self) -> ActionResult:
            self._application().start()
            return EmptyResult()

        def stop_application(self) -> ActionResult:
            self._application().stop()
            return EmptyResult()

        def delete_application(self) -> ActionResult:
            self._application().delete()
            return EmptyResult()

        def start_job_run(self) -> ActionResult:
            application = self._application()
            if service.closed:
                raise ConflictError("The laptop cloud is being stopped")
            run = application.submit({**self._given(), "applicationId": application.id})
            return ActionResult(
                {"applicationId": application.id, "jobRunId": run.id, "arn": run.arn}
            )

        def get_job_run(self) -> ActionResult:
            run = self._application().find(self._get_param("jobRunId"))
            return ActionResult({"jobRun": run.describe()})

        def cancel_job_run(self) -> ActionResult:
            application = self._application()
            grace = self._get_param("shutdownGracePeriodInSeconds")
            run = application.cancel(
                self._get_param("jobRunId"), float(grace) if grace is not None else None
            )
            return ActionResult({"applicationId": application.id, "jobRunId": run.id})

        def list_job_runs(self) -> ActionResult:
            runs = self._application().list(
                states=frozenset(self._get_param("states", [])),
                after=self._get_param("createdAtAfter"),
                before=self._get_param("createdAtBefore"),
            )
            return PaginatedResult({"jobRuns": [run.summary() for run in runs]})

        def list_job_run_attempts(self) -> ActionResult:
            run = self._application().find(self._get_param("jobRunId"))
            return PaginatedResult({"jobRunAttempts": run.attempts()})

        def _tagged(self) -> Application:
            arn = unquote(str(self._get_param("resourceArn")))
            return service.find(self.region, arn.rsplit("/", 1)[-1])

        def tag_resource(self) -> ActionResult:
            self._tagged().set_tags(self._get_param("tags", {}))
            return EmptyResult()

        def untag_resource(self) -> ActionResult:
            self._tagged().set_tags({}, tuple(self._get_param("tagKeys", [])))
            return EmptyResult()

        def list_tags_for_resource(self) -> ActionResult:
            return ActionResult({"tags": self._tagged().describe().get("tags", {})})

    return Api


def install(settings: Settings, runner: Runner, rows: Rows) -> Service:
    """Answer the EMR Serverless API instead of moto, before its first request."""
    service = Service(settings, runner, rows)
    api = _api(service)
    moto_urls.url_paths.clear()
    moto_urls.url_paths.update({f"{{0}}{path}$": api.dispatch for path in _PATHS})
    return service
