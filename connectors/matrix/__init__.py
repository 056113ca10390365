"""Matrix: rooms of a homeserver, as an application service."""

from connectors.matrix.connector import Matrix
from connectors.matrix.settings import MatrixSettings

__all__ = ["Matrix", "MatrixSettings"]
