"""Beartype as a type checker means it: an int may stand where a float is asked for (PEP 484)."""

from beartype import BeartypeConf, beartype

typechecker = beartype(conf=BeartypeConf(is_pep484_tower=True))
