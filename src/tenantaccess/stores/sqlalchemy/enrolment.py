"""Making a host's users known to the library: by trusted code, and never by what somebody claims."""

from tenantaccess.errors import MisuseError, TakenError
from tenantaccess.ids import PrincipalId
from tenantaccess.ports.storage import Store, Unit
from tenantaccess.stores.sqlalchemy.principals import Principals


class Enrolment:
    """
    Which principal a user of the host's is.

    For trusted code alone: whoever hands over a key has seen to it that the person is that user.

    Args:
        store: A store whose tables were given the host's users.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def find(self, key: object) -> PrincipalId | None:
        """Return who the user called *key* is; None if it is nobody yet."""
        with self._store.reading() as unit:
            return _principals(unit).of_user(key)

    def enrol(self, key: object) -> PrincipalId:
        """
        Return who the user called *key* is, who becomes a principal if it is none yet; nothing is granted with it.

        Raises:
            NotFoundError: the host has no such user.
            InvalidInputError: its username is not one that this library can compare.
            TakenError: its username differs from somebody's by nothing that counts.
        """
        known = self.find(key)
        if known is not None:
            return known
        try:
            return self._enrolled(key)
        except TakenError:
            known = self.find(key)
            if known is None:
                raise
            return known  # somebody else made this very user known meanwhile

    def _enrolled(self, key: object) -> PrincipalId:
        with self._store.begin() as unit:
            enrolled = _principals(unit).enrol(key)
            unit.commit()
        return enrolled


def _principals(unit: Unit) -> Principals:
    if not isinstance(unit.principals, Principals):
        raise MisuseError("give the store itself, whose tables were given the host's users")
    return unit.principals
