"""Weights-free depth and cameras from parallax."""

from .provider import parallax_geometry

__all__ = ["parallax_geometry"]
