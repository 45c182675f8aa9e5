"""Option values: what is taken, what is refused, and that the refusal names the option."""

from __future__ import annotations

import pytest

from flake8_stateid.problems import ConfigurationError
from flake8_stateid.settings import OPTIONS, Settings, checked_settings, split_list


def test_no_values_give_the_defaults() -> None:
    assert checked_settings({}) == Settings()
    assert checked_settings({"select": ["E"]}) == Settings()


def test_every_field_has_an_option_and_its_default_is_accepted() -> None:
    assert (*(option.field for option in OPTIONS), "minted_wanted") == Settings._fields
    values = {option.key: option.default for option in OPTIONS}
    assert checked_settings(values) == Settings()


@pytest.mark.parametrize(
    ("value", "items"),
    [
        ("a, b", ["a", "b"]),
        ("a b\n  c,,", ["a", "b", "c"]),
        ("", []),
    ],
)
def test_lists_are_split_as_flake8_splits_them(value: str, items: list[str]) -> None:
    from flake8.utils import parse_comma_separated_list

    assert split_list(value) == items == parse_comma_separated_list(value)


@pytest.mark.parametrize(
    ("key", "given", "taken"),
    [
        ("stateid_names", ["state_id", "edge_id", "state_id"], ("state_id", "edge_id")),
        ("stateid_names", ["idé"], ("idé",)),
        ("stateid_plugin_paths", ["./src/plugins"], ("src/plugins",)),
        ("stateid_plugin_paths", ["src\\plugins\\*"], ("src/plugins/*",)),
        ("stateid_plugin_paths", ["."], ("*",)),
        ("stateid_plugin_paths", ["./"], ("*",)),
        ("stateid_exclude_paths", [], ()),
        ("stateid_exclude_paths", ["fakes/", "a..b"], ("fakes/", "a..b")),
        ("stateid_minting", [], ()),
        ("stateid_minting", ["open_state"], ("open_state",)),
        ("stateid_source_roots", ["."], (".",)),
        ("stateid_source_roots", ["src/"], ("src/",)),
    ],
)
def test_values_are_taken(key: str, given: list[str], taken: tuple[str, ...]) -> None:
    settings = checked_settings({key: given})
    assert settings._asdict()[key.removeprefix("stateid_")] == taken


@pytest.mark.parametrize(
    ("key", "given", "message"),
    [
        ("stateid_names", [], "stateid-names is empty, so nothing would be checked"),
        ("stateid_plugin_paths", [], "stateid-plugin-paths is empty"),
        ("stateid_names", ["state-id"], "stateid-names: 'state-id' is not an identifier"),
        ("stateid_names", ["state_id", "#", "x"], "stateid-names: '#' is no value"),
        ("stateid_names", [";comment"], "stateid-names: ';comment' is no value"),
        ("stateid_minting", ["r.begin"], "stateid-minting: 'r.begin' is not an identifier"),
        ("stateid_plugin_paths", ["#x"], "stateid-plugin-paths: '#x' is no value"),
        ("stateid_plugin_paths", ["/src/*"], "stateid-plugin-paths: '/src/*' is absolute"),
        ("stateid_plugin_paths", ["C:\\src"], "stateid-plugin-paths: 'C:\\\\src' is absolute"),
        ("stateid_exclude_paths", ["~/x"], "stateid-exclude-paths: '~/x' is absolute"),
        ("stateid_source_roots", ["../x"], "stateid-source-roots: '../x' leaves the project"),
    ],
)
def test_bad_values_are_refused_by_name(key: str, given: list[str], message: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        checked_settings({key: given})
    assert str(raised.value).startswith(message)
