"""What Alembic runs for every migration: over the connection, and inside the transaction, that it is handed."""

from alembic import context

from actions.desk.models import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    transactional_ddl=True,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
