"""Where in ConnectWise a right is set: the way of clicks to its box."""

from auditor.rights import Level, Right

ROLE_SCREEN = "System > Security Roles > (the member's role)"
UNSTATED = " (no source states the level; All is the safe assumption)"


def path(right: Right) -> str:
    """Return the way to the permission's row on the role screen."""
    return f"{ROLE_SCREEN} > {right.module} > {right.permission}"


def fix(right: Right, level: Level | None, *, is_item_only: bool = False) -> str:
    """Return the clicks that grant a right, needed at a level (None: no source states one).

    `is_item_only`: the box of the setup tables is ticked already, and only the item can lack.
    """
    note = "" if level else UNSTATED
    box = f"{path(right)} > {right.verb}: {(level or Level.ALL).label}"
    if right.table is None:
        return box + note
    customize = f"Customize: allow '{right.table}'"
    if is_item_only:
        return f"{path(right)} > {customize} ({right.verb} itself is there for other tables)"
    return f"{box}{note}; if it is set already, {customize}"
