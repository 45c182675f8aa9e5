"""SID101 and SID102 on small modules; rows to be reported are marked ``# 101`` or ``# 102``."""

from __future__ import annotations

import ast
import re

from flake8_stateid.analysis import analyse
from flake8_stateid.settings import Settings
from flake8_stateid.source import SourceText

CLIENT = """
class Client:
    def __init__(self, recorder, state_id):
        self._recorder = recorder
        self._state_id = state_id
        self._call_index = 0

    def ask(self, prompt):
        index = self._call_index
        self._call_index += 1
        self._recorder.record_call(state_id=self._state_id, call_index=index)
        return prompt
"""

CACHE = """
class Cache:
    def __init__(self, recorder):
        self._recorder = recorder
        self._clients = {}

    def _client(self, state_id):
        if state_id not in self._clients:
            self._clients[state_id] = Client(self._recorder, state_id)
        return self._clients[state_id]
"""


def found(text: str) -> list[tuple[int, str]]:
    source = SourceText.from_text("plugins/a.py", text)
    findings = analyse(ast.parse(text), source, Settings())
    return [(finding.span.row, finding.code) for finding in findings]


def marked(text: str) -> list[tuple[int, str]]:
    return [
        (row, f"SID{code}")
        for row, line in enumerate(text.splitlines(), 1)
        for code in re.findall(r"# (10[12])\b", line)
    ]


def check(text: str) -> None:
    assert found(text) == marked(text)
