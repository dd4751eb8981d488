"""An environment as a stage: all of its stacks, each deployed after those that it reads from."""

from collections.abc import Iterable

from aws_cdk import App, Environment, Stage
from constructs import Construct

from sparkmodel import Project
from sparkrail.jobs.shards import shards
from sparkrail.kafka.cluster import kafka_stacks
from sparkrail.names import Names
from sparkrail.network.network import network_stacks
from sparkrail.order import deploy_after
from sparkrail.packaging_assets.packages import Packages
from sparkrail.platform import Platform
from sparkrail.synthesis import chosen
from stacks.base import BaseStack
from stacks.control import ControlStack
from stacks.jobs import JobsStack
from stacks.kafka import KafkaStack
from stacks.lake import LakeStack
from stacks.network import NetworkStack


class PlatformStage(Stage):
    """The stacks of one environment."""

    def __init__(self, scope: Construct, *, project: Project, environment: str) -> None:
        config = project.environments[environment]
        account = Environment(account=config.account, region=config.region)
        super().__init__(scope, environment, env=account)
        names = Names(config)
        packages = Packages(project.jobs(config), tables=project.tables, topics=project.topics)
        base = BaseStack(self, names=names)
        control = ControlStack(self, names=names)
        lake = LakeStack(self, names=names, tables=project.tables)
        network = network_stacks(names, lambda: NetworkStack(self, names=names))
        kafka = kafka_stacks(names, lambda where: KafkaStack(self, names=names, workers=where))
        shared = [*network, lake, *kafka, control]
        platform = Platform.of(config, tables=project.tables, topics=project.topics)
        jobs = {
            (shard.team, shard.index): JobsStack(
                self, shard=shard, platform=platform, packages=packages
            )
            for shard in shards(project.jobs(config), platform)
        }
        deploy_after([base], shared)
        deploy_after(network, kafka)
        deploy_after([base, *shared], jobs.values())
        for (team, _), stack in jobs.items():
            deploy_after([jobs[team, stack.shard.parent]], [stack])


def build(app: App, project: Project, environments: Iterable[str] | None = None) -> App:
    """Make a stage for each environment.

    Args:
        app: Holds the stages.
        project: What the project's files say.
        environments: By name. Default: the one that was chosen, or all.

    Raises:
        ManifestError: Something is wrong with a job or an environment.
    """
    for environment in environments or chosen(app, project):
        PlatformStage(app, project=project, environment=environment)
    return app
