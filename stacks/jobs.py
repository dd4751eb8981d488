"""A team's jobs, or as many of them as one stack can hold."""

from functools import partial

from aws_cdk import Stack
from constructs import Construct

from sparkrail.jobs.batch import Batch
from sparkrail.jobs.extension import extend
from sparkrail.jobs.late import LateSynthesizer
from sparkrail.jobs.shards import Shard
from sparkrail.jobs.spark_job import SparkJob
from sparkrail.jobs.team import with_team
from sparkrail.packaging_assets.packages import Packages
from sparkrail.packaging_assets.shelf import TeamShelf
from sparkrail.platform import Platform
from sparkrail.settings import stack_settings


class JobsStack(Stack):
    """Jobs of a team, and in its first shard what they share."""

    def __init__(
        self, scope: Construct, *, shard: Shard, platform: Platform, packages: Packages
    ) -> None:
        names, team = platform.names, shard.team
        settings = stack_settings(shard.stack, f"Jobs of team {team}", names=names, team=team)
        synthesizer = LateSynthesizer(bucket_prefix=names.assets_prefix(team))
        super().__init__(
            scope,
            shard.stack,
            synthesizer=synthesizer,
            suppress_template_indentation=True,
            **settings,
        )
        self.shard = shard
        shelf = TeamShelf(self, synthesizer, names=names, team=team)
        platform = with_team(self, shard=shard, platform=platform)
        batch = Batch(self, "Jobs", late=synthesizer)
        pipeline = partial(SparkJob, self, platform=platform, shelf=shelf, batch=batch)
        for job in shard.jobs:
            extend(pipeline(id_=job.name, job=job, files=packages[job.name]))
        batch.make()
