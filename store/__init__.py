"""What is remembered: schema, migrations, named SQL, and typed functions over psycopg 3."""
