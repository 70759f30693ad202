"""Every way a request can fail, turned into a problem."""

import logging
from http import HTTPStatus

import psycopg
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from psycopg_pool import PoolTimeout
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from api import problems
from api.problems import FieldFault, Problem
from store.errors import StoreUnreachable

_logger = logging.getLogger(__name__)
_LONGEST_FAULT = 300


def register(application: FastAPI) -> None:
    """Let every failure that reaches the application leave as a problem document."""
    application.add_exception_handler(Problem, _answer)
    application.add_exception_handler(HTTPException, _answer)
    application.add_exception_handler(RequestValidationError, _answer)
    application.add_exception_handler(psycopg.Error, _answer)
    application.add_exception_handler(PoolTimeout, _answer)
    application.add_exception_handler(StoreUnreachable, _answer)


def problem_of(error: Exception, request: Request) -> Problem:
    """What a failure means to whoever asked; what is not foreseen is logged and says nothing of its cause."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, HTTPException):
        return _of_http(error, request)
    if isinstance(error, RequestValidationError):
        faults = [_fault(fault) for fault in error.errors()]
        return problems.RequestInvalid("; ".join(f"{fault.field}: {fault.detail}" for fault in faults), errors=faults)
    if isinstance(error, psycopg.errors.QueryCanceled):
        return problems.QuestionTooSlow("the question took longer than is allowed; narrow its range or its filters")
    if isinstance(error, psycopg.OperationalError | PoolTimeout | StoreUnreachable):
        _logger.warning("request %s: no answer from the database: %s", request.scope.get("request_id"), error)
        return problems.StoreUnavailable("the database does not answer; try again", headers={"Retry-After": "5"})
    _logger.error("request %s failed", request.scope.get("request_id"), exc_info=error)
    return problems.Unexpected("the fault is in the service's log under this request id")


async def _answer(request: Request, error: Exception) -> Response:
    return problems.response(request, problem_of(error, request))


def _of_http(error: HTTPException, request: Request) -> Problem:
    method, path = request.method, request.url.path[:_LONGEST_FAULT]
    if error.status_code == HTTPStatus.NOT_FOUND:
        return problems.PathUnknown(f"nothing is served under {path}")
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        return problems.MethodRefused(f"{path} does not take {method}", headers=error.headers)
    if error.status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return problems.BodyTooLarge(str(error.detail), headers=error.headers)
    return problems.RequestRefused(str(error.detail), headers=error.headers)


def _fault(fault: dict[str, object]) -> FieldFault:
    place = fault.get("loc")
    field = ".".join(str(part) for part in place) if isinstance(place, tuple) else ""
    return FieldFault(field, str(fault.get("type", "")), str(fault.get("msg", ""))[:_LONGEST_FAULT])
