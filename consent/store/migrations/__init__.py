"""Migrations of the store's tables, run by `consent.store.migrate`."""
