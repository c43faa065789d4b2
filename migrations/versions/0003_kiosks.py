"""kiosks

Revision ID: 0003
Revises: 0002

"""

from alembic import op
import sqlalchemy as sa

# revision identifiers, used by Alembic.
revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "kiosk_device",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("wave_id", sa.Integer(), nullable=False),
        sa.Column("agency_id", sa.Integer(), nullable=False),
        sa.Column("label", sa.String(length=80), nullable=False),
        sa.Column("link_sha256", sa.String(length=64), nullable=True),
        sa.Column("link_expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("key_sha256", sa.String(length=64), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("queued", sa.Integer(), nullable=False),
        sa.Column("stuck", sa.Integer(), nullable=False),
        sa.Column("received", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_kiosk_device_agency_id_agency")),
        sa.ForeignKeyConstraint(["wave_id"], ["wave.id"], name=op.f("fk_kiosk_device_wave_id_wave")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kiosk_device")),
        sa.UniqueConstraint("key_sha256", name=op.f("uq_kiosk_device_key_sha256")),
        sa.UniqueConstraint("link_sha256", name=op.f("uq_kiosk_device_link_sha256")),
    )
    with op.batch_alter_table("kiosk_device", schema=None) as batch_op:
        batch_op.create_index("ix_kiosk_device_agency_id", ["agency_id"], unique=False)

    op.create_table(
        "kiosk_set_aside",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("device_id", sa.Integer(), nullable=False),
        sa.Column("receipt_sha256", sa.String(length=64), nullable=False),
        sa.Column(
            "reason",
            sa.Enum(
                "wave_closed",
                "other_version",
                "other_device",
                "unreadable",
                name="reason",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["device_id"], ["kiosk_device.id"], name=op.f("fk_kiosk_set_aside_device_id_kiosk_device")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kiosk_set_aside")),
        sa.UniqueConstraint("receipt_sha256", name=op.f("uq_kiosk_set_aside_receipt_sha256")),
    )
    with op.batch_alter_table("kiosk_set_aside", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_kiosk_set_aside_device_id"), ["device_id"], unique=False)


def downgrade():
    op.drop_table("kiosk_set_aside")
    op.drop_table("kiosk_device")
