"""This module owns the promises of settings: where each comes from, and that a wrong one names itself."""

from pathlib import Path
from typing import Any

import pytest

from ingest.config import ConfigError, IngestSettings, find_config, load, resolve_secret

FILE = """
data_dir = "inner/data"
timezone = "America/Los_Angeles"
[ingest]
port = 9000
threads = 4
[senders.shop]
secrets = ["one"]
timezone = "Europe/Berlin"
[dashboard]
port = 8050
"""


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to be in, without settings in the environment."""
    for name in ("WHICHAD_CONFIG", "WHICHAD_DATA_DIR", "WHICHAD_INGEST__PORT"):
        monkeypatch.delenv(name, raising=False)
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "whichad.toml"
    path.write_text(FILE, encoding="utf-8")
    return path


def test_what_nobody_set_has_its_default_and_the_file_wins_over_it(config: Path):
    settings = load(IngestSettings, config)
    assert (settings.ingest.workers, settings.currency, settings.kind) == (2, "USD", "shop")
    assert (settings.ingest.port, settings.ingest.threads, settings.timezone) == (9000, 4, "America/Los_Angeles")
    shop = settings.senders["shop"]
    assert (shop.profile, shop.currency, shop.strict, shop.timezone) == ("standard", None, None, "Europe/Berlin")


def test_the_environment_wins_over_the_file_key_by_key(config: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("WHICHAD_INGEST__PORT", "9100")
    monkeypatch.setenv("WHICHAD_CURRENCY", "EUR")
    monkeypatch.setenv("WHICHAD_SENDERS__SHOP__CURRENCY", "GBP")
    settings = load(IngestSettings, config)
    assert (settings.ingest.port, settings.ingest.threads, settings.currency) == (9100, 4, "EUR")
    assert (settings.senders["shop"].currency, settings.senders["shop"].secrets) == ("GBP", ("one",))


def test_a_relative_folder_is_beside_the_file_and_an_absolute_one_where_it_says(config: Path, monkeypatch):
    settings = load(IngestSettings, config)
    assert settings.data_dir == config.parent / "inner" / "data"
    assert settings.journal_dir == settings.data_dir / "journal"
    assert settings.record_path == settings.data_dir / "interactions.duckdb"
    monkeypatch.setenv("WHICHAD_DATA_DIR", "other")
    assert load(IngestSettings, config).data_dir == config.parent / "other"
    monkeypatch.setenv("WHICHAD_DATA_DIR", str(config.parent / "absolute"))
    assert load(IngestSettings, config).data_dir == config.parent / "absolute"


def test_children_get_the_folder_that_we_use(config: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("WHICHAD_CURRENCY", "EUR")
    passed = load(IngestSettings, config).child_environment()
    assert (passed["WHICHAD_DATA_DIR"], passed["WHICHAD_CURRENCY"]) == (str(config.parent / "inner/data"), "EUR")


def test_a_file_is_named_by_the_flag_else_the_environment_else_it_lies_here(config: Path, elsewhere: Path, monkeypatch):
    assert find_config() is None
    (elsewhere / "whichad.toml").write_text('data_dir = "here"', encoding="utf-8")
    assert load(IngestSettings).data_dir == elsewhere / "here"
    monkeypatch.setenv("WHICHAD_CONFIG", str(config))
    assert find_config() == config
    assert find_config(elsewhere / "whichad.toml") == elsewhere / "whichad.toml"


def test_without_a_file_there_is_no_folder_unless_we_are_in_a_checkout_or_told(elsewhere: Path, monkeypatch):
    with pytest.raises(ConfigError, match=r"There is no whichad\.toml here\. Make one with: whichad init"):
        load(IngestSettings)
    monkeypatch.setenv("WHICHAD_DATA_DIR", "mine")
    assert load(IngestSettings).data_dir == elsewhere / "mine"
    monkeypatch.delenv("WHICHAD_DATA_DIR")
    monkeypatch.chdir(Path(__file__).parents[2])
    assert load(IngestSettings).data_dir == Path(__file__).resolve().parents[2] / "data"


def test_a_file_that_is_named_and_not_there_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    with pytest.raises(ConfigError, match="There is no configuration file at"):
        load(IngestSettings, tmp_path / "no.toml")
    monkeypatch.setenv("WHICHAD_CONFIG", str(tmp_path / "no.toml"))
    with pytest.raises(ConfigError, match="There is no configuration file at"):
        load(IngestSettings)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[ingest]\nprot = 1", "no setting named 'ingest.prot'"),
        ("[senders.shop]\nsecret = 'x'", "no setting named 'senders.shop.secret'"),
        ("[ingest]\nport = 'x'", "'ingest.port' is wrong"),
        ("[ingest]\nport = 70000", "'ingest.port' is wrong"),
        ("[ingest]\nport = -1", "'ingest.port' is wrong"),
        ("[ingest]\nworkers = 0", "'ingest.workers' is wrong"),
        ("ingest = 3", "'ingest' is wrong"),
        ("kind = 'blog'", "'kind' is wrong"),
        ("timezone = 'Mars/Olympus'", "'timezone' is wrong"),
        ("timezone = 'PST8PDT4'", "'PST8PDT4' is not a time zone of the IANA database"),
        ("currency = 'usd'", "'usd' is not an ISO 4217 currency code"),
        ("[senders.shop]\ntimezone = 'here'", "'senders.shop.timezone' is wrong"),
        ("[senders.shop]\ncurrency = 'EURO'", "'senders.shop.currency' is wrong"),
        ("[senders.shop]\nsecrets = 'x'", "'senders.shop.secrets' is wrong"),
        ("[senders.shop]\nstrict = 'maybe'", "'senders.shop.strict' is wrong"),
        ("[senders.Shop]", "sender 'Shop': use lower-case letters"),
        ('[senders."a/b"]', "sender 'a/b': use lower-case letters"),
        ('[senders."ü"]', "sender 'ü': use lower-case letters"),
        ("public_url = 'hooks.example.com'", "'public_url' is wrong"),
        ("public_url = 'ftp://hooks.example.com'", "'public_url' is wrong"),
        ("public_url = 'https://'", "'public_url' is wrong"),
        ("public_url = 'https://hooks.example.com:99999'", "'public_url' is wrong"),
        ("public_url = 'https://hooks .example.com'", "'public_url' is wrong"),
        ("public_url = 'https://hooks.example.com/?a=1'", "such as 'https://hooks.example.com'"),
        ("sender = 1", "no setting or section named 'sender' (did you mean 'senders'?)"),
        ("port = 1", "named 'port'. It belongs under [ingest]."),
        ("base_dir = '.'", "no setting or section named 'base_dir'"),
        ("[senders.shop]\nrate_per_secnd = 1", "'senders.shop.rate_per_secnd' (did you mean 'rate_per_second'?)"),
        (
            "[ingest]\npublic_url = 'https://x.example'",
            "'ingest.public_url'. It belongs at the top of the file",
        ),
        ("[ingest]\nprofile = 'x'", "'ingest.profile'. It belongs under [senders.<name>]."),
        ("[ingest]\ncurrency = 'USD'", "before the first [section] or under [senders.<name>]."),
        ("[ingest]\nnothing_like_it = 1", "'ingest.nothing_like_it'. Check its spelling and its section."),
        ("port =", "is not valid TOML"),
        ("a = 1\na = 2", "is not valid TOML"),
    ],
)
def test_a_wrong_setting_is_named_together_with_its_file(config: Path, text: str, said: str):
    config.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load(IngestSettings, config)
    assert said in str(caught.value) and str(config) in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("WHICHAD_INGEST__PORT", "x", "'ingest.port' is wrong"),
        ("WHICHAD_INGEST__PROT", "1", "no setting named 'ingest.prot'"),
        ("WHICHAD_CURRENCY", "euro", "'currency' is wrong"),
        ("WHICHAD_SENDERS", "not json", 'error parsing value for field "senders"'),
    ],
)
def test_a_wrong_setting_of_the_environment_is_named(monkeypatch: Any, name: str, value: str, said: str):
    monkeypatch.setenv(name, value)
    monkeypatch.setenv("WHICHAD_DATA_DIR", "mine")
    with pytest.raises(ConfigError) as caught:
        load(IngestSettings)
    assert said in str(caught.value) and "environment" in str(caught.value)


def test_a_file_that_is_not_utf_8_is_an_error_that_names_it(config: Path):
    config.write_bytes(b"kind = '\xff'")
    with pytest.raises(ConfigError, match="is not valid TOML: it is not UTF-8 text") as caught:
        load(IngestSettings, config)
    assert str(config) in str(caught.value)
    with pytest.raises(ConfigError, match=r"The secret file .*whichad\.toml is not UTF-8 text"):
        resolve_secret("file:whichad.toml", config.parent)


def test_a_byte_order_mark_is_no_part_of_a_file(config: Path):
    config.write_text("\ufeff" + FILE, encoding="utf-8")
    assert load(IngestSettings, config).ingest.port == 9000
    (config.parent / "shop").write_text("\ufeffsecret", encoding="utf-8")
    assert resolve_secret("file:shop", config.parent) == "secret"


@pytest.mark.parametrize("url", ["https://hooks.example.com", "http://127.0.0.1:8080/base/", "https://[::1]"])
def test_the_public_address_is_one_that_senders_can_reach_or_none(config: Path, url: str):
    config.write_text(f"public_url = '{url}'", encoding="utf-8")
    assert load(IngestSettings, config).public_url == url
    config.write_text("public_url = ''", encoding="utf-8")
    assert load(IngestSettings, config).public_url is None


def test_a_secret_is_literal_or_from_the_environment_or_from_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SHOP_SECRET", "from the environment")
    (tmp_path / "shop").write_text("from a file é\n", encoding="utf-8")
    found = [resolve_secret(secret, tmp_path) for secret in ("whsec_x", "env:SHOP_SECRET", "file:shop")]
    assert found == ["whsec_x", "from the environment", "from a file é"]
    assert resolve_secret(f"file:{tmp_path / 'shop'}", Path("/")) == "from a file é"


@pytest.mark.parametrize("secret", ["env:NOT_SET", "env:EMPTY", "env:", "file:no", "file:", "file:."])
def test_a_secret_that_is_not_there_is_an_error_that_names_where(tmp_path: Path, monkeypatch, secret: str):
    monkeypatch.setenv("EMPTY", "")
    with pytest.raises(ConfigError) as caught:
        resolve_secret(secret, tmp_path)
    assert (secret if secret.startswith("env:") else str(tmp_path)) in str(caught.value)


def test_settings_are_values_that_nobody_changes(config: Path):
    settings = load(IngestSettings, config)
    for part, name in ((settings, "kind"), (settings.ingest, "port"), (settings.senders["shop"], "profile")):
        with pytest.raises(ValueError, match="frozen"):
            setattr(part, name, "x")
