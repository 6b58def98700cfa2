"""Weights files: reading them, and telling whose they are."""

from .load import load_transformer

__all__ = ["load_transformer"]
