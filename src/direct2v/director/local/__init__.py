"""Language models on this machine: held to the schema while they write, freed before rendering."""

from direct2v.director.local.writer import LocalWriter

__all__ = ["LocalWriter"]
