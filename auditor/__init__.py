"""psa-audit: which rights an integration's ConnectWise PSA security role lacks, with evidence."""

__version__ = "0.1.0"
