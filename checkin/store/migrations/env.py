"""What Alembic runs: the steps, on the connection and in the transaction that `checkin.store.migrate` gives.

Opens no connection and reads no settings of its own.
"""

from alembic import context

context.configure(
    connection=context.config.attributes["connection"],
    transactional_ddl=True,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
