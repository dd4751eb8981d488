"""The laptop cloud: a cloud assembly in, a running pipeline out; no account, no Docker.

>>> from pathlib import Path
>>> from sparklaptop import Laptop
>>> laptop = Laptop(Path("/tmp/never-started"), account="111111111111", region="eu-west-1")
>>> laptop.status() is None
True
"""

from sparklaptop.answers import Archive, Deployment, Plan, Status
from sparklaptop.errors import LaptopError
from sparklaptop.laptop import Laptop

__all__ = ["Archive", "Deployment", "Laptop", "LaptopError", "Plan", "Status"]
