from pathlib import Path
from typing import Any

from fastapi import FastAPI

from api import problems
from api.command import openapi_text
from tests.api.test_access import PUBLIC


def test_the_published_document_is_current() -> None:
    published = Path(__file__).parents[2] / "docs" / "openapi.json"
    assert published.read_text(encoding="utf-8") == openapi_text(), "run: hengjian openapi docs/openapi.json"


def _references(node: Any) -> set[str]:
    if isinstance(node, dict):
        own = {node["$ref"]} if isinstance(node.get("$ref"), str) else set()
        return own.union(*(_references(value) for value in node.values()))
    return set().union(*(_references(item) for item in node)) if isinstance(node, list) else set()


def test_every_shape_it_names_is_in_it(application: FastAPI) -> None:
    document = application.openapi()
    shapes = {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}
    assert document["openapi"].startswith("3.1")
    assert _references(document) <= shapes


def test_every_route_declares_its_failures_as_problems_and_its_answer_as_a_shape(application: FastAPI) -> None:
    for path, operations in application.openapi()["paths"].items():
        for operation in operations.values():
            assert operation["summary"]
            assert operation["description"], path
            for status, answer in operation["responses"].items():
                assert answer["description"], (path, status)
                if int(status) >= 400 and path != "/readyz":
                    assert list(answer["content"]) == [problems.MEDIA_TYPE], (path, status)
                elif status == "200":
                    assert answer["content"], path
            if path not in PUBLIC:
                assert {"401", "403", "422", "500", "503"} <= set(operation["responses"]), path
                assert operation["security"]
