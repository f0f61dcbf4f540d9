"""Where a package and its notebook stand: in step or not, validated, approved, verified."""

from nb2pkg.status.look import look
from nb2pkg.status.model import REQUIREMENTS, Row, State, Status, lacking

__all__ = ["REQUIREMENTS", "Row", "State", "Status", "lacking", "look"]
