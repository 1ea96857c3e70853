"""Tasks that people left as seen before the audit log told of them; schema.migrate adds them to the log. No table changes."""

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    pass
