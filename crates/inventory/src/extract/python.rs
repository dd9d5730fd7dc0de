//! What the Python formats share: names by PEP 503 and requirements by PEP 508.
