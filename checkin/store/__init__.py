"""Everything that is stored, and all SQL.

Store functions take a SQLAlchemy `Connection` inside a transaction that `Database` opened; they never begin,
commit or wait. The scan batch alone is written per engine.
"""
