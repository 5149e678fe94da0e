"""The JSON Schemas: fresh, valid, of one mind with the reader, and wired to the editor."""

from __future__ import annotations

import fnmatch
import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import jsonschema
import pytest
import yaml

from fleet.inventory import schema
from fleet.model.settings import SETTINGS_OF
from fleet.model.text import Lang
from tests.inventory.cities import CITY, DISTRICT, EXAMPLE, compound, devices, line, loaded
from tests.inventory.test_faults import FAULTS

ROOT = EXAMPLE.parents[1]
# The schema cannot say these: places of other keys, null as a statement, numbers of an address.
BEYOND = {
    "a duplicate key",
    "a required field that is null",
    "an address with a number too large",
    "an empty device list",
    "a null in a list",
    # PyYAML's own loader, which only this test uses, reads YAML 1.1 and merges `<<`.
    "a boolean of YAML 1.1",
    "a merge key",
}


def _validator(name: str, lang: Lang = "en") -> jsonschema.Draft7Validator:
    return jsonschema.Draft7Validator(schema.schema(name, lang))


def test_committed_schemas_are_fresh(capsys: pytest.CaptureFixture[str]) -> None:
    """What lies under inventories/schema is what the model says now."""
    assert schema.main(["--check"]) == 0, capsys.readouterr().err


def test_a_stale_schema_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One changed byte is seen, and the command that mends it is told."""
    assert schema.main(["--write"], tmp_path) == 0
    assert schema.main(["--check"], tmp_path) == 0
    (tmp_path / "inventories/schema/city.zh.json").write_text("{}\n")

    assert schema.main(["--check"], tmp_path) == 1
    assert "city.zh.json: stale" in capsys.readouterr().err


def test_usage(capsys: pytest.CaptureFixture[str]) -> None:
    """Anything else is a usage error."""
    assert schema.main(["--lang", "zh"]) == 64
    assert "--write" in capsys.readouterr().err


@pytest.mark.parametrize("lang", schema.LANGUAGES)
@pytest.mark.parametrize("name", schema.PATTERNS)
def test_is_a_schema(name: str, lang: Lang) -> None:
    """Valid draft 7."""
    jsonschema.Draft7Validator.check_schema(schema.schema(name, lang))


@pytest.mark.parametrize("lang", schema.LANGUAGES)
def test_accepts_the_example(lang: Lang) -> None:
    """Every file of the example city, block and flow style alike."""
    for path in EXAMPLE.rglob("*.yaml"):
        if path.name == "secrets.vault.yaml" or ".fleet" in path.parts:
            continue
        name = "city" if path.name == "city.yaml" else "district-folder"
        content = yaml.safe_load(path.read_text(encoding="utf-8"))

        assert [e.message for e in _validator(name, lang).iter_errors(content)] == [], path


def test_accepts_the_small_city() -> None:
    """The tests' own files."""
    assert _validator("city").is_valid(yaml.safe_load(CITY))
    assert _validator("district-folder").is_valid(yaml.safe_load(DISTRICT))
    assert _validator("district-folder").is_valid(yaml.safe_load(compound()))


@pytest.mark.parametrize("name", sorted(set(FAULTS) - BEYOND))
def test_refuses_what_the_reader_refuses(name: str) -> None:
    """The editor underlines what `fleet validate` would say."""
    sections, _ = FAULTS[name]

    content = yaml.safe_load(compound(**sections))

    assert not _validator("district-folder").is_valid(content)


def test_null_means_unmanaged_to_both(tmp_path: Path) -> None:
    """A null setting is as lawful in the editor as in the reader."""
    text = {"devices": devices(x_cam_01=line("x-cam-01", settings="{time_zone: null}"))}

    assert loaded(tmp_path, **text).city is not None
    assert _validator("district-folder").is_valid(yaml.safe_load(compound(**text)))


def _fields(node: object, path: str = "") -> Iterator[tuple[str, Mapping[str, object]]]:
    """Every property of a schema with its path."""
    if isinstance(node, dict):
        for name, child in node.get("properties", {}).items():
            yield f"{path}.{name}", child
        for name, child in node.items():
            yield from _fields(child, f"{path}.{name}" if name not in ("properties",) else path)
    elif isinstance(node, list):
        for child in node:
            yield from _fields(child, path)


@pytest.mark.parametrize("name", schema.PATTERNS)
def test_every_field_is_explained_in_the_readers_language(name: str) -> None:
    """Each property has a description, the Chinese one has Chinese, the English one has none."""
    for lang in schema.LANGUAGES:
        count = 0
        for path, field in _fields(schema.schema(name, lang)):
            if set(field) in ({"const"}, {"enum", "enumDescriptions", "markdownEnumDescriptions"}):
                continue
            count += 1
            words = str(field["description"]).replace("东门", "")
            chinese = any("\u4e00" <= c <= "\u9fff" for c in words)
            assert chinese is (lang == "zh"), path
        assert count > 20


def test_every_name_of_an_enum_is_explained() -> None:
    """An editor shows what each choice means."""
    text = json.dumps(schema.schema("district-folder", "zh"), ensure_ascii=False)

    for word in ("主干道", "2000 年底前建成", "常开", "由上级平台注册时校时", "人车混行"):
        assert word in text


def test_every_setting_of_the_model_is_there() -> None:
    """A field added to the model shows up in the schema (or the import fails for want of words)."""
    text = json.dumps(schema.schema("city", "en"))

    for settings in SETTINGS_OF.values():
        for field in settings.model_fields:
            assert f'"{field}"' in text


def test_the_editors_setting_names_files_that_exist() -> None:
    """.vscode/settings.json points to committed schemas and matches each file exactly once."""
    settings = json.loads((ROOT / ".vscode/settings.json").read_text())["yaml.schemas"]

    assert settings == schema.editor_settings("zh")
    for name in settings:
        assert (ROOT / name).is_file()
    for path in EXAMPLE.rglob("*.yaml"):
        relative = path.relative_to(ROOT).as_posix()
        patterns = [p for ps in settings.values() for p in ps]
        matched = [p for p in patterns if p.count("/") == relative.count("/")]
        matched = [p for p in matched if fnmatch.fnmatch(relative, p)]
        assert (0 if path.name == "secrets.vault.yaml" else 1) == len(matched), relative


def test_no_modeline() -> None:
    """A line in the file would fix the language for everybody."""
    for path in EXAMPLE.rglob("*.yaml"):
        assert "yaml-language-server" not in path.read_text(encoding="utf-8")


def test_choosing_the_editors_language_keeps_other_settings(tmp_path: Path) -> None:
    """Only yaml.schemas changes; a missing file is made."""
    assert schema.main(["--editor", "en"], tmp_path) == 0
    path = tmp_path / ".vscode/settings.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"editor.tabSize": 3}))

    assert schema.main(["--editor", "zh"], tmp_path) == 0

    settings = json.loads(path.read_text())
    assert settings["editor.tabSize"] == 3
    assert schema.editor_settings("zh") == settings["yaml.schemas"]
