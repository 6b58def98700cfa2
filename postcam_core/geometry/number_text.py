"""Matrices written as text on one line, as ``[[1., 0, 2.5e-3], […]]``."""

import re

import numpy as np

from ..errors import GeometryError

_MAX_LINE = 4096
# Each digit can match in one way only, so that a hostile line costs no more than its length.
_NUMBER = r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"


def parse_matrix(line: str, *, rows: int, columns: int, name: str) -> np.ndarray:
    """Read one matrix; numbers may end in a dot, as numpy writes them.

    Raises:
        GeometryError: If the line is not exactly such a matrix of finite numbers.
    """
    row = rf"\[\s*{_NUMBER}(?:\s*,\s*{_NUMBER}){{{columns - 1}}}\s*\]"
    matrix = rf"\s*\[\s*{row}(?:\s*,\s*{row}){{{rows - 1}}}\s*\]\s*"
    is_matrix = len(line) <= _MAX_LINE and re.fullmatch(matrix, line) is not None
    values = np.array([float(number) for number in re.findall(_NUMBER, line)] if is_matrix else [np.nan])
    if not np.isfinite(values).all():
        raise GeometryError(
            name,
            expected=f"{rows} rows of {columns} finite numbers as [[…, …], […, …]] on one line",
            got=f"{line[:60]!r}",
            todo="Write nested lists with commas; no other text.",
        )
    return values.reshape(rows, columns)


def format_matrix(matrix: np.ndarray) -> str:
    """The text that :func:`parse_matrix` reads back to the same float64 values."""
    return repr(matrix.tolist())
