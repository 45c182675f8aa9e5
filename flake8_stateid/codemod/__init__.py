"""The codemod: built state ids give way to the one the context was given."""
