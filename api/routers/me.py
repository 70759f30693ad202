"""Who the caller is."""

from fastapi import APIRouter
from pydantic import BaseModel

from api import problems
from api.access import PROTECTED, Viewer
from store.keys import Role

router = APIRouter(prefix="/v1/me", tags=["me"])


class Me(BaseModel):
    """Whose key it is, and what it may do."""

    name: str
    role: Role


@router.get("", responses=problems.declared(*PROTECTED))
def show_me(holder: Viewer) -> Me:
    """Name and role behind the key that was sent."""
    return Me(name=holder.name, role=holder.role)
