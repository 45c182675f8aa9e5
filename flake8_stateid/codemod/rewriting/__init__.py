"""From ``ast`` to text: statements, expressions, layout, and what a change leaves unused."""
