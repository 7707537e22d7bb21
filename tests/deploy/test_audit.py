"""A known hole fails the run; silence of the advisories' service is named, and counts for nothing."""

from __future__ import annotations

import json

from audit import LOCKS, verdict

WELL = {"name": "flask", "version": "3.1.3", "vulns": []}
SILENT = {"name": "cheroot", "skip_reason": "Dependency not found on PyPI and could not be audited: cheroot"}
HOLE = {"id": "PYSEC-2023-62", "fix_versions": ["2.2.5"], "description": "…"}
ILL = {"name": "flask", "version": "2.2.2", "vulns": [HOLE]}


def report(*packages: object) -> str:
    return json.dumps({"dependencies": packages, "fixes": []})


def test_the_locks_of_the_boxes_are_there() -> None:
    assert LOCKS


def test_a_known_hole_fails_also_beside_silence() -> None:
    status, words = verdict(report(WELL, SILENT, ILL))
    assert status == 1
    assert "flask 2.2.2: PYSEC-2023-62, mended in 2.2.5" in words


def test_silence_fails_nothing_and_is_no_pass() -> None:
    status, words = verdict(report(WELL, SILENT))
    assert (status, words.partition(" (")[0]) == (0, "NOT AUDITED: cheroot")
    refused = "Traceback …\nrequests.exceptions.ConnectionError: connection refused\n"
    assert verdict("", refused)[1].startswith("NOT AUDITED")
    blocked = "ERROR:pip_audit._cli:Tip: your network may be blocking this service. Try another"
    assert verdict("", blocked)[0] == 0


def test_a_call_that_is_wrong_is_not_taken_for_silence() -> None:
    assert verdict("", "ERROR:pip_audit._cli:package flask has duplicate requirements")[0] == 1
    assert verdict("", "python: No module named pip_audit")[0] == 1
    assert verdict("")[0] == 1


def test_what_was_audited_and_is_well_says_so() -> None:
    assert verdict(report(WELL)) == (0, "no package with a known hole")
