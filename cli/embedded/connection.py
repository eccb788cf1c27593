"""Which engines a command of `gouji` talks to: those of the environment, else those of a running `gouji up`."""

from cli.embedded.folder import read_state
from shared.settings import Settings, load_settings


def engine_settings() -> Settings:
    """The settings; where the environment names no Kafka, the addresses of the `gouji up` over the data folder.

    So `gouji dlq` and `gouji topics` work beside `gouji up` without any variable.
    """
    settings = load_settings()
    state = read_state(settings.data_dir)
    if not state.get("running") or "kafka_servers" in settings.model_fields_set:
        return settings
    found = {name: state[name] for name in ("kafka_servers", "mongo_url")}
    return settings.model_copy(update=found)
