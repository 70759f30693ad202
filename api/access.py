"""Who may do what: API keys, and the role that each route needs."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from psycopg_pool import ConnectionPool
from starlette.requests import Request

from api import problems
from store import keys
from store.connection import Connection
from store.keys import Holder, Role

_bearer = HTTPBearer(auto_error=False, scheme_name="key", description="API key: `hj_<id>_<secret>`.")

_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="hengjian"'}


def _pool(request: Request) -> ConnectionPool[Connection]:
    pool: ConnectionPool[Connection] = request.app.state.pool
    return pool


Pool = Annotated[ConnectionPool[Connection], Depends(_pool)]
"""Connections to the store; a route takes one only for as long as it asks."""


@dataclass(frozen=True)
class Needs:
    """The permission that a route declares: the least role that may call it."""

    role: Role

    def __call__(
        self, pool: Pool, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
    ) -> Holder:
        """Who calls; a problem if nobody known, or nobody who may."""
        if credentials is None:
            raise problems.KeyMissing("send an API key: Authorization: Bearer hj_…", headers=_CHALLENGE)
        with pool.connection() as connection:
            holder = keys.holder(connection, credentials.credentials)
        if holder is None:
            raise problems.KeyRefused("the key is unknown, expired or revoked", headers=_CHALLENGE)
        if not holder.role.may(self.role):
            raise problems.RoleInsufficient(f"this needs the role {self.role.value}; the key's is {holder.role.value}")
        return holder


Viewer = Annotated[Holder, Depends(Needs(Role.VIEWER))]
Supervisor = Annotated[Holder, Depends(Needs(Role.SUPERVISOR))]
Administrator = Annotated[Holder, Depends(Needs(Role.ADMINISTRATOR))]
Speaker = Annotated[Holder, Depends(Needs(Role.SOURCE))]
"""A source, who speaks for itself alone."""

PROTECTED = (
    problems.KeyMissing,
    problems.KeyRefused,
    problems.RoleInsufficient,
    problems.RequestInvalid,
    problems.Unexpected,
    problems.StoreUnavailable,
    problems.QuestionTooSlow,
)
"""Problems that every route with a permission may end in."""
