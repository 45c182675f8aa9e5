"""Reports: findings written as text, JSON, GitHub annotations or SARIF."""
