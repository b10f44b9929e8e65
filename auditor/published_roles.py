"""An operation → the published profiles that name it or hold every right it always needs."""

from auditor import profile_files, profiles
from auditor.catalogue import Catalogue
from auditor.profile_files import EVERY, Profile
from auditor.rights import Right
from auditor.rows import Operation


def roles_with(operation: Operation, catalogue: Catalogue) -> tuple[str, ...]:
    """Return the names of the profiles, sorted; one that takes every action is none of them."""
    needs = [need.right for need in catalogue.requirements(operation)]
    found = []
    for name in profiles.names(catalogue):
        path = catalogue.file(f"profiles/{name}.toml")
        # A look at the text first: reading all of them takes longer than the answer may.
        text = path.read_text(encoding="utf-8")
        is_open = '"*"' in text or all(right.permission in text for right in needs)
        if is_open or operation.id in text:
            profile = profile_files.read(path, catalogue)
            if profile.actions != (EVERY,) and _uses(profile, operation, needs, catalogue):
                found.append(name)
    return tuple(found)


def _uses(profile: Profile, operation: Operation, needs: list[Right], catalogue: Catalogue) -> bool:
    called = {catalogue.operation_of(action) for action in profile.actions}
    if operation.id in profile.operations or operation in called:
        return True
    return bool(needs) and all(_holds(profile, right) for right in needs)


def _holds(profile: Profile, right: Right) -> bool:
    return any(
        entry.module == right.module
        and entry.permission in {right.permission, EVERY}
        and right.verb in entry.levels()
        and (not entry.tables or right.table in entry.tables)
        and not entry.condition
        for entry in profile.rights
    )
