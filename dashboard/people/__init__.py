"""People owns who may see and change the dashboard: visitors, users, sessions, views, annotations, the audit trail."""
