"""interviewers and paper

Revision ID: 0002
Revises: 0001

"""

from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

# revision identifiers, used by Alembic.
revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

OUTCOMES = (
    "no_answer",
    "busy",
    "voice_mail",
    "wrong_number",
    "appointment",
    "refused",
    "refused_for_good",
    "language",
    "unable",
    "dead",
    "complete",
)
MODES = {
    "0001": ("web", "sms", "phone", "paper", "kiosk", "qr"),
    "0002": ("web", "sms", "interviewer", "paper", "kiosk", "qr"),
}
OFFICERS = ("admin", "officer", "analyst", "publisher", "viewer", "agency")
ROLES = {"0001": OFFICERS, "0002": (*OFFICERS, "interviewer", "keyer")}


def words(*values, name):
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)


def json():
    return sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql")


def allow(table, column, values, update):
    """Put another list of words into the check of a column; `update` gives rows with a word that is gone a new one.

    SQLite makes the table anew. Foreign keys are not looked at meanwhile (migrations/env.py), for dropping the old
    table would break those that point to it.
    """
    name = op.f(f"ck_{table}_{column}")
    with op.batch_alter_table(table) as batch_op:
        batch_op.drop_constraint(name, type_="check")
    op.execute(update)
    with op.batch_alter_table(table) as batch_op:
        batch_op.create_check_constraint(name, f"{column} IN ({', '.join(map(repr, values))})")


def upgrade():
    for table in ("response", "response_revision"):
        allow(table, "mode", MODES["0002"], f"UPDATE {table} SET mode = 'interviewer' WHERE mode = 'phone'")
    allow("user_account", "role", ROLES["0002"], "UPDATE user_account SET role = role WHERE 1 = 0")
    op.create_table(
        "interview_case",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("wave_id", sa.Integer(), nullable=False),
        sa.Column("invitation_id", sa.Integer(), nullable=False),
        sa.Column("interviewer_id", sa.Integer(), nullable=False),
        sa.Column("assigned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("last_outcome", words(*OUTCOMES, name="last_outcome"), nullable=True),
        sa.Column("last_attempt_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("appointment_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("appointment_note", sa.String(length=200), nullable=False),
        sa.Column("texts_stopped", sa.Boolean(), nullable=False),
        sa.Column("place", words("phone", "home", name="place"), nullable=True),
        sa.Column("consent_version", sa.String(length=32), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("attempts >= 0", name=op.f("ck_interview_case_attempts")),
        sa.ForeignKeyConstraint(
            ["interviewer_id"], ["user_account.id"], name=op.f("fk_interview_case_interviewer_id_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["invitation_id"], ["invitation.id"], name=op.f("fk_interview_case_invitation_id_invitation")
        ),
        sa.ForeignKeyConstraint(["wave_id"], ["wave.id"], name=op.f("fk_interview_case_wave_id_wave")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_interview_case")),
        sa.UniqueConstraint("invitation_id", name=op.f("uq_interview_case_invitation_id")),
    )
    with op.batch_alter_table("interview_case", schema=None) as batch_op:
        batch_op.create_index("ix_interview_case_interviewer_id_closed_at", ["interviewer_id", "closed_at"])
        batch_op.create_index("ix_interview_case_wave_id", ["wave_id"])

    op.create_table(
        "call_attempt",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("interviewer_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("place", words("phone", "home", name="place"), nullable=False),
        sa.Column("outcome", words(*OUTCOMES, name="outcome"), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["interview_case.id"], name=op.f("fk_call_attempt_case_id_interview_case")
        ),
        sa.ForeignKeyConstraint(
            ["interviewer_id"], ["user_account.id"], name=op.f("fk_call_attempt_interviewer_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call_attempt")),
    )
    with op.batch_alter_table("call_attempt", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_call_attempt_case_id"), ["case_id"])

    op.create_table(
        "paper_form",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("wave_id", sa.Integer(), nullable=False),
        sa.Column("invitation_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=16), nullable=True),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", words("issued", "keyed", "differs", "recorded", "late", name="state"), nullable=False),
        sa.Column("final", json(), nullable=True),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state IN ('recorded', 'late')) = (final IS NOT NULL)", name=op.f("ck_paper_form_final_when_done")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["user_account.id"], name=op.f("fk_paper_form_decided_by_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["invitation_id"], ["invitation.id"], name=op.f("fk_paper_form_invitation_id_invitation")
        ),
        sa.ForeignKeyConstraint(["wave_id"], ["wave.id"], name=op.f("fk_paper_form_wave_id_wave")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paper_form")),
        sa.UniqueConstraint("code", name=op.f("uq_paper_form_code")),
        sa.UniqueConstraint("invitation_id", name=op.f("uq_paper_form_invitation_id")),
    )
    with op.batch_alter_table("paper_form", schema=None) as batch_op:
        batch_op.create_index("ix_paper_form_wave_id_state", ["wave_id", "state"])

    op.create_table(
        "paper_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("form_id", sa.Integer(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("keyer_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answers", json(), nullable=False),
        sa.Column("marks", json(), nullable=False),
        sa.CheckConstraint("round IN (1, 2)", name=op.f("ck_paper_entry_round")),
        sa.ForeignKeyConstraint(["form_id"], ["paper_form.id"], name=op.f("fk_paper_entry_form_id_paper_form")),
        sa.ForeignKeyConstraint(
            ["keyer_id"], ["user_account.id"], name=op.f("fk_paper_entry_keyer_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paper_entry")),
        sa.UniqueConstraint("form_id", "keyer_id", name=op.f("uq_paper_entry_form_id_keyer_id")),
        sa.UniqueConstraint("form_id", "round", name=op.f("uq_paper_entry_form_id_round")),
    )
    with op.batch_alter_table("paper_entry", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_paper_entry_form_id"), ["form_id"])
        batch_op.create_index(batch_op.f("ix_paper_entry_keyer_id"), ["keyer_id"])


def downgrade():
    for table in ("paper_entry", "paper_form", "call_attempt", "interview_case"):
        op.drop_table(table)
    gone = "UPDATE user_account SET role = 'viewer', active = '0' WHERE role IN ('interviewer', 'keyer')"
    allow("user_account", "role", ROLES["0001"], gone)
    for table in ("response_revision", "response"):
        allow(table, "mode", MODES["0001"], f"UPDATE {table} SET mode = 'phone' WHERE mode = 'interviewer'")
