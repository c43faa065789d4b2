"""What is published: content first, then its PDF, XLSX, CSV and JSON."""
