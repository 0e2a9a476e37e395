"""Dense vectors of texts and queries, by a sentence-transformers model when one is configured.

Here: loading the model, pinned, and asking it. Nothing is downloaded unless the setting names a
model of the hub; without a setting search is by words alone. Not here: storing vectors.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from tradeflow.errors import InputError

_READ_OF_EACH = 1_000_000
"""Bytes of each file of a local model that its revision is made from."""
_E5 = re.compile(r"(?:^|[-_/])e5(?:[-_]|$)", re.IGNORECASE)
_E5_PROMPTS = {"query": "query: ", "document": "passage: "}
"""What models of the E5 family were trained to read first (their model cards)."""


class Embedder(Protocol):
    """A model that turns texts into unit vectors."""

    model: str
    revision: str
    size: int

    def texts(self, texts: Sequence[str]) -> np.ndarray:
        """Unit vectors of stored texts, float32, one row each."""

    def query(self, text: str) -> np.ndarray:
        """The unit vector of a query, float32."""


def load_embedder(setting: str | None) -> Embedder | None:
    """The configured model, loaded; None where none is configured.

    Args:
        setting: a folder, or a name of the hub, pinned by `name@revision` where wished.

    Raises:
        InputError: sentence-transformers is not installed, or the model cannot be loaded.
    """
    if not setting:
        return None
    try:
        from sentence_transformers import SentenceTransformer
    except ImportError as error:
        raise InputError(
            f"TRADEFLOW_EMBEDDING_MODEL is {setting!r}, but sentence-transformers is not "
            "installed: pip install 'tradeflow[embeddings]'"
        ) from error
    folder = Path(setting).expanduser()
    name, _, pinned = (str(folder), "", "") if folder.is_dir() else setting.partition("@")
    try:
        # A model is data here: code that comes with it is not run.
        loaded = SentenceTransformer(
            name, revision=pinned or None, device="cpu", trust_remote_code=False
        )
    except Exception as error:
        line = " ".join(str(error).split())[:300]
        raise InputError(
            f"TRADEFLOW_EMBEDDING_MODEL {setting!r} cannot be loaded: {line}"
        ) from error
    revision = _revision_of(folder) if folder.is_dir() else pinned or _hub_revision(loaded)
    return _Loaded(loaded, name, revision)


class _Loaded:
    def __init__(self, model: Any, name: str, revision: str) -> None:
        self._model = model
        self.model = name
        self.revision = revision
        self.size = len(self.query("大小"))

    def texts(self, texts: Sequence[str]) -> np.ndarray:
        return self._encode(self._model.encode_document, list(texts), "document")

    def query(self, text: str) -> np.ndarray:
        return self._encode(self._model.encode_query, [text], "query")[0]

    def _encode(self, encode: Any, texts: list[str], kind: str) -> np.ndarray:
        extra = {}
        if not any(self._model.prompts.values()) and _E5.search(self.model):
            extra = {"prompt": _E5_PROMPTS[kind]}
        vectors = encode(
            texts,
            normalize_embeddings=True,
            convert_to_numpy=True,
            show_progress_bar=False,
            **extra,
        )
        return np.asarray(vectors, dtype=np.float32)


def _hub_revision(model: Any) -> str:
    config = getattr(getattr(model[0], "auto_model", None), "config", None)
    return str(getattr(config, "_commit_hash", None) or "unknown")


def _revision_of(folder: Path) -> str:
    """What a local model is: the sizes of its files and how each begins."""
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        size = path.stat().st_size
        digest.update(f"{path.relative_to(folder)} {size}\n".encode())
        with path.open("rb") as file:
            digest.update(file.read(_READ_OF_EACH))
    return digest.hexdigest()[:16]
