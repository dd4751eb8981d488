"""The certificate of the brokers, made here, and the stores in which Java looks for it.

Nothing of it protects anything: the listener is on 127.0.0.1. It is there so that a job's options
(SASL_SSL) are those that it has on AWS.
"""

from __future__ import annotations

import contextlib
import ipaddress
import os
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from sparklaptop.ports import HOST

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

PASSWORD = "sparkrail"
_DAYS = 3650
_BITS = 2048
_BEGIN = b"-----BEGIN CERTIFICATE-----"
_NAME = "sparkrail laptop cloud"


@dataclass(frozen=True)
class Stores:
    """Where they are.

    Args:
        folder: Of all of them.
    """

    folder: Path

    @property
    def certificate(self) -> Path:
        """What a client must trust, as PEM."""
        return self.folder / "certificate.pem"

    @property
    def key_store(self) -> Path:
        """The brokers' key and certificate, as PKCS12."""
        return self.folder / "key.p12"

    @property
    def trust_store(self) -> Path:
        """What a JVM trusts, as PKCS12: this certificate, and the usual authorities."""
        return self.folder / "trust.p12"

    @property
    def is_there(self) -> bool:
        """Whether they have been made; the certificate is written last."""
        return self.certificate.is_file()

    def make(self) -> None:
        """Make them, unless they are there."""
        if self.is_there:
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        key_store, trust_store, certificate = _made()
        _write(self.key_store, key_store)
        _write(self.trust_store, trust_store)
        _write(self.certificate, certificate)

    def jvm_flags(self) -> tuple[str, ...]:
        """The start flags of a JVM that trusts it; none if there is nothing to trust."""
        if not self.is_there:
            return ()
        prefix = "-Djavax.net.ssl.trustStore"
        return (
            f"{prefix}={self.trust_store}",
            f"{prefix}Password={PASSWORD}",
            f"{prefix}Type=PKCS12",
        )


def stores(state: Path) -> Stores:
    """Those of a laptop cloud.

    Args:
        state: Its folder.
    """
    return Stores(state / "kafka" / "tls")


def _write(path: Path, content: bytes) -> None:
    part = path.with_suffix(".part")
    # Readable by its owner alone, from the moment on which it is there.
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as stream:
        stream.write(content)
    part.replace(path)


def _readable(bundle: bytes, read: Callable[[bytes], Certificate]) -> Iterator[Certificate]:
    """The certificates of a bundle, less those that are not as the standard has them."""
    with warnings.catch_warnings():
        # Some old authorities have a serial number that is none.
        warnings.simplefilter("error")
        for part in bundle.split(_BEGIN)[1:]:
            with contextlib.suppress(ValueError, Warning):
                yield read(_BEGIN + part)


def _made() -> tuple[bytes, bytes, bytes]:
    # A third of a second that only clusters cost.
    from botocore.httpsession import get_cert_path  # noqa: PLC0415
    from cryptography import x509  # noqa: PLC0415
    from cryptography.hazmat.primitives import hashes, serialization  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric import rsa  # noqa: PLC0415
    from cryptography.hazmat.primitives.serialization import pkcs12  # noqa: PLC0415
    from cryptography.x509.oid import NameOID  # noqa: PLC0415

    key = rsa.generate_private_key(public_exponent=65537, key_size=_BITS)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, _NAME)])
    now = datetime.now(UTC)
    addresses = x509.SubjectAlternativeName(
        [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address(HOST))]
    )
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=_DAYS))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(addresses, critical=False)
        .sign(key, hashes.SHA256())
    )
    secret = serialization.BestAvailableEncryption(PASSWORD.encode())
    # A job may speak to others by TLS too: whom Python trusts, its JVM does as well.
    usual = _readable(Path(str(get_cert_path(True))).read_bytes(), x509.load_pem_x509_certificate)
    trusted = [
        pkcs12.PKCS12Certificate(each, f"{number}".encode())
        for number, each in enumerate([certificate, *usual])
    ]
    return (
        pkcs12.serialize_key_and_certificates(b"broker", key, certificate, None, secret),
        pkcs12.serialize_java_truststore(trusted, secret),
        certificate.public_bytes(serialization.Encoding.PEM),
    )
