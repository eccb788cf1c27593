"""The base of what services tell each other beside the document itself."""

from pydantic import BaseModel, ConfigDict


class Value(BaseModel):
    """Base of all such values: frozen, and on write no field that the contract does not name."""

    model_config = ConfigDict(frozen=True, extra="forbid")
