"""Language models behind HTTP, through pydantic-ai (the extra "llm")."""

from direct2v.director.remote.writer import RemoteWriter, parse_remote

__all__ = ["RemoteWriter", "parse_remote"]
