"""Settings: defaults, names of malformed ones, and that each is explained to its user."""

from pathlib import Path

import pytest

from tradeflow.errors import InputError
from tradeflow.settings import Mode, Settings, load_settings


@pytest.fixture(autouse=True)
def _no_dotenv(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)


def test_without_any_setting_the_sandbox_answers() -> None:
    settings = load_settings()
    assert settings.sources is Mode.SANDBOX
    assert settings.world_home == Path("data/sandbox")


def test_a_replay_works_in_lives_world() -> None:
    assert load_settings(sources=Mode.REPLAY).world_home == Path("data/live")


def test_a_malformed_setting_is_named_with_what_was_got(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRADEFLOW_LOCK_TIMEOUT_S", "soon")
    with pytest.raises(InputError, match=r"TRADEFLOW_LOCK_TIMEOUT_S.*soon"):
        load_settings()


def test_an_unknown_mode_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRADEFLOW_SOURCES", "cloud")
    with pytest.raises(InputError, match=r"TRADEFLOW_SOURCES.*sandbox"):
        load_settings()


def test_an_empty_variable_means_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CENSUS_API_KEY", "")
    assert load_settings().census_api_key is None


def test_keys_are_not_shown_when_settings_are_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMTRADE_API_KEY", "canary-key")
    settings = load_settings()
    assert settings.comtrade_api_key is not None
    assert settings.comtrade_api_key.get_secret_value() == "canary-key"
    assert "canary-key" not in repr(settings)


def test_every_setting_is_explained_in_the_example_file() -> None:
    example = (Path(__file__).parent.parent / ".env.example").read_text(encoding="utf-8")
    explained = {line.split("=")[0] for line in example.splitlines() if "=" in line[:60]}
    expected = {
        f"TRADEFLOW_{name.upper()}" if field.validation_alias is None else name.upper()
        for name, field in Settings.model_fields.items()
    }
    assert expected <= explained
