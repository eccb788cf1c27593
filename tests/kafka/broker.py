"""A real Apache Kafka broker (KRaft, one node) for the tests, in a temporary folder on free loopback ports.

Its jars come from Maven by the pom beside this file and are kept in the user's cache folder, so that only the first run
fetches them. `start` may be called again after `kill`: the data folder stays. The broker ends with the thread that
started it, so that none is left behind when the tests are killed.
"""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from cli.embedded.child import Child

HERE = Path(__file__).parent
CLUSTER_ID = "R291amktS1JhZnQtMDAwMQ"
START_SECONDS = 90.0
STOP_SECONDS = 30.0
RESOLVE_SECONDS = 300.0

PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
controller.listener.names=CONTROLLER
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs={data}
auto.create.topics.enable=false
group.initial.rebalance.delay.ms=0
offsets.topic.replication.factor=1
offsets.topic.num.partitions=8
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=8
num.recovery.threads.per.data.dir=2
broker.session.timeout.ms=2000
broker.heartbeat.interval.ms=500
"""


@dataclass(frozen=True)
class Broker:
    """A running broker of either kind. `kill_and_restart` is kill -9 and a start over the same data."""

    name: str
    servers: str
    kill_and_restart: Callable[[], None]


class KafkaNotToBeHad(Exception):
    """Apache Kafka cannot be started here; the message says what is missing."""


def _cache() -> Path:
    root = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(root) / "gouji-tests" / "kafka-4.1.1"


def resolve_jars() -> Path:
    """The folder with the broker's jars. Raises `KafkaNotToBeHad` where Java or Maven is missing or cannot resolve."""
    jars = _cache()
    if (jars / ".complete").exists():
        return jars
    if not shutil.which("java") or not shutil.which("mvn"):
        raise KafkaNotToBeHad("Apache Kafka needs Java 17 and Maven (Debian: openjdk-17-jre-headless maven)")
    jars.mkdir(parents=True, exist_ok=True)
    command = ["mvn", "-q", "-B", "-f", str(HERE / "pom.xml"), "dependency:copy-dependencies"]
    command += ["-DincludeScope=runtime", f"-DoutputDirectory={jars}"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=RESOLVE_SECONDS, check=False)
    if done.returncode != 0:
        raise KafkaNotToBeHad(f"Maven cannot resolve tests/kafka/pom.xml: {done.stdout[-300:]}")
    (jars / ".complete").touch()
    return jars


def free_port() -> int:
    """A loopback port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class KafkaBroker:
    """One Apache Kafka broker under the control of a test."""

    def __init__(self, folder: Path, *, lasting: bool = False) -> None:
        """`lasting` compiles all it can, which pays only where the broker runs for minutes."""
        self._options = ["-Xms128m", "-Xmx512m", "-XX:+UseSerialGC", *([] if lasting else ["-XX:TieredStopAtLevel=1"])]
        self._jars = resolve_jars()
        self.port = free_port()
        self.servers = f"127.0.0.1:{self.port}"
        properties = folder / "server.properties"
        text = PROPERTIES.format(port=self.port, controller=free_port(), data=folder / "data")
        properties.write_text(text, encoding="utf-8")
        command = self._command("kafka.Kafka", str(properties))
        self._child = Child("apache-kafka", command, folder / "broker.log", os.environ)
        format_command = self._command("kafka.tools.StorageTool", "format", "-t", CLUSTER_ID, "-c", str(properties))
        subprocess.run(format_command, check=True, capture_output=True, timeout=60)

    def _command(self, main: str, *arguments: str) -> list[str]:
        quiet = ["-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"]
        return ["java", *self._options, *quiet, "-cp", f"{self._jars}/*", main, *arguments]

    def start(self) -> None:
        """Start the broker and wait until it accepts connections. Raises `KafkaNotToBeHad` with its last words."""
        self._child.start()
        deadline = time.monotonic() + START_SECONDS
        while not self._accepts():
            if self._child.exit_code is not None or time.monotonic() > deadline:
                self.kill()
                raise KafkaNotToBeHad(self._child.last_lines())
            time.sleep(0.1)

    def _accepts(self) -> bool:
        with socket.socket() as probe:
            probe.settimeout(0.5)
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    @property
    def pid(self) -> int | None:
        """Its process id while it runs."""
        return self._child.pid

    def freeze(self) -> None:
        """Have it hang: connections stay open, and nothing is answered."""
        self._child.signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        self._child.signal(signal.SIGCONT)

    def kill(self) -> None:
        """kill -9, as a power cut would."""
        self._child.signal(signal.SIGKILL)
        self._child.wait(STOP_SECONDS)

    def stop(self) -> None:
        """An orderly stop; kill -9 after 30 s."""
        self._child.signal(signal.SIGTERM)
        if not self._child.wait(STOP_SECONDS):
            self.kill()


@contextmanager
def apache_kafka(folder: Path) -> Iterator[KafkaBroker]:
    """A running Apache Kafka. Where it cannot be had the test is skipped, or fails where REQUIRE_KAFKA is set."""
    try:
        broker = KafkaBroker(folder)
        broker.start()
    except KafkaNotToBeHad as missing:
        if os.environ.get("REQUIRE_KAFKA"):
            pytest.fail(str(missing), pytrace=False)
        pytest.skip(str(missing))
    try:
        yield broker
    finally:
        broker.stop()
