"""Searching by meaning: the real loading code, on a small model made here; nothing downloaded."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path

import numpy as np
import pytest

from tradeflow.errors import InputError
from tradeflow.search.dense import load_embedder
from tradeflow_tests.search.bench import Bench, Text

HAS_EXTRA = importlib.util.find_spec("sentence_transformers") is not None
needs_extra = pytest.mark.skipif(
    not HAS_EXTRA, reason="needs the extra: pip install 'tradeflow[embeddings]'"
)
CHARACTERS = "稀土出口管制锑镓锗商务部公告的和对日本美国台湾贸易逆差集中度暂停实施许可"


def test_without_a_setting_there_is_no_model():
    assert load_embedder(None) is None
    assert load_embedder("") is None


def test_without_the_extra_the_message_says_how_to_install_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    with pytest.raises(InputError, match=r"pip install 'tradeflow\[embeddings\]'"):
        load_embedder("BAAI/bge-m3")


@pytest.fixture(scope="module")
def model_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A BERT of two layers with random weights and a vocabulary of characters, as files."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
    from transformers import BertConfig, BertModel, BertTokenizer

    folder = tmp_path_factory.mktemp("model")
    parts = folder / "parts"
    parts.mkdir()
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *dict.fromkeys(CHARACTERS)]
    (parts / "vocab.txt").write_text("\n".join(words), encoding="utf-8")
    torch.manual_seed(11)
    config = BertConfig(
        vocab_size=len(words),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=128,
    )
    BertModel(config).save_pretrained(parts)
    BertTokenizer(str(parts / "vocab.txt")).save_pretrained(parts)
    transformer = Transformer(str(parts), max_seq_length=128)
    pooling = Pooling(transformer.get_embedding_dimension())
    SentenceTransformer(modules=[transformer, pooling], device="cpu").save(str(folder / "model"))
    return folder / "model"


@needs_extra
@pytest.mark.slow
def test_a_model_of_a_folder_gives_unit_vectors(model_folder):
    embedder = load_embedder(str(model_folder))
    assert embedder is not None
    assert embedder.size == 32
    vectors = embedder.texts(["稀土出口管制", "美国贸易逆差"])
    assert vectors.shape == (2, 32) and vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx([1.0, 1.0], abs=1e-5)
    assert embedder.query("稀土出口管制") == pytest.approx(vectors[0], abs=1e-5)


@needs_extra
@pytest.mark.slow
def test_the_revision_of_a_folder_is_its_content(model_folder):
    first, again = load_embedder(str(model_folder)), load_embedder(str(model_folder))
    assert first is not None and again is not None
    assert first.revision == again.revision
    (model_folder / "README.md").write_text("another", encoding="utf-8")
    changed = load_embedder(str(model_folder))
    assert changed is not None and changed.revision != first.revision


@needs_extra
@pytest.mark.slow
def test_search_is_hybrid_with_a_model(model_folder, tmp_path):
    bench = Bench(tmp_path)
    bench.know(
        "2026-W01",
        Text("商务部公告", ("对稀土实施出口管制",)),
        Text("贸易", ("台湾对美国贸易逆差",)),
    )
    embedder = load_embedder(str(model_folder))
    with bench.serve(embedder) as service:
        hits = service.search("稀土")
        assert service.embedder is embedder
    assert len(hits) == 2
    assert hits[0].relevance > 0 == hits[1].relevance
    kept = bench.con.execute("select distinct revision from search.vectors where indices is null")
    assert kept.fetchall() == [(embedder.revision,)]


@needs_extra
@pytest.mark.slow
def test_a_model_of_the_e5_family_reads_its_prompts_first(model_folder, tmp_path):
    """E5 was trained on `query: ` and `passage: `; other models get the text alone."""
    import shutil

    e5 = tmp_path / "multilingual-e5-tiny"
    shutil.copytree(model_folder, e5)
    plain, prompted = load_embedder(str(model_folder)), load_embedder(str(e5))
    assert plain is not None and prompted is not None
    text = "稀土出口管制"
    assert plain.query(text) == pytest.approx(plain.texts([text])[0], abs=1e-5)
    apart = np.abs(prompted.query(text) - plain.query(text)).max()
    assert apart > 1e-4
    assert json.loads((e5 / "modules.json").read_text(encoding="utf-8"))


@needs_extra
@pytest.mark.slow
@pytest.mark.parametrize("damage", ["missing", "empty", "torn"])
def test_a_model_that_cannot_be_loaded_is_one_line(damage, tmp_path, monkeypatch):
    # Read from the environment once, when the hub's client is first imported.
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    name = "nobody/no-such-model"
    if damage != "missing":
        folder = tmp_path / "model"
        folder.mkdir()
        name = str(folder)
        if damage == "torn":
            (folder / "modules.json").write_text("[{", encoding="utf-8")
    with pytest.raises(InputError, match=r"EMBEDDING_MODEL .* cannot be loaded") as caught:
        load_embedder(name)
    assert "\n" not in str(caught.value)
